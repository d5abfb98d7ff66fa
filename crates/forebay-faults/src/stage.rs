//! The program under test, its folder, its sink, and the oracle that looks on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Ended, Program, Signal, Start};
use nix::sys::signal;
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::clock;
use crate::oracle::{Oracle, Verdict};
use crate::sink::Sink;
use crate::trace::{AtTheEnd, Plan, Report, Rule};

/// Longer than anything takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What the program says once it accepts connections.
const LISTENING: &str = "is listening on http://";

/// Looks at `/status` that found the books in balance, in the whole run.
static QUIET_POINTS: AtomicU64 = AtomicU64::new(0);

/// A folder with a backlog and a sink, in which the program is started again and again.
#[derive(Debug)]
pub(crate) struct Stage {
    folder: TempDir,
    forebay: PathBuf,
    pub(crate) sink: Sink,
    pub(crate) oracle: Oracle,
    data: PathBuf,
    backlog: String,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    traces: AtomicU64,
}

/// A program that listens.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) program: Program,
    pub(crate) client: Client,
    /// From the start to the line that says that it listens.
    pub(crate) start_took: Duration,
    /// When it is watched: the process behind the watcher, and where its report will be.
    traced: Option<(Pid, PathBuf)>,
}

/// What a start came to.
#[derive(Debug)]
pub(crate) enum Started {
    Listening(Box<Running>),
    /// It ended before it listened.
    Ended(Box<(Ended, Option<Report>)>),
}

/// How many looks at `/status` found the books in balance so far.
pub(crate) fn quiet_points() -> u64 {
    QUIET_POINTS.load(Ordering::Relaxed)
}

impl Stage {
    /// A stage with an empty SQLite file as its sink.
    pub(crate) fn new(forebay: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("forebay-faults-").tempdir();
        let folder = folder.expect("a temporary folder can be made");
        let case = folder.path().join("case");
        fs::create_dir(&case).expect("it is ours");
        Self {
            forebay: forebay.to_owned(),
            sink: Sink::Sqlite(case.join("forebay.db")),
            oracle: Oracle::default(),
            backlog: format!("disk:{}", case.join("data").display()),
            data: case.join("data"),
            options: Vec::new(),
            environment: Vec::new(),
            traces: AtomicU64::new(0),
            folder,
        }
    }

    pub(crate) fn with_sink(self, sink: Sink) -> Self {
        Self { sink, ..self }
    }

    pub(crate) fn with_backlog(self, url: &str) -> Self {
        Self { backlog: url.to_owned(), ..self }
    }

    /// With the backlog in this folder.
    pub(crate) fn with_data(self, data: PathBuf) -> Self {
        Self { backlog: format!("disk:{}", data.display()), data, ..self }
    }

    /// Writes settings into a file for it.
    pub(crate) fn with_settings(mut self, toml: &str) -> Self {
        let file = self.folder.path().join("forebay.toml");
        fs::write(&file, toml).expect("the folder is ours");
        self.options.extend(["--config".to_owned(), file.display().to_string()]);
        self
    }

    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder in which the backlog's folder and the SQLite file are.
    pub(crate) fn case(&self) -> PathBuf {
        self.folder.path().join("case")
    }

    /// The backlog's folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A folder beside all that.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn arguments(&self) -> Vec<String> {
        let sink = self.sink.url();
        let fixed =
            ["serve", "--listen", "127.0.0.1:0", "--backlog", &self.backlog, "--sink", &sink];
        fixed.iter().map(ToString::to_string).chain(self.options.iter().cloned()).collect()
    }

    fn prepared(&self, start: Start) -> Start {
        let set = |start: Start, (name, value): &(String, String)| start.env(name, value);
        self.environment.iter().fold(start, set)
    }

    /// The program, not started yet.
    pub(crate) fn serve(&self) -> Start {
        self.prepared(Start::new(&self.forebay).args(self.arguments()))
    }

    /// Starts it.
    ///
    /// # Errors
    /// It does not listen; what it said.
    pub(crate) fn start(&self) -> Result<Running, String> {
        match listening(self.serve(), None) {
            Started::Listening(running) => Ok(*running),
            Started::Ended(ended) => Err(format!("it does not start: {}", ended.0.stderr)),
        }
    }

    /// Starts it under a watcher that follows rules about files in `root`.
    pub(crate) fn start_under(&self, root: &Path, rules: &[Rule], at_the_end: AtTheEnd) -> Started {
        let number = self.traces.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.path().join(format!("trace-{number}"));
        let keep = folder.join("keep");
        fs::create_dir_all(&keep).expect("it is ours");
        let plan = Plan {
            root: root.to_owned(),
            disk: self.case(),
            rules: rules.to_vec(),
            at_the_end,
            keep,
            pid: folder.join("pid"),
            report: folder.join("report.json"),
        };
        let file = folder.join("plan.json");
        fs::write(&file, serde_json::to_vec(&plan).expect("it is JSON")).expect("it is ours");
        let watcher = std::env::current_exe().expect("it runs");
        let start = Start::new(watcher).args(["trace", &file.display().to_string(), "--"]);
        let start = start.args([&self.forebay]).args(self.arguments());
        listening(self.prepared(start), Some((plan.pid, plan.report)))
    }

    /// Starts it once more, waits until everything is delivered, stops it, and asks the oracle.
    ///
    /// # Errors
    /// It does not open, does not deliver, or the oracle is not content.
    pub(crate) fn demand(&self) -> Result<Verdict, String> {
        let running = self.start()?;
        running.settle()?;
        running.stop()?;
        self.judge()
    }

    /// Asks the oracle about the sink as it is.
    ///
    /// # Errors
    /// It cannot be read, or the oracle is not content.
    pub(crate) fn judge(&self) -> Result<Verdict, String> {
        self.oracle.judge(&self.sink.read()?).content()
    }
}

fn listening(start: Start, trace: Option<(PathBuf, PathBuf)>) -> Started {
    let began = clock::now();
    let program = start.with_stdout_unread().start();
    let said = program.stderr().wait_for(PATIENCE, |line| line.contains(LISTENING));
    let start_took = began.elapsed();
    let Some(said) = said else {
        let ended = program.wait(PATIENCE);
        let report = trace.and_then(|(_, report)| read_report(&report).ok());
        return Started::Ended(Box::new((ended, report)));
    };
    let (_, address) = said.split_once(LISTENING).expect("the line was chosen for it");
    let end = address.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(address.len());
    let address = address[..end].parse().expect("it prints its socket address");
    let traced = trace.map(|(pid, report)| {
        let pid = fs::read_to_string(pid).expect("it was written before the start");
        (Pid::from_raw(pid.parse().expect("it is a number")), report)
    });
    Started::Listening(Box::new(Running {
        program,
        client: Client::new(address),
        start_took,
        traced,
    }))
}

fn read_report(path: &Path) -> Result<Report, String> {
    let text = fs::read(path).map_err(|error| format!("the watcher left no report: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

impl Running {
    /// Sends the program itself a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        match (&self.traced, signal) {
            (None, signal) => self.program.signal(signal),
            (Some((pid, _)), Signal::KILL) => {
                let _ = signal::kill(*pid, signal::Signal::SIGKILL);
            }
            (Some((pid, _)), _) => {
                let _ = signal::kill(*pid, signal::Signal::SIGTERM);
            }
        }
    }

    /// The number of the program's process.
    pub(crate) fn pid(&self) -> u32 {
        let traced = self.traced.as_ref().and_then(|(pid, _)| u32::try_from(pid.as_raw()).ok());
        traced.unwrap_or_else(|| self.program.pid())
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(self) -> Ended {
        self.signal(Signal::KILL);
        self.program.wait(PATIENCE)
    }

    /// Waits until it is gone, and reads what its watcher saw.
    ///
    /// # Errors
    /// The watcher failed.
    pub(crate) fn gone(self) -> Result<(Ended, Report), String> {
        let report = self.traced.map(|(_, report)| report).ok_or("nobody watched it")?;
        let ended = self.program.wait(PATIENCE);
        let report = read_report(&report).map_err(|error| format!("{error}: {}", ended.stderr))?;
        Ok((ended, report))
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// It does not end with success.
    pub(crate) fn stop(self) -> Result<Ended, String> {
        self.signal(Signal::TERM);
        let ended = self.program.wait(PATIENCE);
        match ended.code {
            Some(0) => Ok(ended),
            code => Err(format!("it ended with {code:?}: {}", ended.stderr)),
        }
    }

    /// Waits until nothing waits and nothing is in flight; the books must balance on the way.
    ///
    /// # Errors
    /// It ends, does not get there, or its figures make no sense.
    pub(crate) fn settle(&self) -> Result<Value, String> {
        self.wait_for("it does not deliver what it has", |status| {
            status["waiting"] == 0 && status["in_flight"] == 0
        })
    }

    /// Asks `/status` until it is as meant.
    ///
    /// # Errors
    /// It ends, does not get there, or its figures make no sense.
    pub(crate) fn wait_for(
        &self,
        else_told: &str,
        is_meant: impl Fn(&Value) -> bool,
    ) -> Result<Value, String> {
        const BETWEEN: Duration = Duration::from_millis(3);
        let began = clock::now();
        loop {
            let status = self.balanced_status()?;
            if is_meant(&status) {
                return Ok(status);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{else_told}: {status}"));
            }
            if !self.program.runs_for(BETWEEN) {
                return Err(format!("it ended; it said:\n{}", self.program.stderr().text()));
            }
        }
    }

    /// What it says about itself, for a person who has to find out why.
    pub(crate) fn says(&self) -> String {
        let [ready, status] = ["/readyz", "/status"].map(|page| self.client.get(page).body);
        let refusal = self.client.post_json("null").body;
        format!("{ready}; {status}; {refusal}; {}", self.program.stderr().text())
    }

    /// `/status`, with its books in balance.
    ///
    /// # Errors
    /// A figure is negative or missing, or they do not add up.
    pub(crate) fn balanced_status(&self) -> Result<Value, String> {
        let status = self.client.status();
        balance(&status)?;
        QUIET_POINTS.fetch_add(1, Ordering::Relaxed);
        Ok(status)
    }
}

/// Whether `accepted = delivered + waiting + in_flight + dropped + dead`, and nothing is negative.
fn balance(status: &Value) -> Result<(), String> {
    let figure = |name: &str| {
        let figure = status[name].as_u64().filter(|figure| *figure < 1 << 53);
        figure.ok_or_else(|| format!("`{name}` is no figure: {status}"))
    };
    let places = ["delivered", "waiting", "in_flight", "dropped", "dead"];
    let sum = places.iter().try_fold(0, |sum, place| Ok::<_, String>(sum + figure(place)?))?;
    figure("bytes")?;
    let is_an_age = status["oldest_age_s"].as_f64().is_some_and(|age_s| age_s >= 0.0);
    if figure("accepted")? != sum || !is_an_age {
        return Err(format!("the books do not balance: {status}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::balance;

    #[test]
    fn books_that_do_not_balance_are_found() {
        let books = |accepted: i64, waiting: i64, age_s: f64| {
            json!({ "accepted": accepted, "delivered": 5, "waiting": waiting, "in_flight": 1,
                    "dropped": 0, "dead": 2, "bytes": 10, "oldest_age_s": age_s })
        };
        assert_eq!(balance(&books(10, 2, 0.0)), Ok(()));
        for wrong in [books(11, 2, 0.0), books(7, -1, 0.0), books(10, 2, -0.1)] {
            assert!(balance(&wrong).is_err(), "{wrong}");
        }
    }
}
