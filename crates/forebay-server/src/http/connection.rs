//! One connection, from its first byte to its end.
//!
//! A connection that has not asked for anything yet can be sent away for another, and costs a task, a
//! timer and what it has said. Then hyper serves it (keep-alive, pipelining), watched by [`Patience`]
//! and by what its [`Seat`] is told. Where there are many, one that rests between requests is taken back
//! from hyper, whose buffers are 16 KiB and more, until the head of its next one is there.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, Connection};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::beginning::{self, Beginning, Begun, Evenness};
use super::guests::{Seat, Told};
use super::patience::{Patience, Progress, Ring};
use super::rate::Meter;
use super::reply::Reply;
use super::{Front, router, tls};
use crate::clock;

/// How much of a connection is read ahead.
const READ_BYTES_MAX: usize = 64 * 1024;

/// A connection that is to end gets so long to take its answer.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// What the requests of one connection share.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) front: Arc<Front>,
    pub(super) progress: Progress,
    address: IpAddr,
    /// What its address has sent, once that matters.
    meter: OnceLock<Arc<Meter>>,
}

impl Visit {
    fn of(address: IpAddr, front: &Arc<Front>) -> Arc<Self> {
        let (progress, meter) = (Progress::default(), OnceLock::new());
        Arc::new(Self { front: Arc::clone(front), progress, address, meter })
    }

    /// What its address has sent.
    pub(super) fn meter(&self, now_ns: u64) -> &Arc<Meter> {
        self.meter.get_or_init(|| self.front.meters.of(self.address, now_ns))
    }
}

/// Serves a connection until it ends.
///
/// # Cancel safety
/// The connection is closed; a request that was not answered may or may not have been taken.
pub(super) async fn serve(stream: TcpStream, address: IpAddr, seat: Seat, front: Arc<Front>) {
    let came_at = clock::now();
    let (patience, tls) = {
        let terms = front.terms.load();
        (Patience::new(&terms.limits, came_at), terms.tls.clone())
    };
    let timer = Box::pin(sleep_until(patience.deadline()));
    let mut newcomer = Newcomer { seat, address, patience, timer, came_at };
    let Some(first) = newcomer.first_byte(&stream).await else { return };
    // Without it, an answer waits for the acknowledgment of the one before.
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, &mut newcomer, &front).await,
        // Boxed, as the next: a connection that is not encrypted has no room for it.
        Some(_) if first != tls::HANDSHAKE => Box::pin(refuse_plain(stream)).await,
        Some(tls) => Box::pin(encrypted(stream, tls, &mut newcomer, &front)).await,
    }
}

/// Serves a connection once its keys are agreed upon. Until then it has asked for nothing.
async fn encrypted(
    mut stream: TcpStream,
    tls: Arc<ServerConfig>,
    newcomer: &mut Newcomer,
    front: &Arc<Front>,
) {
    let mut hello = Beginning::of_handshake();
    if newcomer.wait(|cx| hello.poll_whole(&mut stream, cx)).await.is_some() {
        // Boxed: before, there is no room for it.
        Box::pin(agree(hello.before(Begun::of(stream)), tls, newcomer, front)).await;
    }
}

async fn agree(
    stream: Begun<TcpStream>,
    tls: Arc<ServerConfig>,
    newcomer: &mut Newcomer,
    front: &Arc<Front>,
) {
    let mut agreed = TlsAcceptor::from(tls).accept(stream);
    // An error is the client's doing, and it has been told.
    if let Some(Ok(stream)) = newcomer.wait(|cx| Pin::new(&mut agreed).poll(cx)).await {
        drop(agreed);
        talk(stream, newcomer, front).await;
    }
}

/// Tells whoever speaks plain HTTP that this is no place for it.
async fn refuse_plain(mut stream: TcpStream) {
    let told = async {
        stream.write_all(tls::PLAIN).await?;
        stream.shutdown().await?;
        // What was sent is read: otherwise the answer is thrown away with it.
        while stream.read(&mut [0; 1024]).await? > 0 {}
        io::Result::Ok(())
    };
    // However it ends.
    let _ = timeout_at(clock::now() + FINISH_WITHIN, told).await;
}

/// Serves a connection that has something to say, once it has asked for something.
async fn talk<IO>(stream: IO, newcomer: &mut Newcomer, front: &Arc<Front>)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let (mut stream, mut visit) = (Begun::of(stream), None);
    loop {
        let mut head = Beginning::of_request();
        if newcomer.wait(|cx| head.poll_whole(&mut stream, cx)).await.is_none() {
            return;
        }
        newcomer.seat.speaks();
        let visit = visit.get_or_insert_with(|| Visit::of(newcomer.address, front));
        // Boxed: before, there is no room for it.
        let served = Box::pin(serve_requests(head.before(stream), newcomer, visit));
        match served.await {
            Some(rested) => stream = rested,
            None => return,
        }
    }
}

/// Serves a connection from the request on that it has sent the head of, until it ends, or rests in a
/// crowd.
async fn serve_requests<IO>(
    stream: Begun<IO>,
    newcomer: &mut Newcomer,
    visit: &Arc<Visit>,
) -> Option<Begun<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let answer = service_fn({
        let visit = Arc::clone(visit);
        // Boxed: while nothing is asked, there is no room for it.
        move |request| Box::pin(router::answer(Arc::clone(&visit), request))
    });
    let evenness = stream.evenness();
    let mut served = Builder::new()
        .max_buf_size(READ_BYTES_MAX)
        .max_header_size(beginning::BYTES_MAX)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), answer);
    let finishing = Finishing::No;
    let watched = Watched { served: &mut served, visit, evenness, newcomer, finishing };
    match watched.await {
        Ended::Closed => None,
        Ended::Resting => {
            let parts = served.into_parts();
            Some(parts.io.into_inner().saying(parts.read_buf.to_vec()))
        }
    }
}

/// A connection that has asked for nothing yet.
struct Newcomer {
    seat: Seat,
    address: IpAddr,
    patience: Patience,
    /// Rings at the patience's deadline.
    timer: Pin<Box<Sleep>>,
    came_at: Instant,
}

impl Newcomer {
    /// Waits for the first byte and leaves it where it is; nothing when there will be none.
    async fn first_byte(&mut self, stream: &TcpStream) -> Option<u8> {
        // A look at the byte itself: readiness may be announced where nothing is to be read.
        let mut byte = [0];
        let peeked = self.wait(|cx| stream.poll_peek(cx, &mut ReadBuf::new(&mut byte))).await;
        peeked.is_some_and(|peeked| peeked.is_ok_and(|bytes| bytes > 0)).then_some(byte[0])
    }

    /// Waits for what `poll` looks for, for as long as it may take. Who has only just come in when
    /// the connections are to end may still speak: a client that connected did nothing wrong.
    async fn wait<T>(&mut self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Option<T> {
        poll_fn(|cx| {
            match self.seat.told(cx.waker()) {
                Told::Leave => return Poll::Ready(None),
                Told::Finish if self.timer.deadline() > self.came_at + FINISH_WITHIN => {
                    self.timer.as_mut().reset(self.came_at + FINISH_WITHIN);
                }
                Told::Finish | Told::Stay => {}
            }
            if let Poll::Ready(found) = poll(cx) {
                return Poll::Ready(Some(found));
            }
            self.timer.as_mut().poll(cx).map(|()| None)
        })
        .await
    }
}

/// A served connection that somebody looks after.
struct Watched<'a, IO, S>
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<Reply>, Error = Infallible>,
{
    served: &'a mut Connection<TokioIo<Begun<IO>>, S>,
    visit: &'a Visit,
    evenness: Evenness,
    /// Whose timer rings at the patience's deadline or before it, never after.
    newcomer: &'a mut Newcomer,
    finishing: Finishing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finishing {
    No,
    Yes,
}

/// Why a connection is served no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Closed,
    /// It is one of many, and asks for nothing now.
    Resting,
}

impl<IO, S> Watched<'_, IO, S>
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<Reply>, Error = Infallible> + Unpin,
{
    /// Whether hyper, which waits for something, has nothing left to write or to answer.
    fn rests_in_crowd(&self) -> bool {
        self.finishing == Finishing::No
            && self.visit.progress.rests()
            && self.evenness.holds()
            && self.newcomer.seat.is_in_crowd()
    }
}

impl<IO, S> Future for Watched<'_, IO, S>
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<Reply>, Error = Infallible> + Unpin,
{
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let this = &mut *self;
        match this.newcomer.seat.told(cx.waker()) {
            Told::Leave => return Poll::Ready(Ended::Closed),
            Told::Finish if this.finishing == Finishing::No => {
                this.finishing = Finishing::Yes;
                this.newcomer.patience.finish_within(FINISH_WITHIN);
                // A request that is there already is read first: hyper ends a connection of which
                // it has read nothing.
                if Pin::new(&mut *this.served).poll(cx).is_ready() {
                    return Poll::Ready(Ended::Closed);
                }
                Pin::new(&mut *this.served).graceful_shutdown();
            }
            Told::Finish | Told::Stay => {}
        }
        loop {
            // An error is the client's doing (it went away, or does not speak HTTP) and hyper
            // has answered it where it could be answered.
            if Pin::new(&mut *this.served).poll(cx).is_ready() {
                return Poll::Ready(Ended::Closed);
            }
            let rests = this.rests_in_crowd();
            let Newcomer { patience, timer, .. } = &mut *this.newcomer;
            patience.note(&this.visit.progress, clock::now);
            if rests || patience.deadline() < timer.deadline() {
                timer.as_mut().reset(patience.deadline());
            }
            if rests {
                return Poll::Ready(Ended::Resting);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            match patience.ring(&this.visit.progress, clock::now()) {
                Ring::Again(deadline) => timer.as_mut().reset(deadline),
                Ring::BodyLate => {}
                Ring::Close => return Poll::Ready(Ended::Closed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_has_said_nothing_takes_little_room() {
        fn room<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = room(serve);
        assert!(bytes <= 1024, "{bytes}");
    }
}
