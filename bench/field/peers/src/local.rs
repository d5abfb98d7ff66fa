//! Peers for one thread. Where one has no call to try with, its future is polled once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use async_local_channel::spsc as jayce;
use async_unsync::{bounded, unbounded};
use field_cells::polled;
use local_sync::mpsc as local_sync;
use unsync::spsc as unsync;

use crate::kind::kind;

kind! {
    UnsyncBounded(bounded::Sender<T>, bounded::Receiver<T>) =
        |capacity| bounded::channel(capacity).into_split();
    many producers;
    tried: |producer, item| producer.try_send(item).is_ok(), |consumer| consumer.try_recv().ok();
    local: |producer, item| producer.send(item), |consumer| consumer.recv();
}

kind! {
    UnsyncUnbounded(unbounded::UnboundedSender<T>, unbounded::UnboundedReceiver<T>) =
        |_| unbounded::channel().into_split();
    many producers;
    tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv().ok();
    local:
        |producer, item| std::future::ready(producer.send(item)),
        |consumer| consumer.recv();
}

kind! {
    LocalChannel(local_channel::mpsc::Sender<T>, local_channel::mpsc::Receiver<T>) =
        |_| local_channel::mpsc::channel();
    many producers;
    tried:
        |producer, item| producer.send(item).is_ok(),
        |consumer| polled(consumer.recv()).flatten();
    local:
        |producer, item| std::future::ready(producer.send(item)),
        |consumer| consumer.recv();
}

kind! {
    LocalSyncBounded(local_sync::bounded::Tx<T>, local_sync::bounded::Rx<T>) =
        |capacity| local_sync::bounded::channel(capacity);
    many producers;
    tried:
        |producer, item| polled(producer.send(item)).is_some_and(|put| put.is_ok()),
        |consumer| consumer.try_recv().ok();
    local: |producer, item| producer.send(item), |consumer| consumer.recv();
}

kind! {
    LocalSyncUnbounded(local_sync::unbounded::Tx<T>, local_sync::unbounded::Rx<T>) =
        |_| local_sync::unbounded::channel();
    many producers;
    tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv().ok();
    local:
        |producer, item| std::future::ready(producer.send(item)),
        |consumer| consumer.recv();
}

kind! {
    SpscBounded(unsync::Sender<T>, unsync::Receiver<T>) = |capacity| unsync::channel(capacity);
    tried:
        |producer, item| producer.try_send(item).is_ok(),
        |consumer| polled(consumer.recv()).flatten();
    local: |producer, item| producer.send(item), |consumer| consumer.recv();
}

kind! {
    SpscUnbounded(unsync::Sender<T>, unsync::Receiver<T>) = |_| unsync::unbounded();
    tried:
        |producer, item| producer.try_send(item).is_ok(),
        |consumer| polled(consumer.recv()).flatten();
    local:
        |producer, item| std::future::ready(producer.try_send(item)),
        |consumer| consumer.recv();
}

kind! {
    JayceUnbounded(jayce::Sender<T>, jayce::Receiver<T>) = |_| {
        let (producer, consumer) = jayce::channel();
        (producer, consumer.activate())
    };
    tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv();
    local:
        |producer, item| std::future::ready(producer.send(item).map(drop)),
        |consumer| consumer.recv();
}

/// `Naive` without the lock.
pub(crate) struct Shared<T> {
    state: RefCell<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    capacity: usize,
    getters: VecDeque<Waker>,
    putters: VecDeque<Waker>,
}

impl<T> Shared<T> {
    fn open(capacity: usize) -> (Rc<Self>, Rc<Self>) {
        let (items, getters, putters) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let state = RefCell::new(State { items, capacity, getters, putters });
        let shared = Rc::new(Self { state });
        (Rc::clone(&shared), shared)
    }

    fn poll_put(&self, item: &mut Option<T>, cx: Option<&mut Context<'_>>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
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
        let mut state = self.state.borrow_mut();
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
    Naive(Rc<Shared<T>>, Rc<Shared<T>>) = |capacity| Shared::open(capacity);
    many producers;
    many consumers;
    tried:
        |producer, item| producer.poll_put(&mut Some(item), None).is_ready(),
        |consumer| consumer.try_get();
    local:
        |producer, item| {
            let mut item = Some(item);
            poll_fn(move |cx| producer.poll_put(&mut item, Some(cx)))
        },
        |consumer| poll_fn(move |cx| consumer.poll_get(Some(cx)));
}
