//! The live page, in a real browser: it says what is so, and its buttons do what they say.

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Start};
use rusqlite::Connection;
use serde_json::Value;

use crate::browser::Browser;
use crate::start::{forebay, open, serve, wait_for_status};

const ACCEPTED: &str = "document.querySelector('#facts [data-figure=accepted]').textContent";
const WAITING: &str = "document.querySelector('#facts [data-figure=waiting]').textContent";
const DELIVERED: &str = "document.querySelector('#facts [data-figure=delivered]').textContent";
const GEAR: &str =
    "document.querySelector('tr[data-route=default] [data-figure=gear]').textContent";
const STATE: &str = "document.querySelector('tr[data-route=default] .state').textContent";

const AXE: &str = include_str!("../vendor/axe.min.js");

/// A route whose consumer shifts above five, as in the system of two loops.
fn small_gears() -> Start {
    serve(&["--config", "forebay.toml"]).file(
        "forebay.toml",
        "[consumer]\nengage_above = 5\nrelease_at = 0\nslow_batch_events_max = 1\nfast_batch_events_max = 20\n",
    )
}

pub(crate) fn watched(start: Start) -> (Program, Client, Browser) {
    let (program, client) = open(start);
    let browser = Browser::start();
    browser.look(1440, 900, "light");
    browser.open(&format!("http://{}/", program.address()));
    browser.wait_for("document.querySelector('#link').dataset.link === 'live'");
    (program, client, browser)
}

/// A number as the page writes it.
fn figure(browser: &Browser, name: &str) -> String {
    browser.text(&format!("[data-figure={name}]")).replace('\u{2009}', "")
}

fn numbers(first: u64, count: u64) -> String {
    format!("{:?}", (first..first + count).collect::<Vec<_>>())
}

#[test]
fn the_figures_on_the_page_are_those_of_status() {
    let (program, client, browser) = watched(serve(&[]));
    client.post_json("[1,2,3,4,5,6,7]");
    let status = wait_for_status(&program, &client, |status| status["delivered"] == 7);
    browser.wait_for(&format!("{DELIVERED} === '7'"));
    for name in ["accepted", "delivered", "waiting", "in_flight", "dead", "dropped"] {
        assert_eq!(figure(&browser, name), status[name].to_string(), "{name}");
    }
    let row = |name: &str| browser.text(&format!("tr[data-route=default] [data-figure={name}]"));
    assert_eq!((row("gear"), row("sink")), ("slow".to_owned(), "up".to_owned()));
    assert_eq!(row("delivered"), "7");
    let promise = browser.text("#promise");
    assert!(promise.ends_with("on disk before the answer"), "{promise}");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_spike_is_seen_to_rise_and_to_drain_and_the_gear_to_change() {
    let (program, client, browser) = watched(small_gears());
    wait_for_status(&program, &client, |status| status["sink"]["state"] == "up");
    // Whoever else writes to the file holds the consumer up, however fast the machine is.
    let other = Connection::open(program.folder().join("forebay.db")).expect("the sink is there");
    other.execute_batch("BEGIN IMMEDIATE").expect("it can be locked");
    for first in [0, 200, 400] {
        client.post_json(numbers(first, 200));
        browser.wait_for(&format!("{ACCEPTED} === '{}'", first + 200));
        browser.wait_for(&format!(
            "Number(document.querySelector('#picture').dataset.peak) > {}",
            first + 100
        ));
    }
    browser.wait_for(&format!("{GEAR} === 'fast'"));
    browser.picture("1-risen");
    browser
        .run(&format!("window.waited = []; setInterval(() => waited.push(Number({WAITING})), 20)"));
    other.execute_batch("ROLLBACK").expect("it was locked");
    browser.wait_for(&format!("{DELIVERED} === '600'"));
    browser.wait_for("document.querySelector('#finding').textContent === 'Nothing waits'");
    browser.wait_for(&format!("{GEAR} === 'slow'"));
    let waited = browser.run("return waited");
    let waited: Vec<u64> =
        waited.as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
    assert!(waited.first() > Some(&500), "{waited:?}");
    assert!(waited.is_sorted_by(|before, after| before >= after), "{waited:?}");
    browser.picture("2-drained");
    // After a reload it is all there again.
    let peak = browser.run("return document.querySelector('#picture').dataset.peak");
    browser.open(&format!("http://{}/", program.address()));
    browser.wait_for(&format!("document.querySelector('#picture').dataset.peak === {peak}"));
    browser.picture("3-reloaded");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_rate_falls_when_nothing_comes_any_more_not_at_the_next_look() {
    let (program, _client) = open(small_gears());
    let browser = Browser::start();
    browser.open(&format!("http://{}/", program.address()));
    // The service leaves out looks at which nothing had changed: here ten seconds of them.
    let rates = browser.run_async(
        "const done = arguments[0];
         import('/page/past.js').then(({ Past }) => {
           const past = new Past();
           const consumer = { gear_number: 0, writers_busy: 0, batches: 0, last_write_ms: 0, shifts: 0 };
           for (const [at, accepted] of [[0, 0], [1, 100], [11, 100]]) {
             past.push(at * 1000, { waiting: 0, oldest_age_s: 0, accepted, delivered: accepted, dead: 0, consumer });
           }
           done(past.at.map((at, i) => [at, past.rateIn[i]]));
         }, (why) => done(String(why)));",
    );
    let rates: Vec<(f64, Option<f64>)> = serde_json::from_value(rates).expect("times and rates");
    let at_rest = rates.iter().find(|(at, rate)| *at > 1.0 && *rate == Some(0.0));
    assert!(at_rest.is_some_and(|(at, _)| *at <= 2.0), "{rates:?}");
}

#[test]
fn each_route_has_a_row_and_a_picture_of_its_own() {
    let start = serve(&["--config", "forebay.toml"])
        .file("forebay.toml", "[routes.orders]\ntable = \"orders\"\n");
    let (_program, client, browser) = watched(start);
    browser.wait_for("document.querySelectorAll('#route-rows tr').length === 2");
    client.post("/events/orders", "application/json", "[1,2,3]");
    client.post("/events", "application/json", "4");
    let delivered = |route: &str, count: u64| {
        browser.wait_for(&format!(
            "document.querySelector('tr[data-route={route}] [data-figure=delivered]').textContent === '{count}'"
        ));
    };
    delivered("orders", 3);
    delivered("default", 1);
    browser.click("tr[data-route=orders] .plain");
    browser.wait_for("document.querySelector('#details').textContent.startsWith('Route orders')");
    browser.click("tr[data-route=orders] [data-do=pause]");
    browser.wait_for(
        "document.querySelector('tr[data-route=orders] .state').textContent === 'paused'",
    );
    client.post("/events/orders", "application/json", "[5,6]");
    browser.wait_for("document.querySelector('#picture').dataset.peak === '2'");
    assert_eq!(client.status()["routes"]["default"]["flow"], "open");
    browser.picture("10-routes");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn pause_drain_and_resume_do_what_they_say() {
    let (program, client, browser) = watched(serve(&[]));
    browser.click("[data-do=pause]");
    browser.wait_for(&format!("{STATE} === 'paused'"));
    client.post_json("[1,2,3]");
    wait_for_status(&program, &client, |status| status["waiting"] == 3);
    browser.wait_for("document.querySelector('#finding').textContent === 'Paused. 3 events wait'");

    browser.click("[data-do=drain]");
    browser.click("#sure-no");
    browser.wait_for("!document.querySelector('#ask-sure').open");
    assert_eq!(client.status()["flow"], "paused");
    browser.click("[data-do=drain]");
    browser.click("#sure-yes");
    wait_for_status(&program, &client, |status| status["delivered"] == 3);
    assert_eq!(client.post_json("4").status, 503);
    browser.wait_for(&format!("{STATE} === 'emptied'"));

    browser.click("[data-do=resume]");
    browser.wait_for(&format!("{STATE} !== 'emptied'"));
    assert_eq!(client.post_json("4").status, 202);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_lost_connection_is_told_and_the_page_comes_back_by_itself() {
    let (program, _client, browser) = watched(serve(&[]));
    let address = program.address();
    drop(program);
    browser.wait_for("document.querySelector('#link').dataset.link === 'lost'");
    let told = browser.text("#link");
    assert!(told.contains("connection lost") && told.contains("trying again"), "{told}");
    browser.picture("4-lost");

    let again = forebay(&["serve", "--listen", &address.to_string()]).start();
    again.address();
    browser.wait_for("document.querySelector('#link').dataset.link === 'live'");
    Client::new(address).post_json("[1,2]");
    browser.wait_for(&format!("{DELIVERED} === '2'"));
    browser.picture("5-back");
}

#[test]
fn with_tokens_the_page_asks_for_one_and_shows_it() {
    let start = serve(&["--token-file", "tokens"]).file("tokens", "open-sesame\n");
    let (program, _client) = open(start);
    let browser = Browser::start();
    browser.open(&format!("http://{}/", program.address()));
    browser.wait_for("document.querySelector('#ask-token').open");
    assert_eq!(browser.text("#facts"), "", "figures are shown to nobody in particular");
    browser.keys("wrong\n");
    browser
        .wait_for("document.querySelector('#token-why').textContent.includes('not on the list')");
    browser.wait_for("document.querySelector('#ask-token').open");
    browser.keys("open-sesame\n");
    browser.wait_for("document.querySelector('#link').dataset.link === 'live'");
    browser.click("[data-do=pause]");
    browser.wait_for(&format!("{STATE} === 'paused'"));
    let stored = browser.run("return [localStorage.length, document.cookie, location.href].join()");
    assert!(!stored.to_string().contains("sesame"), "{stored}");
}

#[test]
fn what_keeps_people_from_using_a_page_is_not_found_in_it() {
    let (_program, client, browser) = watched(serve(&[]));
    client.post_json(numbers(0, 50));
    browser.wait_for("document.querySelector('#recent-rows').children.length > 0");
    for (name, width, height, scheme) in [
        ("6-wall", 2560, 1440, "dark"),
        ("7-desk", 1440, 900, "light"),
        ("8-phone", 390, 844, "dark"),
        ("9-phone", 390, 844, "light"),
    ] {
        browser.look(width, height, scheme);
        browser.wait_for(&format!("innerWidth === {width}"));
        browser.picture(name);
        let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth");
        assert!(overflow.as_i64() <= Some(0), "{name}: {overflow} px too wide");
        browser.run(AXE);
        let found = browser.run_async(
            "const done = arguments[0]; axe.run().then((found) => done(found.violations
             .filter((rule) => ['serious', 'critical'].includes(rule.impact))
             .map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join(' | ')}`)))",
        );
        assert_eq!(found, Value::Array(vec![]), "{name}");
    }
    // With the keyboard alone: every control can be come by, and is seen to be.
    browser.look(1440, 900, "light");
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..40 {
        browser.keys("\u{e004}");
        let now = browser
            .run("return document.activeElement.dataset.do ?? document.activeElement.tagName");
        reached.insert(now.as_str().unwrap_or_default().to_owned());
    }
    for control in ["pause", "drain", "INPUT", "A"] {
        assert!(reached.contains(control), "{control} is not among {reached:?}");
    }
    assert_eq!(browser.complaints(), [""; 0]);
}
