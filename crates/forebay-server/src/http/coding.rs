//! How a body is packed, by its `Content-Encoding`, and unpacking it as it arrives.
//!
//! What comes out is limited, not only what comes in: a few bytes can be made to unpack into any
//! number of them. Unpacking stops at the limit, some tens of KiB beyond it at most.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use zstd::stream::write::Decoder as ZstdDecoder;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Zstd,
}

impl Coding {
    /// The encodings that are taken.
    pub(super) const ACCEPTED: &str = "gzip, zstd, identity";

    /// Reads `Content-Encoding`; `None` when it is not one that is taken.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        let Some(value) = values.next() else { return Some(Self::Identity) };
        let is = |name: &str| value.as_bytes().trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        let coding = match () {
            () if is("identity") => Self::Identity,
            // The older name is to be taken for the same (RFC 9110, 8.4.1.3).
            () if is("gzip") || is("x-gzip") => Self::Gzip,
            () if is("zstd") => Self::Zstd,
            () => return None,
        };
        values.next().is_none().then_some(coding)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What unpacks a body of up to `bytes_max`; `None` where there is nothing to unpack.
    pub(super) fn unpacker(self, bytes_max: u64) -> Option<Unpacker> {
        let content = Content { bytes: Vec::new(), bytes_max, is_over: false };
        match self {
            Self::Identity => None,
            Self::Gzip => Some(Unpacker::Gzip(MultiGzDecoder::new(content))),
            Self::Zstd => Some(Unpacker::Zstd(zstd_decoder(content))),
        }
    }
}

/// The largest window of a body is 8 MiB (RFC 9659). A frame that asks for a larger one, and so
/// for more memory, is refused before there is any.
const WINDOW_LOG_MAX: u32 = 23;

fn zstd_decoder(content: Content) -> ZstdDecoder<'static, Content> {
    let decoder = ZstdDecoder::new(content).and_then(|mut decoder| {
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        Ok(decoder)
    });
    decoder.expect("without a dictionary, and with a window zstd knows, there is nothing to refuse")
}

/// Unpacks a body piece by piece.
pub(super) enum Unpacker {
    Gzip(MultiGzDecoder<Content>),
    Zstd(ZstdDecoder<'static, Content>),
}

/// Why a body cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unpackable {
    /// There is more in it than may be.
    TooLarge,
    /// It is damaged, cut short, or packed otherwise than it says.
    Damaged { why: String },
}

impl Unpacker {
    /// Unpacks the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Unpackable> {
        let pushed = match self {
            Self::Gzip(decoder) => decoder.write_all(piece),
            Self::Zstd(decoder) => decoder.write_all(piece),
        };
        pushed.map_err(|error| self.reason(&error))
    }

    /// What was in the whole body.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Unpackable> {
        let finished = match &mut self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zstd(decoder) => decoder.do_finish(),
        };
        finished.map_err(|error| self.reason(&error))?;
        Ok(std::mem::take(&mut self.content_mut().bytes))
    }

    /// How much has been unpacked.
    pub(super) fn unpacked(&self) -> u64 {
        let content = match self {
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zstd(decoder) => decoder.get_ref(),
        };
        content.bytes.len() as u64
    }

    fn reason(&mut self, error: &io::Error) -> Unpackable {
        match self.content_mut().is_over {
            true => Unpackable::TooLarge,
            false => Unpackable::Damaged { why: error.to_string() },
        }
    }

    fn content_mut(&mut self) -> &mut Content {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

/// What has been unpacked, up to its limit.
pub(super) struct Content {
    bytes: Vec<u8>,
    bytes_max: u64,
    is_over: bool,
}

impl Write for Content {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.bytes.len() as u64 + piece.len() as u64 > self.bytes_max {
            self.is_over = true;
            return Err(io::Error::other("the limit"));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use hyper::header::HeaderValue;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        zstd::encode_all(content, 3).expect("memory")
    }

    type Pack = fn(&[u8]) -> Vec<u8>;

    const CODINGS: [(Coding, Pack); 2] = [(Coding::Gzip, gzip), (Coding::Zstd, zstd)];

    fn unpack(
        coding: Coding,
        packed: &[u8],
        piece: usize,
        bytes_max: u64,
    ) -> Result<Vec<u8>, Unpackable> {
        let mut unpacker = coding.unpacker(bytes_max).expect("there is something to unpack");
        packed.chunks(piece).try_for_each(|piece| unpacker.push(piece))?;
        unpacker.finish()
    }

    fn text() -> Vec<u8> {
        (0..2_000).flat_map(|number: u32| format!("{{\"n\":{number}}}\n").into_bytes()).collect()
    }

    #[test]
    fn what_was_packed_comes_out_however_it_is_cut_and_of_any_number_of_members() {
        for (coding, pack) in CODINGS {
            let members = [pack(&text()), pack(b""), pack(b"2")].concat();
            let whole = [text(), b"2".to_vec()].concat();
            for piece in [1, 7, 4096, members.len()] {
                assert_eq!(unpack(coding, &members, piece, 1 << 20), Ok(whole.clone()), "{piece}");
            }
            let exact = whole.len() as u64;
            assert_eq!(unpack(coding, &members, 100, exact), Ok(whole));
            assert_eq!(unpack(coding, &members, 100, exact - 1), Err(Unpackable::TooLarge));
        }
    }

    #[test]
    fn a_body_cut_anywhere_but_between_members_is_damaged() {
        for (coding, pack) in CODINGS {
            let packed = pack(b"{\"a\":\"some event or other\"}");
            for length in 1..packed.len() {
                let cut = unpack(coding, &packed[..length], 5, 1 << 20);
                assert!(matches!(cut, Err(Unpackable::Damaged { .. })), "{coding:?} at {length}");
            }
            let more = [&packed[..], b"x"].concat();
            assert!(matches!(unpack(coding, &more, 9, 1 << 20), Err(Unpackable::Damaged { .. })));
        }
    }

    #[test]
    fn every_flipped_bit_of_gzip_is_noticed_or_harmless() {
        let content = text();
        let packed = gzip(&content);
        // Its head says nothing of the content: a time, an operating system.
        for at in 10..packed.len() {
            let mut flipped = packed.clone();
            flipped[at] ^= 1 << (at % 8);
            let found = unpack(Coding::Gzip, &flipped, 999, 1 << 20);
            assert!(found.is_err() || found == Ok(content.clone()), "byte {at}");
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let zeros = vec![b' '; 64 << 20];
        for (coding, pack) in CODINGS {
            let bomb = pack(&zeros);
            assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
            let mut unpacker = coding.unpacker(100_000).expect("packed");
            assert_eq!(unpacker.push(&bomb), Err(Unpackable::TooLarge));
            assert!(unpacker.content_mut().bytes.capacity() <= 400_000);
        }
    }

    #[test]
    fn a_window_beyond_8_mib_is_refused_before_there_is_memory_for_it() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("a level");
        encoder.window_log(24).expect("a window");
        encoder.write_all(b"1").expect("memory");
        encoder.flush().expect("memory");
        let packed = encoder.finish().expect("memory");
        let error = unpack(Coding::Zstd, &packed, 100, 1 << 20).expect_err("too wide");
        let Unpackable::Damaged { why } = error else { panic!("{error:?}") };
        assert!(why.contains("memory"), "{why}");
    }

    #[test]
    fn an_encoding_is_known_in_every_spelling_and_only_alone() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a value");
                headers.append(CONTENT_ENCODING, value);
            }
            Coding::of(&headers)
        };
        assert_eq!(of(&[]), Some(Coding::Identity));
        assert_eq!(of(&["Identity"]), Some(Coding::Identity));
        assert_eq!(of(&[" GZip "]), Some(Coding::Gzip));
        assert_eq!(of(&["x-gzip"]), Some(Coding::Gzip));
        assert_eq!(of(&["zstd"]), Some(Coding::Zstd));
        for wrong in [&["br"][..], &["gzip, gzip"], &["gzip", "zstd"], &["gzip;q=1"], &[""]] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }
}
