//! What anyone writes in an afternoon: a lock around a `VecDeque` and two lists of wakers. It does not care what happens
//! to those who were woken and are dropped; as a yardstick it need not.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::kind::kind;

pub(crate) struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    capacity: usize,
    getters: VecDeque<Waker>,
    putters: VecDeque<Waker>,
}

impl<T> Shared<T> {
    fn open(capacity: usize) -> (Arc<Self>, Arc<Self>) {
        let (items, getters, putters) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let state = Mutex::new(State { items, capacity, getters, putters });
        let shared = Arc::new(Self { state });
        (Arc::clone(&shared), shared)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().expect("nobody panics with it")
    }

    /// Puts the item, or leaves it and takes the waker along.
    fn poll_put(&self, item: &mut Option<T>, cx: Option<&mut Context<'_>>) -> Poll<()> {
        let mut state = self.lock();
        if state.items.len() == state.capacity {
            state.putters.extend(cx.map(|cx| cx.waker().clone()));
            return Poll::Pending;
        }
        state.items.extend(item.take());
        let getter = state.getters.pop_front();
        drop(state);
        if let Some(getter) = getter {
            getter.wake();
        }
        Poll::Ready(())
    }

    fn poll_get(&self, cx: Option<&mut Context<'_>>) -> Poll<Option<T>> {
        let mut state = self.lock();
        let Some(item) = state.items.pop_front() else {
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

    fn try_get(&self) -> Option<T> {
        match self.poll_get(None) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        }
    }
}

kind! {
    Naive(Arc<Shared<T>>, Arc<Shared<T>>) = |capacity| Shared::open(capacity);
    many producers;
    many consumers;
    tried:
        |producer, item| producer.poll_put(&mut Some(item), None).is_ready(),
        |consumer| consumer.try_get();
    awaited:
        |producer, item| {
            let mut item = Some(item);
            poll_fn(move |cx| producer.poll_put(&mut item, Some(cx)))
        },
        |consumer| poll_fn(move |cx| consumer.poll_get(Some(cx)));
}
