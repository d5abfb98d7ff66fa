//! A stack with a permit of tokio's semaphore for each item and each place: what is written by those who do not write
//! wakers. Whoever is dropped while he waits leaves his permit to the next.

use std::sync::{Arc, Mutex, MutexGuard};

use ::tokio::sync::Semaphore;

use crate::kind::kind;

pub(crate) struct Stack<T> {
    stack: Mutex<Vec<T>>,
    items: Semaphore,
    room: Semaphore,
}

impl<T> Stack<T> {
    fn open(capacity: usize) -> (Arc<Self>, Arc<Self>) {
        let room = Semaphore::new(capacity.min(Semaphore::MAX_PERMITS));
        let items = Semaphore::new(0);
        let shared = Arc::new(Self { stack: Mutex::new(Vec::new()), items, room });
        (Arc::clone(&shared), shared)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.stack.lock().expect("nobody panics with it")
    }

    fn push(&self, item: T) {
        self.lock().push(item);
        self.items.add_permits(1);
    }

    fn pop(&self) -> Option<T> {
        let item = self.lock().pop();
        self.room.add_permits(1);
        item
    }

    async fn put(&self, item: T) {
        self.room.acquire().await.expect("never closed").forget();
        self.push(item);
    }

    async fn get(&self) -> Option<T> {
        self.items.acquire().await.expect("never closed").forget();
        self.pop()
    }
}

kind! {
    /// Bounded by its second semaphore.
    Lifo(Arc<Stack<T>>, Arc<Stack<T>>) = |capacity| Stack::open(capacity);
    many producers;
    many consumers;
    tried:
        |producer, item| {
            let room = producer.room.try_acquire().map(|permit| permit.forget());
            room.map(|()| producer.push(item)).is_ok()
        },
        |consumer| {
            consumer.items.try_acquire().ok()?.forget();
            consumer.pop()
        };
    awaited: |producer, item| producer.put(item), |consumer| consumer.get();
}
