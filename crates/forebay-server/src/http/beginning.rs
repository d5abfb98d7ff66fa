//! What a connection begins with, the head of its first request or of a handshake, read before anything is
//! made to answer it: whoever never brings it to an end costs no more than what was said.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest head of a request.
pub(super) const BYTES_MAX: usize = 32 * 1024;

/// So much is read at a time.
const PART_BYTES: usize = 4096;

/// What has come of it, and perhaps some of what stands behind it.
#[derive(Debug)]
pub(super) struct Beginning {
    bytes: Vec<u8>,
    /// Whether it is whole, where it had come so far before.
    is_whole: fn(&[u8], usize) -> bool,
}

impl Beginning {
    /// The head of a request. What can be none, such as a handshake, is not waited for any longer.
    pub(super) fn of_request() -> Self {
        let is_whole = |bytes: &[u8], before: usize| {
            // Its end may come in pieces.
            has_end(&bytes[before.saturating_sub(3)..]) || bytes[before..].iter().any(is_strange)
        };
        Self { bytes: Vec::new(), is_whole }
    }

    /// The first record of a handshake (RFC 8446, section 5.1).
    pub(super) fn of_handshake() -> Self {
        Self {
            bytes: Vec::new(),
            is_whole: |bytes, _| match bytes {
                [_, _, _, high, low, rest @ ..] => {
                    rest.len() >= u16::from_be_bytes([*high, *low]).into()
                }
                _ => false,
            },
        }
    }

    /// Reads until it is whole, too long, or as long as it will ever be. Whatever is wrong then is told
    /// by who reads it.
    pub(super) fn poll_whole(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let mut part = [MaybeUninit::uninit(); PART_BYTES];
            let mut part = ReadBuf::uninit(&mut part);
            let read = std::task::ready!(Pin::new(&mut *stream).poll_read(cx, &mut part));
            if read.is_err() || part.filled().is_empty() || self.push(part.filled()) {
                return Poll::Ready(());
            }
        }
    }

    /// Whether it is whole, or too long, with this part.
    fn push(&mut self, part: &[u8]) -> bool {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(part);
        self.bytes.len() >= BYTES_MAX || (self.is_whole)(&self.bytes, before)
    }

    /// The stream as it was before this was read.
    pub(super) fn before<IO>(self, stream: Begun<IO>) -> Begun<IO> {
        let mut said = self.bytes;
        said.extend_from_slice(&stream.said[stream.read..]);
        stream.saying(said)
    }
}

/// An empty line, which may end in a line feed alone.
fn has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
            return true;
        }
    }
    false
}

/// Whether it stands in no head.
fn is_strange(byte: &u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n' | b'\t')
}

/// A stream of which the first bytes have been read already.
#[derive(Debug)]
pub(super) struct Begun<IO> {
    said: Vec<u8>,
    /// So much of it has been read again.
    read: usize,
    stream: IO,
    evenness: Evenness,
}

impl<IO> Begun<IO> {
    /// One of which nothing has been read.
    pub(super) fn of(stream: IO) -> Self {
        Self { said: Vec::new(), read: 0, stream, evenness: Evenness::default() }
    }

    /// The stream with these bytes in front of it, in the place of those that were.
    pub(super) fn saying(self, said: Vec<u8>) -> Self {
        self.evenness.set(said.is_empty());
        Self { said, read: 0, ..self }
    }

    /// For who cannot look at the stream any more.
    pub(super) fn evenness(&self) -> Evenness {
        self.evenness.clone()
    }
}

/// Whether all that was read already has been read again, and all that was to be written was passed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Evenness(Arc<AtomicBool>);

impl Evenness {
    fn set(&self, is_even: bool) {
        // Ordering: Relaxed, one task only; the atomic is there for the type.
        self.0.store(is_even, Relaxed);
    }

    pub(super) fn holds(&self) -> bool {
        // Ordering: Relaxed, one task only; see above.
        self.0.load(Relaxed)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Begun<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.said.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, into);
        }
        let rest = &self.said[self.read..];
        let part = &rest[..rest.len().min(into.remaining())];
        into.put_slice(part);
        self.read += part.len();
        if self.read == self.said.len() {
            (self.said, self.read) = (Vec::new(), 0);
            self.evenness.set(true);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Begun<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.evenness.set(written.is_ready() && self.said.is_empty());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.evenness.set(written.is_ready() && self.said.is_empty());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        // TLS takes more than it can pass on.
        self.evenness.set(flushed.is_ready() && self.said.is_empty());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn a_head_ends_with_an_empty_line_however_it_is_cut() {
        for (text, is_whole) in [
            ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", true),
            ("GET / HTTP/1.1\nhost: a\n\n", true),
            ("GET / HTTP/1.1\r\nhost: a\n\r\n", true),
            ("GET / HTTP/1.1\r\nhost: a\r\n", false),
            ("GET / HTTP/1.1\r\n\r", false),
        ] {
            for cut in 0..=text.len() {
                let mut head = Beginning::of_request();
                let (one, other) = text.as_bytes().split_at(cut);
                assert_eq!(head.push(one) || head.push(other), is_whole, "{text:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_can_be_no_head_is_not_waited_for() {
        assert!(Beginning::of_request().push(&[22, 3, 1, 2, 0]), "a handshake");
        assert!(Beginning::of_request().push(b"GET /\0"));
        assert!(!Beginning::of_request().push(b"GET / HTTP/1.1\r\na:\tb"));
    }

    #[test]
    fn a_handshake_is_whole_when_its_first_record_is() {
        let record = [22, 3, 1, 1, 2].into_iter().chain(std::iter::repeat_n(0, 258));
        let record: Vec<u8> = record.collect();
        for cut in 0..=record.len() {
            let mut hello = Beginning::of_handshake();
            assert_eq!(hello.push(&record[..cut]), cut == record.len(), "{cut}");
        }
    }

    #[test]
    fn a_head_that_is_too_long_is_read_no_further() {
        let mut head = Beginning::of_request();
        let parts = (0..100).take_while(|_| !head.push(&[b'a'; 1024])).count();
        assert_eq!(parts, BYTES_MAX / 1024 - 1);
    }

    #[tokio::test]
    async fn it_is_even_once_all_is_read_again_and_uneven_while_nothing_is_taken() {
        let mut begun = Begun::of(tokio::io::join(tokio::io::empty(), Full)).saying(vec![1, 2]);
        let evenness = begun.evenness();
        assert!(!evenness.holds());
        let mut bytes = [0; 2];
        begun.read_exact(&mut bytes).await.expect("two bytes");
        assert!(evenness.holds() && bytes == [1, 2]);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut begun).poll_write(&mut cx, b"a").is_pending());
        assert!(!evenness.holds());
    }

    /// The end of an answer would stay in TLS's buffer of a connection that is taken to rest.
    #[tokio::test]
    async fn it_is_uneven_while_what_was_taken_is_not_passed_on() {
        let mut begun = Begun::of(tokio::io::join(tokio::io::empty(), Full));
        let evenness = begun.evenness();
        evenness.set(true);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut begun).poll_flush(&mut cx).is_pending());
        assert!(!evenness.holds());
    }

    /// Takes nothing, and passes nothing on.
    struct Full;

    impl AsyncWrite for Full {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_was_read_is_read_again_and_then_the_rest() {
        let mut stream: &[u8] = b"GET / HTTP/1.1\r\n\r\nbody";
        let mut head = Beginning::of_request();
        std::future::poll_fn(|cx| head.poll_whole(&mut stream, cx)).await;
        let mut begun = head.before(Begun::of(&b" and more"[..]));
        let mut all = String::new();
        begun.read_to_string(&mut all).await.expect("text");
        assert_eq!(all, "GET / HTTP/1.1\r\n\r\nbody and more");
    }
}
