//! What anyone writes in an afternoon: a lock around a `VecDeque` and two lists of wakers; for other orders a `Vec` or a
//! `BinaryHeap`. It does not care what happens to those who were woken and are dropped; as a yardstick it need not.

use std::collections::{BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use field_cells::{Full, Item, Prioritized};

use crate::kind::kind;
use crate::store::{Store, Tickets};

pub(crate) struct Shared<S> {
    state: Mutex<State<S>>,
}

struct State<S> {
    items: S,
    capacity: usize,
    getters: VecDeque<Waker>,
    putters: VecDeque<Waker>,
}

impl<S: Store> Shared<S> {
    fn open(capacity: usize) -> (Arc<Self>, Arc<Self>) {
        let (items, getters, putters) = (S::default(), VecDeque::new(), VecDeque::new());
        let state = Mutex::new(State { items, capacity, getters, putters });
        let shared = Arc::new(Self { state });
        (Arc::clone(&shared), shared)
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().expect("nobody panics with it")
    }

    /// Puts the item, or leaves it and takes the waker along.
    fn poll_put(&self, item: &mut Option<S::Item>, cx: Option<&mut Context<'_>>) -> Poll<()> {
        let mut state = self.lock();
        if state.items.len() == state.capacity {
            state.putters.extend(cx.map(|cx| cx.waker().clone()));
            return Poll::Pending;
        }
        if let Some(item) = item.take() {
            state.items.push(item);
        }
        let getter = state.getters.pop_front();
        drop(state);
        if let Some(getter) = getter {
            getter.wake();
        }
        Poll::Ready(())
    }

    fn poll_get(&self, cx: Option<&mut Context<'_>>) -> Poll<Option<S::Item>> {
        let mut state = self.lock();
        let Some(item) = state.items.pop() else {
            state.getters.extend(cx.map(|cx| cx.waker().clone()));
            return Poll::Pending;
        };
        let putter = state.putters.pop_front();
        drop(state);
        if let Some(putter) = putter {
            putter.wake();
        }
        Poll::Ready(Some(item))
    }

    fn try_get(&self) -> Option<S::Item> {
        match self.poll_get(None) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        }
    }

    /// Puts the item; when there is no room, the one whose turn it is goes for it.
    fn put_over(&self, item: S::Item) -> Option<S::Item> {
        let mut state = self.lock();
        let is_full = state.items.len() == state.capacity;
        let gone = is_full.then(|| state.items.pop()).flatten();
        state.items.push(item);
        let getter = state.getters.pop_front();
        drop(state);
        if let Some(getter) = getter {
            getter.wake();
        }
        gone
    }
}

macro_rules! naive {
    ($kind:ident: $item:ident, $store:ty $(, ties in $order:ident order)?) => {
        kind! {
            for $item:
            $kind(Arc<Shared<$store>>, Arc<Shared<$store>>) = |capacity| Shared::open(capacity);
            many producers;
            many consumers;
            tried:
                |producer, item| producer.poll_put(&mut Some(item), None).is_ready(),
                |consumer| consumer.try_get();
            $(ties in $order order;)?
            awaited:
                |producer, item| {
                    let mut item = Some(item);
                    poll_fn(move |cx| producer.poll_put(&mut item, Some(cx)))
                },
                |consumer| poll_fn(move |cx| consumer.poll_get(Some(cx)));
        }
    };
}

naive!(Naive: Item, VecDeque<T>);
naive!(Lifo: Item, Vec<T>);
naive!(Priority: Prioritized, Tickets<T>);
naive!(Heap: Prioritized, BinaryHeap<T>, ties in any order);
naive!(Ring: Item, VecDeque<T>);

impl Full for Naive {
    #[inline(always)]
    fn put_full(producer: &mut Self::Producer, item: u64) -> Option<u64> {
        let mut item = Some(item);
        producer.poll_put(&mut item, None).is_pending().then_some(item).flatten()
    }
}

impl Full for Ring {
    #[inline(always)]
    fn put_full(producer: &mut Self::Producer, item: u64) -> Option<u64> {
        producer.put_over(item)
    }
}
