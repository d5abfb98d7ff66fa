//! A walk: calls, polls and cancellations, made of a queue and of the model alike.
//!
//! After each step the queue must have answered as the model does, count what it counts, have
//! dropped what it dropped, and have woken exactly those whom it would have woken.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use crate::flag::Hand;
use crate::model::{Call, End, Model, ids};
use crate::subject::{Dropped, Item, Kind, PutEnd, Subject};

/// One step of a walk. Numbers pick a waiting call, counting round.
#[derive(Debug, Clone)]
pub enum Step {
    /// An item of this rank.
    TryPut(u8),
    /// So many items.
    TryPutMany(u8),
    /// One item.
    TryGet,
    /// Up to so many items.
    TryGetMany(usize),
    /// A call that may wait is made and polled once.
    Start(Start),
    /// One that waits is polled, woken or not.
    Poll(usize),
    /// One that was woken is polled.
    PollWoken(usize),
    /// One that waits is polled by another task than before.
    PollElsewhere(usize),
    /// One that waits is dropped.
    Drop(usize),
    /// The item of a put that waits is taken back.
    TakeBack(usize),
    /// One item is marked, if one is unfinished.
    TaskDone,
    /// No more puts.
    Close,
    /// No more puts, and what is left comes back.
    CloseNow,
}

/// A call that may wait.
#[derive(Debug, Clone)]
pub enum Start {
    /// An item of this rank.
    Put(u8),
    /// So many items.
    PutMany(u8),
    /// One item.
    Get,
    /// Up to so many items.
    GetMany(usize),
    /// Until everything is finished.
    Join,
}

/// A call under way: in the queue, and in the model.
struct Waiting {
    id: usize,
    hand: Hand<'static, End>,
    call: Call,
    take_back: Rc<Cell<bool>>,
    shelf: Rc<RefCell<Vec<Item>>>,
}

/// A queue and the model of it, side by side.
pub struct Walk<S> {
    queue: S,
    model: Model,
    dropped: Dropped,
    waiting: Vec<Waiting>,
    items: u32,
    calls: usize,
}

impl<S: Subject> Walk<S> {
    /// An empty queue of that kind, and its model.
    pub fn new(kind: Kind) -> Self {
        let dropped = Dropped::default();
        Walk::of(S::make(kind, dropped.clone()), Model::new(kind), dropped)
    }

    /// A queue that is new, its model, and where its policy's drops end up.
    pub fn of(queue: S, model: Model, dropped: Dropped) -> Self {
        Walk { queue, model, dropped, waiting: Vec::new(), items: 0, calls: 0 }
    }

    /// Takes one step, and compares.
    pub fn take(&mut self, step: Step) {
        self.act(step);
        self.compare();
    }

    /// The queue.
    pub fn queue(&self) -> &S {
        &self.queue
    }

    /// The model, for what befalls the queue beside the steps: tell it before comparing.
    pub fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    /// How many calls wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn item(&mut self, rank: u8) -> Item {
        self.items += 1;
        Item { rank, id: self.items }
    }

    fn items(&mut self, count: u8) -> Vec<Item> {
        (0..count).map(|rank| self.item(rank % 3)).collect()
    }

    /// Takes one step; what each side answers at once is compared at once.
    pub fn act(&mut self, step: Step) {
        match step {
            Step::TryPut(rank) => self.try_put(rank),
            Step::TryPutMany(count) => self.try_put_many(count),
            Step::TryGet => {
                let got = self.queue.try_get().map(|item| item.id);
                assert_eq!(got, self.model.try_get(None).map(|item| item.id), "try_get");
            }
            Step::TryGetMany(max) => {
                let mut got = Vec::new();
                let count = self.queue.try_get_many(&mut got, max);
                assert_eq!(count.map(|_| ids(&got)), self.model.try_get_many(max, None));
            }
            Step::Start(start) => self.start(start),
            Step::Poll(pick) => self.poll(pick, |_| true),
            Step::PollWoken(pick) => self.poll(pick, |waiting| waiting.hand.is_woken()),
            Step::PollElsewhere(pick) => self.poll_elsewhere(pick),
            Step::Drop(pick) => self.cancel(pick),
            Step::TakeBack(pick) => self.take_back(pick),
            Step::TaskDone if self.model.unfinished() > 0 => {
                self.queue.task_done();
                self.model.task_done();
            }
            Step::TaskDone => {}
            Step::Close => {
                self.queue.close();
                self.model.close();
            }
            Step::CloseNow => {
                assert_eq!(ids(&self.queue.close_now()), self.model.close_now(), "close_now");
            }
        }
    }

    fn try_put(&mut self, rank: u8) {
        let item = self.item(rank);
        let put = self.queue.try_put(item);
        assert_eq!(put, self.model.try_put(item), "try_put");
        let came_back = put.err().map(|why| why.into_item().id);
        assert!(came_back.is_none_or(|id| id == item.id), "another item came back");
    }

    fn try_put_many(&mut self, count: u8) {
        let (mut here, mut there) = (self.items(count), Vec::new());
        there.clone_from(&here);
        let put = self.queue.try_put_many(&mut here);
        assert_eq!(put, self.model.try_put_many(&mut there), "try_put_many");
        assert_eq!(ids(&here), ids(&there), "what try_put_many left");
    }

    fn start(&mut self, start: Start) {
        let (take_back, shelf) = (Rc::default(), Rc::default());
        let (call, hand) = self.call(start, &take_back, &shelf);
        let id = self.calls;
        self.calls += 1;
        self.waiting.push(Waiting { id, hand, call, take_back, shelf });
        self.poll_at(self.waiting.len() - 1);
    }

    fn call(
        &mut self,
        start: Start,
        take_back: &Rc<Cell<bool>>,
        shelf: &Rc<RefCell<Vec<Item>>>,
    ) -> (Call, Hand<'static, End>) {
        match start {
            Start::Put(rank) => {
                let item = self.item(rank);
                let put = self.queue.put(item, Rc::clone(take_back));
                (Call::Put(item), Hand::new(async move { put_end(put.await) }))
            }
            Start::PutMany(count) => {
                let items = self.items(count);
                shelf.borrow_mut().clone_from(&items);
                let put = self.queue.put_many(Rc::clone(shelf));
                let shelf = Rc::clone(shelf);
                let hand = async move {
                    let end = put.await;
                    let left = ids(&shelf.borrow());
                    End::PutMany(end, left)
                };
                (Call::PutMany(items), Hand::new(hand))
            }
            Start::Get => {
                let get = self.queue.get();
                (Call::Get, Hand::new(async { End::Got(get.await.map(|item| item.id)) }))
            }
            Start::GetMany(max) => {
                let get = self.queue.get_many(max);
                (Call::GetMany(max), Hand::new(async { End::GotMany(ids(&get.await)) }))
            }
            Start::Join => {
                let join = self.queue.join();
                let joined = async {
                    join.await;
                    End::Joined
                };
                (Call::Join(None), Hand::new(joined))
            }
        }
    }

    /// Polls one of those that `may` be polled.
    fn poll(&mut self, pick: usize, may: impl Fn(&Waiting) -> bool) {
        let eligible: Vec<usize> =
            (0..self.waiting.len()).filter(|&at| may(&self.waiting[at])).collect();
        if !eligible.is_empty() {
            self.poll_at(eligible[pick % eligible.len()]);
        }
    }

    fn poll_at(&mut self, at: usize) {
        let waiting = &mut self.waiting[at];
        let expected = self.model.poll(waiting.id, &mut waiting.call);
        let ended = match waiting.hand.poll() {
            Poll::Ready(end) => Some(end),
            Poll::Pending => None,
        };
        assert_eq!(ended, expected, "{:?}", waiting.call);
        if ended.is_some() {
            self.waiting.remove(at);
        }
    }

    fn poll_elsewhere(&mut self, pick: usize) {
        if let Some(at) = pick.checked_rem(self.waiting.len()) {
            let former = self.waiting[at].hand.hand_over();
            self.poll_at(at);
            assert_eq!(Arc::strong_count(&former), 1, "the waker of the former task is kept");
        }
    }

    fn cancel(&mut self, pick: usize) {
        if self.waiting.is_empty() {
            return;
        }
        let Waiting { id, hand, call, shelf, .. } = self.waiting.remove(pick % self.waiting.len());
        drop(hand);
        self.model.give_up(id, &call);
        if let Call::PutMany(left) = &call {
            assert_eq!(ids(&shelf.borrow()), ids(left), "what a dropped put_many left");
        }
    }

    fn take_back(&mut self, pick: usize) {
        let puts: Vec<usize> = (0..self.waiting.len())
            .filter(|&at| matches!(self.waiting[at].call, Call::Put(_)))
            .collect();
        if puts.is_empty() {
            return;
        }
        let mut waiting = self.waiting.remove(puts[pick % puts.len()]);
        waiting.take_back.set(true);
        let expected = self.model.give_up(waiting.id, &waiting.call);
        assert_eq!(waiting.hand.poll(), Poll::Ready(End::TakenBack(expected)));
    }

    /// Compares what both sides count, dropped and woke.
    pub fn compare(&mut self) {
        self.model.settle();
        self.model.assert_counts(self.queue.stats());
        self.compare_drops();
        for waiting in &self.waiting {
            let expected = self.model.is_awake(waiting.id, &waiting.call);
            assert_eq!(waiting.hand.is_woken(), expected, "awake: {:?}", waiting.call);
        }
    }
}

impl<S> Walk<S> {
    /// Compares what was dropped since the last time; that can be told also when no handle is
    /// left to ask.
    pub fn compare_drops(&mut self) {
        assert_eq!(self.dropped.take(), self.model.take_drops(), "what was dropped");
    }
}

impl<S> fmt::Debug for Walk<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<_> = self.waiting.iter().map(|waiting| &waiting.call).collect();
        f.debug_struct("Walk")
            .field("model", &self.model)
            .field("waiting", &calls)
            .finish_non_exhaustive()
    }
}

fn put_end(end: PutEnd) -> End {
    match end {
        PutEnd::Put => End::Put,
        PutEnd::Refused(forebay::PutError::Full(item)) => {
            End::Refused(forebay::PutError::Full(item.id))
        }
        PutEnd::Refused(forebay::PutError::Closed(item)) => {
            End::Refused(forebay::PutError::Closed(item.id))
        }
        PutEnd::Refused(forebay::PutError::TooHeavy(item)) => {
            End::Refused(forebay::PutError::TooHeavy(item.id))
        }
        PutEnd::TakenBack(item) => End::TakenBack(item.map(|item| item.id)),
    }
}
