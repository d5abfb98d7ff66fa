//! The server's promises, each file one of them, held against a running service.

#[path = "main/server.rs"]
mod server;
#[path = "main/wire.rs"]
mod wire;

#[path = "main/http_again.rs"]
mod http_again;
#[path = "main/http_auth.rs"]
mod http_auth;
#[path = "main/http_bad_input.rs"]
mod http_bad_input;
#[path = "main/http_columns.rs"]
mod http_columns;
#[path = "main/http_crowd.rs"]
mod http_crowd;
#[path = "main/http_events.rs"]
mod http_events;
#[path = "main/http_formats.rs"]
mod http_formats;
#[path = "main/http_limits.rs"]
mod http_limits;
#[path = "main/http_packed.rs"]
mod http_packed;
#[path = "main/http_pages.rs"]
mod http_pages;
#[path = "main/http_rate.rs"]
mod http_rate;
#[path = "main/http_routes.rs"]
mod http_routes;
#[path = "main/http_stop.rs"]
mod http_stop;
#[path = "main/http_webhooks.rs"]
mod http_webhooks;
#[path = "main/stalled.rs"]
mod stalled;

#[path = "main/trying_out.rs"]
mod trying_out;

#[path = "main/admin_flow.rs"]
mod admin_flow;
#[path = "main/page_live.rs"]
mod page_live;

#[path = "main/stage.rs"]
mod stage;

#[path = "main/dead_requeue.rs"]
mod dead_requeue;
#[path = "main/sink_cut.rs"]
mod sink_cut;
#[path = "main/sink_dead_letters.rs"]
mod sink_dead_letters;
#[path = "main/sink_down.rs"]
mod sink_down;
#[path = "main/sink_gears.rs"]
mod sink_gears;
#[path = "main/sink_rows.rs"]
mod sink_rows;
