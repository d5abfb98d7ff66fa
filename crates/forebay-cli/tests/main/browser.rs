//! A real browser, driven from here: headless Chromium by way of ChromeDriver.
//!
//! Waiting is done in the page, so nothing here sleeps. Everything the browser has to complain of
//! is kept, and its pictures go to `target/page`.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use forebay_testkit::program::{Program, Start};
use serde_json::{Value, json};
use ureq::Agent;

use crate::start::PATIENCE;

/// Where Debian's packages put them; `cargo xtask setup` installs those.
const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

const STARTED: &str = "started successfully on port ";

const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What WebDriver calls the field with the number of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with one page. Dropping it ends both.
///
/// It speaks WebDriver (W3C), of which it needs eight commands.
pub(crate) struct Browser {
    agent: Agent,
    /// The address of the session.
    session: String,
    /// Ended after the browser, which it has started.
    _chromedriver: Program,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let chromedriver = Start::new(CHROMEDRIVER).args(["--port=0"]).start();
        let said = chromedriver.stdout().wait_for(PATIENCE, |line| line.contains(STARTED));
        let said = said.expect("chromedriver starts; cargo xtask setup installs it");
        let (_, port) = said.split_once(STARTED).expect("the line was chosen for it");
        let server = format!("http://127.0.0.1:{}", port.trim().trim_end_matches('.'));
        let profile = tempfile::tempdir().expect("a temporary folder");
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE * 2))
            .proxy(None)
            .build();
        let mut browser = Self {
            agent: config.new_agent(),
            session: server,
            _chromedriver: chromedriver,
            _profile: profile,
        };
        browser.begin();
        browser
    }

    fn begin(&mut self) {
        let folder = format!("--user-data-dir={}", self._profile.path().display());
        let flags: Vec<&str> = FLAGS.into_iter().chain([folder.as_str()]).collect();
        let wishes = json!({
            "goog:chromeOptions": {"args": flags, "binary": CHROMIUM},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": PATIENCE.as_millis() as u64},
        });
        let begun = self.tell("/session", &json!({"capabilities": {"alwaysMatch": wishes}}));
        let number = begun["sessionId"].as_str().expect("a session has a name").to_owned();
        self.session = format!("{}/session/{number}", self.session);
    }

    /// One command, and what comes of it.
    fn try_tell(&self, path: &str, arguments: &Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.session);
        let request = self.agent.post(url).header("content-type", "application/json");
        let answer = request.send(arguments.to_string()).expect("chromedriver answers");
        let is_done = answer.status().is_success();
        let text = answer.into_body().read_to_string().expect("its answers are text");
        let told: Value = serde_json::from_str(&text).expect("its answers are JSON");
        if is_done { Ok(told["value"].clone()) } else { Err(told["value"].clone()) }
    }

    #[track_caller]
    fn tell(&self, path: &str, arguments: &Value) -> Value {
        let told = self.try_tell(path, arguments);
        told.unwrap_or_else(|error| panic!("{path} of {arguments}: {error}"))
    }

    pub(crate) fn open(&self, url: &str) {
        self.tell("/url", &json!({ "url": url }));
    }

    /// Runs a script in the page, and gives what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs a script that calls `arguments[0]` with what it comes to.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.tell("/execute/async", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true in the page.
    pub(crate) fn wait_for(&self, expression: &str) {
        // One call is short, so that a page that loads meanwhile is asked anew.
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + 2000;
             const look = () => {{
               let is = false; try {{ is = !!({expression}); }} catch {{}}
               if (is || performance.now() > end) done(is); else setTimeout(look, 20);
             }};
             look();"
        );
        let arguments = json!({"script": script, "args": []});
        for _ in 0..PATIENCE.as_secs() / 2 {
            if self.try_tell("/execute/async", &arguments) == Ok(Value::Bool(true)) {
                return;
            }
        }
        self.picture("failed");
        let text = self.run("return document.body.innerText");
        panic!("it never came to be that {expression}; the page says:\n{text}");
    }

    /// Clicks as a person does: where it is, if nothing is in front of it.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.tell("/element", &json!({"using": "css selector", "value": selector}));
        let number = found[ELEMENT].as_str().expect("an element has a number");
        self.tell(&format!("/element/{number}/click"), &json!({}));
    }

    /// Types into whatever has the focus.
    pub(crate) fn keys(&self, text: &str) {
        let presses = text.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|what| json!({"type": what, "value": key.to_string()}))
        });
        let keyboard =
            json!({"type": "key", "id": "keyboard", "actions": presses.collect::<Value>()});
        self.tell("/actions", &json!({"actions": [keyboard]}));
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({}).textContent", json!(selector));
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// The size of its window, and whether it prefers dark.
    pub(crate) fn look(&self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        for (what, parameters) in [("setDeviceMetricsOverride", size), ("setEmulatedMedia", media)]
        {
            let command = json!({"cmd": format!("Emulation.{what}"), "params": parameters});
            self.tell("/goog/cdp/execute", &command);
        }
    }

    /// Keeps a picture of the page, from its top, for people to look at.
    pub(crate) fn picture(&self, name: &str) {
        // The next frame is drawn with what has just been said.
        self.run_async(
            "const done = arguments[0]; scrollTo(0, 0);
             requestAnimationFrame(() => requestAnimationFrame(() => done()))",
        );
        let asked = self.agent.get(format!("{}/screenshot", self.session)).call();
        let text = asked.and_then(|answer| {
            answer.into_body().into_with_config().limit(u64::MAX).read_to_string()
        });
        let told: Value = serde_json::from_str(&text.expect("a picture")).expect("JSON");
        let png = BASE64_STANDARD.decode(told["value"].as_str().expect("a text")).expect("base 64");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../page");
        std::fs::create_dir_all(&folder).expect("the build's folder can be written to");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }

    /// What it has complained of since the last time, as a person would see it in its console.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.tell("/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().expect("a list");
        entries.iter().map(|entry| format!("{} {}", entry["level"], entry["message"])).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Killing chromedriver would leave the browser behind.
        let _ = self.agent.delete(&self.session).call();
    }
}
