//! Dead letters: listed, put back into the backlog, deleted.
//!
//! An event that is put back is marked in the sink, appended to its backlog, and its dead letter
//! is deleted by the very transaction that writes the event. So at every moment it is in `events`
//! or in `dead_letters`, never in both, never in neither; and what a crash leaves marked can be put
//! back again, because writing an event twice changes nothing.

use std::fmt;
use std::sync::Arc;

use forebay_backlog::{AppendError, Backlog, Event};
use serde::Serialize;
use uuid::Uuid;

use crate::clock;
use crate::sink::{
    Class, DeadFilter, Letter, Letters, Place, PostgresSink, SinkError, SinkUrl, SqliteSink,
    Watermark, cuts,
};

/// So many are put back, or deleted, in one transaction.
const STEP: u32 = 200;

/// So many are read at once.
const LOOK: u32 = 50;

/// The most that is appended as one group, and about what fills a page.
const GROUP_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The dead letters of a sink, of all its routes.
///
/// # Examples
/// ```
/// use forebay_server::{DeadFilter, DeadLetters};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("forebay-dead-{}", std::process::id()));
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let sink = format!("sqlite:{}", folder.join("events.db").display()).parse()?;
/// let error = DeadLetters::new(&sink)?.list(&DeadFilter::default(), None, 10).await.unwrap_err();
/// assert!(error.to_string().contains("there is no file"));
/// # Ok(()) })
/// # }
/// ```
#[derive(Debug)]
pub struct DeadLetters {
    sink: Sink,
    /// This process, as it signs what it puts back.
    run: String,
    requeued: Arc<Watermark>,
}

#[derive(Debug)]
enum Sink {
    Sqlite(SqliteSink),
    Postgres(Box<PostgresSink>),
}

/// Runs the same on a connection to either.
macro_rules! on {
    ($self:ident, $letters:ident => $work:expr) => {
        match &$self.sink {
            Sink::Sqlite(sink) => {
                let mut $letters = sink.letters().await?;
                $work
            }
            Sink::Postgres(sink) => {
                let mut $letters = sink.letters().await?;
                $work
            }
        }
    };
}

impl DeadLetters {
    /// Names a sink; nothing is opened yet.
    ///
    /// # Errors
    /// What no retry can change, as for [`Consumer::start`](crate::Consumer::start).
    pub fn new(sink: &SinkUrl) -> Result<Self, DeadError> {
        Self::beside(sink, Arc::default())
    }

    /// The same beside writers of this process, who have to know what is put back.
    pub(crate) fn beside(sink: &SinkUrl, requeued: Arc<Watermark>) -> Result<Self, DeadError> {
        let unusable = |why: String| DeadError::Sink { why, hint: Class::Other.hint() };
        let place = Place { requeued: Arc::clone(&requeued), ..Place::default() };
        let sink = match sink {
            SinkUrl::Sqlite(path) => Sink::Sqlite(
                SqliteSink::new(path.clone(), place).map_err(|e| unusable(e.to_string()))?,
            ),
            SinkUrl::Postgres(url) => Sink::Postgres(Box::new(
                PostgresSink::new(url, place).map_err(|e| unusable(e.to_string()))?,
            )),
        };
        let run = format!("{:016x}", clock::seed());
        Ok(Self { sink, run, requeued })
    }

    /// Lists the first `limit` after the one with the id `after`, in the order of their ids; fewer
    /// where they are large.
    ///
    /// # Errors
    /// The sink cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn list(
        &self,
        filter: &DeadFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<DeadPage, DeadError> {
        Ok(on!(self, letters => page(&mut letters, filter, after, limit).await?))
    }

    /// Counts them.
    ///
    /// # Errors
    /// The sink cannot be asked.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn count(&self, filter: &DeadFilter) -> Result<u64, DeadError> {
        Ok(on!(self, letters => letters.count(filter).await?))
    }

    /// Puts up to `limit` back into the backlogs of their routes, and returns how many, once what
    /// the backlogs promise holds. A dead letter goes when its event is written; one that is
    /// refused again is a dead letter as before, with a newer reason.
    ///
    /// Those that are on their way are left out, unless the filter names them by their ids.
    ///
    /// # Errors
    /// The sink cannot be asked, or a backlog does not take the events. What was put back before
    /// stays put back; the error says how many.
    ///
    /// # Cancel safety
    /// What was put back stays put back. Some may be marked as on their way although they are not:
    /// name them by their ids, or start forebay again.
    pub async fn requeue(
        &self,
        filter: &DeadFilter,
        limit: u64,
        backlog_of: &(dyn Fn(&str) -> Option<Arc<dyn Backlog>> + Sync),
    ) -> Result<u64, DeadError> {
        let mut requeued = 0;
        on!(self, letters => {
            while requeued < limit {
                let step = u32::try_from(limit - requeued).unwrap_or(STEP).min(STEP);
                let marked = letters.mark(filter, &self.run, step).await?;
                let count = marked.len() as u64;
                self.put_back(&mut letters, marked, backlog_of)
                    .await
                    .map_err(|error| error.after(requeued))?;
                requeued += count;
                // What was named is marked again and again.
                if count < u64::from(step) || filter.named().is_some() {
                    break;
                }
            }
        });
        Ok(requeued)
    }

    /// Deletes up to `limit`, and returns how many. They are gone for good.
    ///
    /// Those that are on their way are left out, unless the filter names them by their ids.
    ///
    /// # Errors
    /// The sink cannot be asked. What was deleted before stays deleted.
    ///
    /// # Cancel safety
    /// What was deleted stays deleted.
    pub async fn purge(&self, filter: &DeadFilter, limit: u64) -> Result<u64, DeadError> {
        let mut purged = 0;
        on!(self, letters => {
            while purged < limit {
                let step = u32::try_from(limit - purged).unwrap_or(STEP).min(STEP);
                let count = letters.purge(filter, step).await?;
                purged += count;
                if count < u64::from(step) {
                    break;
                }
            }
        });
        Ok(purged)
    }

    /// Appends what is marked, each to the backlog of its route; takes the mark off what is not
    /// taken.
    async fn put_back(
        &self,
        letters: &mut impl Letters,
        mut marked: Vec<Letter>,
        backlog_of: &(dyn Fn(&str) -> Option<Arc<dyn Backlog>> + Sync),
    ) -> Result<(), DeadError> {
        self.requeued.raise(marked.iter().map(|letter| letter.id));
        marked.sort_by(|one, other| (&one.route, one.id).cmp(&(&other.route, other.id)));
        let mut rest: &[Letter] = &marked;
        while let Some(first) = rest.first() {
            let of_route = rest.partition_point(|letter| letter.route == first.route);
            let sizes = rest[..of_route].iter().map(|letter| letter.event().bytes());
            let end = cuts(sizes, GROUP_BYTES_MAX)[0].end;
            let events: Vec<Event> = rest[..end].iter().map(Letter::event).collect();
            let taken = match backlog_of(&first.route) {
                Some(backlog) => {
                    backlog.append(events.into()).await.map(drop).map_err(DeadError::Backlog)
                }
                None => Err(DeadError::NoRoute(first.route.clone())),
            };
            if let Err(error) = taken {
                let ids: Vec<Uuid> = rest.iter().map(|letter| letter.id).collect();
                letters.unmark(&ids, &self.run).await?;
                return Err(error);
            }
            rest = &rest[end..];
        }
        Ok(())
    }
}

/// Reads on until there are `limit`, or they fill a page.
async fn page(
    letters: &mut impl Letters,
    filter: &DeadFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<DeadPage, SinkError> {
    let mut page = DeadPage { dead: Vec::new(), next: after };
    let (mut left, mut bytes) = (limit, 0);
    while left > 0 && bytes < GROUP_BYTES_MAX {
        let step = left.min(LOOK);
        let found = letters.page(filter, page.next, step).await?;
        bytes += found.iter().map(|letter| letter.body.text().len() as u64).sum::<u64>();
        let is_last = found.len() < step as usize;
        left -= step;
        page.dead.extend(found);
        page.next = page.dead.last().map(|letter| letter.id).filter(|_| !is_last);
        if is_last {
            break;
        }
    }
    Ok(page)
}

/// Some dead letters, in the order of their ids.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DeadPage {
    /// The dead letters.
    pub dead: Vec<Letter>,
    /// What to go on after; nothing when these were the last.
    pub next: Option<Uuid>,
}

/// Why dead letters could not be looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadError {
    /// The sink cannot be asked.
    Sink {
        /// What it says.
        why: String,
        /// What a person can do about it.
        hint: &'static str,
    },
    /// A backlog does not take them.
    Backlog(AppendError),
    /// Their route is not there any more.
    NoRoute(String),
    /// It went well for a while.
    Partly {
        /// How many were put back.
        requeued: u64,
        /// What then went wrong.
        error: Box<DeadError>,
    },
}

impl DeadError {
    fn after(self, requeued: u64) -> Self {
        if requeued == 0 { self } else { Self::Partly { requeued, error: Box::new(self) } }
    }
}

impl From<SinkError> for DeadError {
    fn from(error: SinkError) -> Self {
        Self::Sink { hint: error.class.hint(), why: error.reason }
    }
}

impl fmt::Display for DeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sink { why, hint } => write!(f, "the sink says: {why}; {hint}"),
            Self::Backlog(error) => write!(f, "{error}; the events stay dead letters"),
            Self::NoRoute(route) => write!(
                f,
                "there is no route {route:?} any more; add [routes.{route}] to the configuration"
            ),
            Self::Partly { requeued, error } => {
                write!(f, "{requeued} were put back, then: {error}")
            }
        }
    }
}

impl std::error::Error for DeadError {}
