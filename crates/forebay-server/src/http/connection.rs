//! One connection, from its first byte to its end.
//!
//! A connection that says nothing costs a task and a timer, no buffers. Once it speaks, hyper
//! serves it (keep-alive, pipelining), watched by [`Patience`] and by what its [`Seat`] is told.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, Connection};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::guests::{Seat, Told};
use super::patience::{Patience, Progress, Ring};
use super::reply::Reply;
use super::{Front, router};
use crate::clock;

/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// How much of a connection is read ahead.
const READ_BYTES_MAX: usize = 64 * 1024;

/// A connection that is to end gets so long to take its answer.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// What the requests of one connection share.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) front: Arc<Front>,
    pub(super) progress: Progress,
}

/// Serves a connection until it ends.
///
/// # Cancel safety
/// The connection is closed; a request that was not answered may or may not have been taken.
pub(super) async fn serve(stream: TcpStream, seat: Seat, front: Arc<Front>) {
    let came_at = clock::now();
    let patience = Patience::new(&front.limits, came_at);
    let mut timer = Box::pin(sleep_until(patience.deadline()));
    if says_something(&stream, &seat, timer.as_mut(), came_at).await {
        seat.speaks();
        // Without it, an answer waits for the acknowledgment of the one before.
        let _ = stream.set_nodelay(true);
        let visit = Arc::new(Visit { front, progress: Progress::default() });
        let answer = service_fn({
            let visit = Arc::clone(&visit);
            move |request| answer(Arc::clone(&visit), request)
        });
        let served = Builder::new()
            .max_buf_size(READ_BYTES_MAX)
            .max_header_size(HEAD_BYTES_MAX)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), answer);
        let finishing = Finishing::No;
        Watched { served, visit, patience, timer, seat, finishing }.await;
    }
}

async fn answer(
    visit: Arc<Visit>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    Ok(router::answer(&visit, request).await)
}

/// Waits for the first byte; `false` when there will be none. Who has only just come in when the
/// connections are to end may still speak: a client that connected did nothing wrong.
async fn says_something(
    stream: &TcpStream,
    seat: &Seat,
    mut timer: Pin<&mut Sleep>,
    came_at: Instant,
) -> bool {
    poll_fn(|cx| {
        match seat.told(cx.waker()) {
            Told::Leave => return Poll::Ready(false),
            Told::Finish if timer.deadline() > came_at + FINISH_WITHIN => {
                timer.as_mut().reset(came_at + FINISH_WITHIN);
            }
            Told::Finish | Told::Stay => {}
        }
        // A look at the byte itself: readiness may be announced where nothing is to be read.
        let mut byte = [0];
        if let Poll::Ready(peeked) = stream.poll_peek(cx, &mut ReadBuf::new(&mut byte)) {
            return Poll::Ready(peeked.is_ok_and(|bytes| bytes > 0));
        }
        timer.as_mut().poll(cx).map(|()| false)
    })
    .await
}

/// A served connection that somebody looks after.
struct Watched<S>
where
    S: Service<Request<Incoming>, Response = Response<Reply>, Error = Infallible>,
{
    served: Connection<TokioIo<TcpStream>, S>,
    visit: Arc<Visit>,
    patience: Patience,
    /// Rings at the patience's deadline or before it, never after.
    timer: Pin<Box<Sleep>>,
    seat: Seat,
    finishing: Finishing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finishing {
    No,
    Yes,
}

impl<S> Future for Watched<S>
where
    S: Service<Request<Incoming>, Response = Response<Reply>, Error = Infallible> + Unpin,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        match this.seat.told(cx.waker()) {
            Told::Leave => return Poll::Ready(()),
            Told::Finish if this.finishing == Finishing::No => {
                this.finishing = Finishing::Yes;
                this.patience.finish_within(FINISH_WITHIN);
                // A request that is there already is read first: hyper ends a connection of which
                // it has read nothing.
                if Pin::new(&mut this.served).poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                Pin::new(&mut this.served).graceful_shutdown();
            }
            Told::Finish | Told::Stay => {}
        }
        loop {
            // An error is the client's doing (it went away, or does not speak HTTP) and hyper
            // has answered it where it could be answered.
            if Pin::new(&mut this.served).poll(cx).is_ready() {
                return Poll::Ready(());
            }
            this.patience.note(&this.visit.progress, clock::now);
            if this.patience.deadline() < this.timer.deadline() {
                this.timer.as_mut().reset(this.patience.deadline());
            }
            if this.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            match this.patience.ring(&this.visit.progress, clock::now()) {
                Ring::Again(deadline) => this.timer.as_mut().reset(deadline),
                Ring::BodyLate => {}
                Ring::Close => return Poll::Ready(()),
            }
        }
    }
}
