//! A queue whose handles are cloned and dropped while calls wait, however they are shared.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::Poll;

use forebay::sharing::{Consumer, OneThread, Producer, Queue, Sharing, Threads, WeakQueue};
use forebay::{GetError, PutError, Stats};
use forebay_testkit::subject::{Discipline, Dropped, Item, Kind, Later, PutEnd, Subject};

use crate::parcel::Parcel;

/// One side: its handles, shared with the calls that wait on them.
struct Side<H> {
    /// Those that new calls are made on, in turns.
    handles: RefCell<Vec<Rc<H>>>,
    /// Every one there ever was: it lives as long as a call that waits on it.
    known: RefCell<Vec<Weak<H>>>,
    turn: Cell<usize>,
}

impl<H> Side<H> {
    fn of(first: H) -> Self {
        let (handles, known) = (RefCell::default(), RefCell::default());
        let side = Side { handles, known, turn: Cell::new(0) };
        side.add(first);
        side
    }

    fn add(&self, handle: H) {
        let handle = Rc::new(handle);
        self.known.borrow_mut().push(Rc::downgrade(&handle));
        self.handles.borrow_mut().push(handle);
    }

    /// How many new calls can be made on.
    fn len(&self) -> usize {
        self.handles.borrow().len()
    }

    /// Any that lives.
    fn living(&self) -> Option<Rc<H>> {
        self.known.borrow().iter().find_map(Weak::upgrade)
    }

    fn pick(&self, pick: usize) -> Option<Rc<H>> {
        let handles = self.handles.borrow();
        Some(Rc::clone(&handles[pick.checked_rem(handles.len())?]))
    }

    /// Whose turn it is.
    fn next(&self) -> Rc<H> {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.pick(self.turn.get()).expect("calls are made only while there is a handle")
    }

    fn drop_one(&self, pick: usize) {
        let at = pick.checked_rem(self.len());
        // Outside of the borrow: what its drop sets off may come back here.
        let dropped = at.map(|at| self.handles.borrow_mut().swap_remove(at));
        drop(dropped);
    }
}

/// The handles of one queue.
pub struct Handles<S: Sharing> {
    producers: Rc<Side<Producer<Parcel, S>>>,
    consumers: Rc<Side<Consumer<Parcel, S>>>,
    weak: WeakQueue<Parcel, S>,
}

impl<S: Sharing> Clone for Handles<S> {
    fn clone(&self) -> Self {
        Handles {
            producers: Rc::clone(&self.producers),
            consumers: Rc::clone(&self.consumers),
            weak: self.weak.clone(),
        }
    }
}

impl<S: Sharing> std::fmt::Debug for Handles<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handles").field(&self.weak).finish()
    }
}

/// Calls that either side has.
macro_rules! either {
    ($handles:expr, $handle:ident => $call:expr) => {
        match ($handles.producers.living(), $handles.consumers.living()) {
            (Some($handle), _) => $call,
            (None, Some($handle)) => $call,
            (None, None) => unreachable!("the last handle of all stays"),
        }
    };
}

impl<S: Sharing> Handles<S> {
    /// One of each side.
    pub fn of(queue: Queue<Parcel, S>) -> Self {
        let weak = queue.downgrade();
        let (producer, consumer) = queue.split();
        let (producers, consumers) = (Side::of(producer), Side::of(consumer));
        Handles { producers: Rc::new(producers), consumers: Rc::new(consumers), weak }
    }

    /// What waits weighs so much.
    pub fn weight(&self) -> usize {
        either!(self, handle => handle.weight())
    }

    /// Another capacity from now on.
    pub fn set_capacity(&self, capacity: usize) {
        either!(self, handle => handle.set_capacity(capacity)).expect("it is one");
    }

    /// Whether a put can be called.
    pub fn can_put(&self) -> bool {
        self.producers.len() > 0
    }

    /// Whether a get can be called.
    pub fn can_get(&self) -> bool {
        self.consumers.len() > 0
    }

    /// Whether a producer lives, be it in a call that waits.
    pub fn has_producer(&self) -> bool {
        self.producers.living().is_some()
    }

    /// Whether a consumer lives, be it in a call that waits.
    pub fn has_consumer(&self) -> bool {
        self.consumers.living().is_some()
    }

    /// How many handles new calls can be made on.
    pub fn len(&self) -> usize {
        self.producers.len() + self.consumers.len()
    }

    /// Whether no new call can be made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more producer.
    pub fn clone_producer(&self, pick: usize) {
        if let Some(producer) = self.producers.pick(pick) {
            self.producers.add(Producer::clone(&*producer));
        }
    }

    /// One more consumer.
    pub fn clone_consumer(&self, pick: usize) {
        if let Some(consumer) = self.consumers.pick(pick) {
            self.consumers.add(Consumer::clone(&*consumer));
        }
    }

    /// One producer less.
    pub fn drop_producer(&self, pick: usize) {
        self.producers.drop_one(pick);
    }

    /// One consumer less.
    pub fn drop_consumer(&self, pick: usize) {
        self.consumers.drop_one(pick);
    }

    /// A producer of the handle that keeps nothing open; whether there was one.
    pub fn revive_producer(&self) -> bool {
        self.weak.upgrade_producer().map(|producer| self.producers.add(producer)).is_some()
    }

    /// A consumer of the handle that keeps nothing open; whether there was one.
    pub fn revive_consumer(&self) -> bool {
        self.weak.upgrade_consumer().map(|consumer| self.consumers.add(consumer)).is_some()
    }

    /// Both; whether there was one of each.
    pub fn revive(&self) -> bool {
        let Some(queue) = self.weak.upgrade() else {
            return false;
        };
        let (producer, consumer) = queue.split();
        self.producers.add(producer);
        self.consumers.add(consumer);
        true
    }
}

/// What a `put_many` that waits has not put: back on the shelf when it ends or is dropped.
struct Load {
    parcels: Vec<Parcel>,
    shelf: Rc<RefCell<Vec<Item>>>,
}

impl Load {
    fn take(shelf: Rc<RefCell<Vec<Item>>>) -> Self {
        let parcels = shelf.take().into_iter().map(Parcel::of).collect();
        Load { parcels, shelf }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        *self.shelf.borrow_mut() = items(&self.parcels);
    }
}

fn items(parcels: &[Parcel]) -> Vec<Item> {
    parcels.iter().map(Parcel::item).collect()
}

fn opened(why: PutError<Parcel>) -> PutError<Item> {
    match why {
        PutError::Full(parcel) => PutError::Full(parcel.item()),
        PutError::Closed(parcel) => PutError::Closed(parcel.item()),
        PutError::TooHeavy(parcel) => PutError::TooHeavy(parcel.item()),
    }
}

/// Makes a queue. Apart for each way to share one: builders ask for `Send` or not.
pub trait Make: Sharing {
    /// Makes one, limited by weight too where one is given; what its policy drops is added to
    /// `dropped`.
    fn make(kind: Kind, weight_max: Option<usize>, dropped: Dropped) -> Queue<Parcel, Self>
    where
        Self: Sized;
}

macro_rules! make {
    ($($sharing:ident)*) => {$(
        impl Make for $sharing {
            fn make(kind: Kind, weight_max: Option<usize>, dropped: Dropped) -> Queue<Parcel, Self> {
                let builder = Queue::<Parcel, Self>::builder();
                let builder = match kind.discipline {
                    Discipline::Fifo => builder,
                    Discipline::Lifo => builder.lifo(),
                    Discipline::Priority => builder.priority(),
                };
                let builder = match kind.capacity {
                    Some(capacity) => builder.capacity(capacity).when_full(kind.when_full),
                    None => builder,
                };
                let builder = match weight_max {
                    Some(max) => builder.weight(max, |parcel| parcel.item().rank.into()),
                    None => builder,
                };
                let on_drop = move |parcel: Parcel| dropped.add(parcel.item());
                builder.on_drop(on_drop).build().expect("plans ask for queues that exist")
            }
        }
    )*};
}

make! { Threads OneThread }

impl<S: Make> Subject for Handles<S> {
    fn make(kind: Kind, dropped: Dropped) -> Self {
        Handles::of(S::make(kind, None, dropped))
    }

    fn put(&self, item: Item, take_back: Rc<Cell<bool>>) -> Later<PutEnd> {
        let producer = self.producers.next();
        Box::pin(async move {
            let mut put = pin!(producer.put(Parcel::of(item)));
            poll_fn(|cx| match take_back.get() {
                true => {
                    let back = put.as_mut().take_back();
                    Poll::Ready(PutEnd::TakenBack(back.map(|parcel| parcel.item())))
                }
                false => put.as_mut().poll(cx).map(|end| match end {
                    Ok(()) => PutEnd::Put,
                    Err(why) => PutEnd::Refused(opened(why)),
                }),
            })
            .await
        })
    }

    fn put_many(&self, shelf: Rc<RefCell<Vec<Item>>>) -> Later<Result<(), PutError<()>>> {
        let producer = self.producers.next();
        Box::pin(async move {
            let mut load = Load::take(shelf);
            producer.put_many(&mut load.parcels).await
        })
    }

    fn get(&self) -> Later<Option<Item>> {
        let consumer = self.consumers.next();
        Box::pin(async move { consumer.get().await.map(|parcel| parcel.item()) })
    }

    fn get_many(&self, max: usize) -> Later<Vec<Item>> {
        let consumer = self.consumers.next();
        Box::pin(async move {
            let mut parcels = Vec::new();
            let count = consumer.get_many(&mut parcels, max).await;
            assert_eq!(count, parcels.len(), "get_many says how many it added");
            items(&parcels)
        })
    }

    fn join(&self) -> Later<()> {
        either!(self, handle => Box::pin(async move { handle.join().await }))
    }

    fn try_put(&self, item: Item) -> Result<(), PutError<Item>> {
        self.producers.next().try_put(Parcel::of(item)).map_err(opened)
    }

    fn try_put_many(&self, to_put: &mut Vec<Item>) -> Result<usize, PutError<()>> {
        let mut parcels: Vec<Parcel> = to_put.drain(..).map(Parcel::of).collect();
        let put = self.producers.next().try_put_many(&mut parcels);
        *to_put = items(&parcels);
        put
    }

    fn try_get(&self) -> Result<Item, GetError> {
        self.consumers.next().try_get().map(|parcel| parcel.item())
    }

    fn try_get_many(&self, into: &mut Vec<Item>, max: usize) -> Result<usize, GetError> {
        let mut parcels = Vec::new();
        let got = self.consumers.next().try_get_many(&mut parcels, max);
        into.extend(items(&parcels));
        got
    }

    fn task_done(&self) {
        either!(self, handle => handle.task_done());
    }

    fn close(&self) {
        either!(self, handle => handle.close());
    }

    fn close_now(&self) -> Vec<Item> {
        items(&either!(self, handle => handle.close_now()))
    }

    fn stats(&self) -> Stats {
        either!(self, handle => handle.stats())
    }
}
