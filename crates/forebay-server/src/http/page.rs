//! The live page: files that are part of the program.
//!
//! They hold nothing about this service and need no token; what they show comes from `/live`,
//! `/dead` and `/admin`, which do. Nothing is loaded from another host and no script stands in the
//! page itself, and the browser is told to insist on both.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($path:literal $kind:literal $file:literal,)*) => {
        &[$(File {
            path: $path,
            kind: $kind,
            text: include_str!(concat!("../../page/", $file)),
        },)*]
    };
}

static FILES: &[File] = files! {
    "/" "text/html; charset=utf-8" "index.html",
    "/page/page.css" "text/css; charset=utf-8" "page.css",
    "/page/uplot.css" "text/css; charset=utf-8" "vendor/uPlot.min.css",
    "/page/uplot.js" "text/javascript; charset=utf-8" "vendor/uPlot.iife.min.js",
    "/page/icon.svg" "image/svg+xml" "icon.svg",
    "/page/main.js" "text/javascript; charset=utf-8" "main.js",
    "/page/access.js" "text/javascript; charset=utf-8" "access.js",
    "/page/feed.js" "text/javascript; charset=utf-8" "feed.js",
    "/page/past.js" "text/javascript; charset=utf-8" "past.js",
    "/page/picture.js" "text/javascript; charset=utf-8" "picture.js",
    "/page/verdict.js" "text/javascript; charset=utf-8" "verdict.js",
    "/page/figures.js" "text/javascript; charset=utf-8" "figures.js",
    "/page/routes.js" "text/javascript; charset=utf-8" "routes.js",
    "/page/recent.js" "text/javascript; charset=utf-8" "recent.js",
    "/page/dead.js" "text/javascript; charset=utf-8" "dead.js",
    "/page/words.js" "text/javascript; charset=utf-8" "words.js",
};

/// What the browser has to insist on, whatever a fault of ours would let in.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// The file at a path, if there is one.
pub(super) fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

pub(super) fn answer(file: &File) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(file.text.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
    // The next version of the program may answer at the same address.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_file_asks_for_is_there() {
        for file in FILES.iter().filter(|file| !file.path.contains("uplot")) {
            for (_, rest) in file.text.match_indices("/page/").map(|(at, _)| file.text.split_at(at))
            {
                let path = rest.split(['"', '\'', '`', ')']).next().expect("a part before it");
                assert!(super::file(path).is_some(), "{} asks for {path}", file.path);
            }
        }
    }

    #[test]
    fn nothing_in_the_page_comes_from_another_host_or_stands_inline() {
        let page = file("/").expect("it is on the list").text;
        for bad in ["http:", "https:", "style=", " on", "<style", "javascript:"] {
            let found = page.find(bad).map(|at| &page[at..(at + 40).min(page.len())]);
            // Prose may have the word "on".
            assert!(bad == " on" || found.is_none(), "{found:?}");
        }
        assert!(
            page.matches("<script").count()
                == page.matches("<script src=").count()
                    + page.matches("<script type=\"module\" src=").count()
        );
    }
}
