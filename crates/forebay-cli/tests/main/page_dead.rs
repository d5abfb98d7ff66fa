//! Dead letters on the live page: listed, filtered, looked into, put back, deleted.

use rusqlite::Connection;

use crate::browser::Browser;
use crate::page::watched;
use crate::start::{serve, wait_for_status};

/// Takes rows, but no poison until the trigger is gone.
const REFUSE_POISON: &str = "
    CREATE TABLE events (id TEXT PRIMARY KEY, received_at, attributes, body);
    CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.body LIKE '%poison%'
    BEGIN SELECT RAISE(ABORT, 'poison is refused'); END";

fn rows(browser: &Browser, count: usize) {
    browser.wait_for(&format!("document.querySelector('#dead-rows').children.length === {count}"));
}

#[test]
fn dead_letters_are_listed_looked_into_put_back_and_deleted() {
    let start = serve(&[]);
    let database = start.folder().join("forebay.db");
    let sql = |text: &str| {
        Connection::open(&database).and_then(|db| db.execute_batch(text)).expect("SQL");
    };
    sql(REFUSE_POISON);
    let (program, client, browser) = watched(start);
    browser.look(1440, 1700, "light");
    client.post_json(r#"[{"n":1},{"n":2,"kind":"poison"},{"n":3,"kind":"poison"}]"#);
    wait_for_status(&program, &client, |status| status["dead"] == 2);
    rows(&browser, 2);
    assert!(browser.text("#dead-rows .why").contains("poison is refused"));
    browser.picture("dead-letters");

    browser.click("#dead-rows tr:first-child button:nth-child(1)");
    browser.wait_for("document.querySelector('#letter').open");
    let shown = browser.text("#letter-body");
    assert!(shown.contains("kind") && !shown.contains("poison"), "{shown}");
    browser.picture("dead-letter");
    browser.click("#letter-close");

    browser.run("document.querySelector('#dead-filter [name=reason]').value = 'no such reason'");
    browser.click("#dead-filter button:not([type=button])");
    rows(&browser, 0);
    browser.run("document.querySelector('#dead-filter [name=reason]').value = 'poison is'");
    browser.click("#dead-filter button:not([type=button])");
    rows(&browser, 2);

    browser.click("#dead-rows tr:first-child .danger");
    browser.click("#sure-no");
    browser.wait_for("!document.querySelector('#ask-sure').open");
    rows(&browser, 2);
    browser.click("#dead-rows tr:first-child .danger");
    browser.picture("dead-sure");
    browser.click("#sure-yes");
    rows(&browser, 1);
    browser.wait_for("document.querySelector('#dead-said').textContent === '1 purged.'");

    sql("DROP TRIGGER refuse");
    browser.click("#dead-filter [data-do=requeue]");
    browser.click("#sure-yes");
    browser.wait_for("document.querySelector('#dead-said').textContent === '1 put back.'");
    wait_for_status(&program, &client, |status| status["delivered"] == 2);
    let left = client.get("/dead").json();
    assert_eq!(left["dead"], serde_json::json!([]));
    assert_eq!(browser.complaints(), [""; 0]);
}
