//! The suite itself, from outside: that it can fail, and that it says what it is asked wrongly.

#[path = "main/oracle.rs"]
mod oracle;
#[path = "main/usage.rs"]
mod usage;
