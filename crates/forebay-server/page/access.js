// Every request of the page, with the token when one is needed. It is kept for this tab only.

const KEY = "forebay-token";
// From a request to the head of its answer; then it is a lost connection.
const ANSWER_MS_MAX = 20000;
let asking = null;

const headers = () => {
  const token = sessionStorage.getItem(KEY);
  return token ? { authorization: `Bearer ${token}` } : {};
};

// Asks, and asks again with a token when that is what is missing.
export async function ask(path, options = {}) {
  for (;;) {
    const shown = sessionStorage.getItem(KEY);
    const answer = await patiently(path, options);
    if (answer.status !== 401) return answer;
    await answer.body?.cancel();
    // Another request may have been given a better one meanwhile.
    if (shown === sessionStorage.getItem(KEY)) await newToken(shown !== null);
  }
}

async function patiently(path, options) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_MS_MAX);
  const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
  try {
    return await fetch(path, { ...options, signal, cache: "no-store", headers: headers() });
  } finally {
    clearTimeout(timer);
  }
}

// The problem an answer tells of, in one sentence.
export async function problem(answer) {
  try {
    const told = await answer.json();
    return told.detail ?? told.title ?? `status ${answer.status}`;
  } catch {
    return `status ${answer.status}`;
  }
}

function newToken(wasWrong) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("ask-token");
    const field = document.getElementById("token");
    document.getElementById("token-why").textContent = wasWrong
      ? "That token is not on the list. Another one?"
      : "This service lets in only who shows a token.";
    const entered = (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, field.value.trim());
      field.value = "";
      dialog.close();
    };
    const form = document.getElementById("token-form");
    form.addEventListener("submit", entered);
    const closed = () => {
      form.removeEventListener("submit", entered);
      asking = null;
      resolve();
    };
    dialog.addEventListener("close", closed, { once: true });
    dialog.showModal();
  });
  return asking;
}

// Whether to go on, after the words of what will happen.
export function sure(what, yes) {
  return new Promise((resolve) => {
    const dialog = document.getElementById("ask-sure");
    document.getElementById("sure-what").textContent = what;
    document.getElementById("sure-yes").textContent = yes;
    let agreed = false;
    const form = document.getElementById("sure-form");
    const submitted = (event) => {
      event.preventDefault();
      agreed = true;
      dialog.close();
    };
    const no = () => dialog.close();
    form.addEventListener("submit", submitted);
    document.getElementById("sure-no").addEventListener("click", no);
    dialog.addEventListener("close", () => {
      form.removeEventListener("submit", submitted);
      document.getElementById("sure-no").removeEventListener("click", no);
      resolve(agreed);
    }, { once: true });
    dialog.showModal();
    document.getElementById("sure-no").focus();
  });
}
