//! The program `forebay` from outside: started as a process, fed by a real client, its databases
//! read back.

#[path = "main/start.rs"]
mod start;

// The two loops.
#[path = "main/demo_end.rs"]
mod demo_end;
#[path = "main/demo_lines.rs"]
mod demo_lines;
#[path = "main/demo_live.rs"]
mod demo_live;

// What is asked for wrongly.
#[path = "main/usage.rs"]
mod usage;

// What comes with the program.
#[path = "main/book.rs"]
mod book;
#[path = "main/completions.rs"]
mod completions;
#[path = "main/manual.rs"]
mod manual;
#[path = "main/packaged.rs"]
mod packaged;

// From HTTP to a database.
#[path = "main/access.rs"]
mod access;
#[path = "main/again.rs"]
mod again;
#[path = "main/bad_backlogs.rs"]
mod bad_backlogs;
#[path = "main/bad_requests.rs"]
mod bad_requests;
#[path = "main/browser.rs"]
mod browser;
#[path = "main/care.rs"]
mod care;
#[path = "main/cloud_events.rs"]
mod cloud_events;
#[path = "main/crowd.rs"]
mod crowd;
#[path = "main/dead_letters.rs"]
mod dead_letters;
#[path = "main/flood.rs"]
mod flood;
#[path = "main/idle.rs"]
mod idle;
#[path = "main/import.rs"]
mod import;
#[path = "main/in_order.rs"]
mod in_order;
#[path = "main/into_postgres.rs"]
mod into_postgres;
#[path = "main/into_sqlite.rs"]
mod into_sqlite;
#[path = "main/killed.rs"]
mod killed;
#[path = "main/openapi.rs"]
mod openapi;
#[cfg(feature = "otel")]
#[path = "main/otel.rs"]
mod otel;
#[path = "main/page.rs"]
mod page;
#[path = "main/page_dead.rs"]
mod page_dead;
#[path = "main/ready.rs"]
mod ready;
#[path = "main/refused_stream.rs"]
mod refused_stream;
#[path = "main/reload.rs"]
mod reload;
#[path = "main/secrets.rs"]
mod secrets;
#[path = "main/shared_stream.rs"]
mod shared_stream;
#[path = "main/simulate.rs"]
mod simulate;
#[path = "main/sink_down.rs"]
mod sink_down;
#[path = "main/spooled.rs"]
mod spooled;
#[path = "main/stopping.rs"]
mod stopping;
#[path = "main/supervised.rs"]
mod supervised;
#[path = "main/tls.rs"]
mod tls;
#[path = "main/token.rs"]
mod token;
#[path = "main/top.rs"]
mod top;
#[path = "main/trace.rs"]
mod trace;
#[path = "main/watched.rs"]
mod watched;
