//! Cleans up after a test's process that ends without saying so.
//!
//! A shared cluster lives in a static, which Rust never drops; and a test may be killed. The
//! watchdog is a shell at the other end of a pipe: when this process is gone the pipe ends, and
//! it stops the server and removes the folder.

use std::path::Path;
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = r#"
    read -r _
    file=$1/data/postmaster.pid
    pid=$(head -n 1 "$file" 2>/dev/null)
    if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
        # It removes the file as its last act. After ten seconds it never will.
        tries=0
        while [ -e "$file" ] && [ "$tries" -lt 200 ]; do
            sleep 0.05
            tries=$((tries + 1))
        done
    fi
    rm -rf "$1"
"#;

/// The shell, and our end of the pipe.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    pub(super) fn over(folder: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "watchdog"]).arg(folder);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        super::apart(&mut shell);
        Self { shell: shell.spawn().expect("every Unix has sh") }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
