//! Long work on threads of its own, watched: a progress bar for a terminal, and Ctrl-C.

use std::io::IsTerminal;
use std::time::Duration;

use forebay_sim::Watch;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::outcome::Failure;
use crate::signals::StopSignals;

/// Between two looks at how far it is; a run that is over by the first shows no bar.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Does it, and lets a signal cancel the watch. `all` is how much time is simulated altogether,
/// if that is known.
pub(super) fn watched<T: Send>(
    all: Option<Duration>,
    job: impl FnOnce(&Watch) -> T + Send,
) -> Result<T, Failure> {
    let cannot = |error| Failure::Failed(format!("cannot watch for signals: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let watch = Watch::default();
    let (ended, end) = oneshot::channel();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let result = job(&watch);
            // Nobody waits when signals cannot be watched for.
            let _ = ended.send(());
            result
        });
        let followed = runtime.block_on(follow(&watch, all, end)).map_err(cannot);
        let result = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        followed.map(|()| result)
    })
}

async fn follow(
    watch: &Watch,
    all: Option<Duration>,
    mut end: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let mut signals = StopSignals::install().inspect_err(|_| watch.cancel())?;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.tick().await;
    let mut bar = None;
    loop {
        tokio::select! {
            _ = &mut end => break,
            _ = signals.next() => watch.cancel(),
            _ = looks.tick(), if std::io::stderr().is_terminal() => {
                let bar = bar.get_or_insert_with(|| new_bar(all));
                match all {
                    Some(_) => bar.set_position(watch.simulated().as_secs()),
                    None => bar.set_message(format!("{} events", watch.events())),
                }
            }
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(())
}

fn new_bar(all: Option<Duration>) -> ProgressBar {
    let (bar, template) = match all {
        Some(all) => (
            ProgressBar::new(all.as_secs().max(1)),
            "simulating {wide_bar} {percent:>3} %  {eta} left (Ctrl-C: what is done so far)",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} searching  {elapsed}  {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
