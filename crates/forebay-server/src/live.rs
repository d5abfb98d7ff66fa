//! What the live page is told: how things stand now, some times a second, and how they stood in the
//! last quarter of an hour.
//!
//! ```text
//! report ──look──▶ sampler ──▶ history (kept)      ──▶ hello, to a viewer who comes
//!                     │
//!                     └──────▶ tick (one for all)  ──▶ every viewer
//! ```
//!
//! One sampler serves all viewers, and what it says is written down once. While nobody views and
//! nothing moves it sleeps without a timer: whoever takes an event in, the consumer, and a viewer
//! who comes ring its bell.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use forebay_backlog::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::{Notify, watch};

use crate::clock;
use crate::consumer::ConsumerConfig;
use crate::status::Report;

// One look, and those before it.
mod disk;
mod history;
mod sample;
mod sampler;
pub(crate) use disk::Files;
pub(crate) use sampler::Sampler;

// Single events, without what is in them.
mod recent;
mod redact;
pub(crate) use recent::Noted;

// How it is said.
mod frame;
mod scene;
use scene::Bodies;
pub(crate) use scene::Scene;

use disk::Disk;
use history::History;
use recent::Recent;

/// So many may view at one time; each costs a connection and, when it comes, the history as text.
const VIEWERS_MAX: usize = 256;

/// Events that are noted between two samples, however many come.
const NOTED_A_SAMPLE_MAX: u32 = 4;

/// What viewers are shown.
pub(crate) struct Live {
    report: Arc<Report>,
    bodies: Bodies,
    scene: ArcSwap<Scene>,
    memory: Mutex<Memory>,
    /// The newest tick as it goes over the wire; `None` once it is the last.
    tick: watch::Sender<Option<Bytes>>,
    viewers: AtomicUsize,
    bell: Notify,
    is_asleep: AtomicBool,
    /// How many events may still be noted before the next sample.
    notable: AtomicU32,
}

#[derive(Debug)]
struct Memory {
    history: History,
    recent: Recent,
    disk: Option<Disk>,
}

/// Whether a look found anything that the one before it had not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Change,
    Same,
}

impl Live {
    pub(crate) fn new(report: Arc<Report>, scene: Scene) -> Arc<Self> {
        let memory = Memory { history: History::default(), recent: Recent::default(), disk: None };
        Arc::new(Self {
            report,
            bodies: scene.bodies,
            scene: ArcSwap::from_pointee(scene),
            memory: Mutex::new(memory),
            tick: watch::Sender::new(Some(Bytes::new())),
            viewers: AtomicUsize::new(0),
            bell: Notify::new(),
            is_asleep: AtomicBool::new(false),
            notable: AtomicU32::new(NOTED_A_SAMPLE_MAX),
        })
    }

    /// Takes a note of the last of some events that are to be taken in, if there is room for one.
    pub(crate) fn note(&self, route: &str, events: &[Event]) -> Option<Noted> {
        let event = events.last().filter(|_| self.bodies != Bodies::Unseen)?;
        // Ordering: relaxed, one note too many or too few is none of anybody's business.
        if self.notable.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.notable.fetch_sub(1, Ordering::Relaxed);
        Some(Noted::new(route, event, events.len(), self.bodies))
    }

    /// Some events were taken in.
    pub(crate) fn accepted(&self, noted: Option<Noted>) {
        if let Some(noted) = noted {
            self.memory().recent.push(noted);
        }
        // Ordering: SeqCst, see `Sampler`: either this sees that it sleeps, or it sees the events.
        if self.is_asleep.load(Ordering::SeqCst) {
            self.bell.notify_one();
        }
    }

    /// The gears are others. Those who view are told all from the beginning.
    pub(crate) fn change_gears(&self, consumer: &ConsumerConfig) {
        self.scene.rcu(|scene| scene.with_gears(consumer));
        self.stir();
    }

    /// Something was changed by hand.
    pub(crate) fn stir(&self) {
        self.bell.notify_one();
    }

    /// What a new viewer of a route sees, from the first word on; `None` when too many view.
    ///
    /// The stream ends with the service.
    pub(crate) fn view(self: &Arc<Self>, route: &str) -> Option<impl Stream<Item = Bytes> + use<>> {
        let viewer = Viewer::enter(self)?;
        let ticks = self.tick.subscribe();
        let view = View { viewer, ticks, route: route.to_owned(), seen: None };
        Some(unfold(view, |mut view| async move { view.next().await.map(|frame| (frame, view)) }))
    }

    /// Sends the viewers away; those who come later leave at once.
    pub(crate) fn close(&self) {
        self.tick.send_replace(None);
    }

    fn hello(&self, route: &str, scene: &Scene) -> Bytes {
        let memory = self.memory();
        let (at_ms, status) = (clock::unix_ms(), self.report.at(clock::now(), clock::unix_ms()));
        frame::hello(scene, route, at_ms, &status, &memory)
    }

    /// Looks at how things stand, remembers it, and tells the viewers.
    fn look(&self) -> Seen {
        let at_ms = clock::unix_ms();
        let status = self.report.at(clock::now(), at_ms);
        let mut memory = self.memory();
        let seen = memory.history.record(at_ms, &status);
        // Ordering: relaxed, see `note`.
        self.notable.store(NOTED_A_SAMPLE_MAX, Ordering::Relaxed);
        if self.is_viewed() {
            let tick = frame::tick(at_ms, &status, &mut memory);
            self.tick.send_if_modified(|last| {
                let goes_on = last.is_some();
                if goes_on {
                    *last = Some(tick);
                }
                goes_on
            });
        }
        seen
    }

    fn is_viewed(&self) -> bool {
        // Ordering: SeqCst, see `Sampler`.
        self.viewers.load(Ordering::SeqCst) > 0
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing panics while it is locked.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("viewers", &self.viewers).finish_non_exhaustive()
    }
}

/// Somebody who views. Dropping it is leaving.
struct Viewer(Arc<Live>);

impl Viewer {
    fn enter(live: &Arc<Live>) -> Option<Self> {
        // Ordering: SeqCst, see `Sampler`.
        let before = live.viewers.fetch_add(1, Ordering::SeqCst);
        let viewer = Self(Arc::clone(live));
        if before >= VIEWERS_MAX {
            return None;
        }
        live.bell.notify_one();
        Some(viewer)
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.0.viewers.fetch_sub(1, Ordering::SeqCst);
    }
}

struct View {
    viewer: Viewer,
    ticks: watch::Receiver<Option<Bytes>>,
    route: String,
    /// The scene of which the viewer was told.
    seen: Option<Arc<Scene>>,
}

impl View {
    /// The next frame. One who reads slowly gets fewer of them, never older ones.
    async fn next(&mut self) -> Option<Bytes> {
        // An error cannot be: the viewer keeps the sender.
        if self.seen.is_some() {
            self.ticks.changed().await.ok()?;
        }
        // What closed before this viewer came is closed for it too.
        let tick = self.ticks.borrow_and_update().clone()?;
        let live = &self.viewer.0;
        let scene = live.scene.load_full();
        if self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &scene)) {
            return Some(tick);
        }
        let hello = live.hello(&self.route, &scene);
        self.seen = Some(scene);
        Some(hello)
    }
}
