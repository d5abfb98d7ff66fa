//! What a backlog promises, one file a promise.

#[path = "main/books.rs"]
mod books;
#[path = "main/deliveries.rs"]
mod deliveries;
#[path = "main/event.rs"]
mod event;
#[path = "main/limits.rs"]
mod limits;
