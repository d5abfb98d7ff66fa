//! As a sink a producer keeps every promise it keeps as a future.

use std::pin::Pin;
use std::task::{Context, Poll};

use forebay::{PutError, Queue};
use forebay_testkit::flag::Flag;
use futures_util::{Sink, SinkExt, StreamExt, stream};

#[test]
fn an_item_that_was_sent_goes_in_whether_the_sink_is_polled_again_or_not() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut sink = queue.producer().sink();
    let (flag, waker) = Flag::new();
    let cx = &mut Context::from_waker(&waker);
    assert_eq!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(())));
    assert_eq!(Pin::new(&mut sink).start_send(2), Ok(()));
    assert!(Pin::new(&mut sink).poll_ready(cx).is_pending(), "the first one waits");
    assert_eq!(queue.try_get(), Ok(1));
    assert!(flag.is_raised());
    assert_eq!(queue.len(), 1);
    assert_eq!(Pin::new(&mut sink).poll_ready(cx), Poll::Ready(Ok(())));
}

#[test]
fn a_sink_that_is_dropped_takes_back_what_it_had_not_put() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut sink = queue.producer().sink();
    assert_eq!(Pin::new(&mut sink).start_send(2), Ok(()));
    assert_eq!(queue.stats().waiting_producers, 1);
    drop(sink);
    assert_eq!((queue.stats().waiting_producers, queue.close_now()), (0, vec![1]));
}

#[test]
fn a_closed_queue_gives_the_item_back() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut sink = queue.producer().sink();
    assert_eq!(Pin::new(&mut sink).start_send(2), Ok(()));
    queue.close();
    let sent = futures_lite::future::block_on(sink.flush());
    assert_eq!(sent, Err(PutError::Closed(2)));
    let sent = futures_lite::future::block_on(sink.send(3));
    assert_eq!(sent, Err(PutError::Closed(3)));
}

#[test]
fn a_stream_forwarded_into_a_queue_arrives_whole_and_closes_it() {
    let (producer, consumer) = Queue::bounded(2).split();
    let sink = producer.sink();
    drop(producer);
    let all = futures_lite::future::zip(
        stream::iter(0..100).map(Ok).forward(sink),
        consumer.stream().collect::<Vec<_>>(),
    );
    let (sent, got) = futures_lite::future::block_on(all);
    assert_eq!((sent, got), (Ok(()), Vec::from_iter(0..100)));
}
