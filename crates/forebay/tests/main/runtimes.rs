//! The same queue works under any executor, and between two of them.

use forebay::Queue;

const ITEMS: u64 = 10_000;
const SUM: u64 = ITEMS * (ITEMS - 1) / 2;

async fn produce(queue: Queue<u64>) {
    for item in 0..ITEMS {
        queue.put(item).await.expect("it is closed only afterwards");
    }
    queue.close();
}

async fn consume(queue: Queue<u64>) -> u64 {
    let mut sum = 0;
    while let Some(item) = queue.get().await {
        sum += item;
    }
    sum
}

#[tokio::test]
async fn it_works_under_tokio_on_one_thread() {
    let queue = Queue::bounded(7);
    let producer = tokio::spawn(produce(queue.clone()));
    assert_eq!(consume(queue).await, SUM);
    producer.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_under_tokio_on_two_threads() {
    let queue = Queue::bounded(7);
    let producer = tokio::spawn(produce(queue.clone()));
    let consumers = [(); 3].map(|()| tokio::spawn(consume(queue.clone())));
    let mut sum = 0;
    for consumer in consumers {
        sum += consumer.await.unwrap();
    }
    assert_eq!(sum, SUM);
    producer.await.unwrap();
}

#[test]
fn it_works_under_smol() {
    let queue = Queue::bounded(7);
    let producer = smol::spawn(produce(queue.clone()));
    assert_eq!(smol::block_on(consume(queue)), SUM);
    smol::block_on(producer);
}

#[test]
fn it_works_between_tokio_and_a_plain_thread() {
    let queue = Queue::bounded(7);
    let consumer = queue.clone();
    let got = std::thread::spawn(move || futures_lite::future::block_on(consume(consumer)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(produce(queue));
    assert_eq!(got.join().unwrap(), SUM);
}

#[tokio::test]
async fn a_get_that_loses_a_select_loses_no_item() {
    let queue = Queue::unbounded();
    let producer = tokio::spawn(produce(queue.clone()));
    let mut sum = 0;
    loop {
        tokio::select! {
            item = queue.get() => match item {
                Some(item) => sum += item,
                None => break,
            },
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(sum, SUM);
    producer.await.unwrap();
}

/// Where a task always finds an item it never yields by itself; wrapped, it does when its budget is
/// used up, and loses nothing by it.
#[tokio::test]
async fn a_get_keeps_to_the_budget_of_tokio_when_asked_to() {
    let queue = Queue::unbounded();
    (0..ITEMS).for_each(|item| queue.try_put(item).unwrap());
    queue.close();
    let left = queue.clone();
    let other = tokio::spawn(async move { left.len() });
    let mut sum = 0;
    while let Some(item) = tokio::task::coop::cooperative(queue.get()).await {
        sum += item;
    }
    assert!(other.await.unwrap() > 0, "the other task ran before everything was got");
    assert_eq!(sum, SUM);
}
