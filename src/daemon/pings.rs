//! Clients that ping too often are sent away, as gRPC has it: `GOAWAY` with `ENHANCE_YOUR_CALM` and `too_many_pings`.
//!
//! The HTTP/2 library answers pings and tells nobody. So the bytes of a connection pass through here, and the heads of
//! its frames are followed, in both directions; what is in them is skipped.
//!
//! ```text
//! frame: length 3, type 1, flags 1, stream 4 (big-endian), then `length` bytes
//! ```
//!
//! A ping that comes earlier than `--grpc-keepalive-min-time` after the last one (without an open call: two hours) is a
//! strike; the third strike ends the connection. What the server sends of an answer makes the next ping a first one.

use std::collections::HashSet;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use ahash::RandomState;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tracing::info;

/// What a client says first over HTTP/2.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Strikes that are borne.
const STRIKES_MAX: u32 = 2;
/// The shortest time between two pings while no call is open.
const IDLE_MIN_TIME: Duration = Duration::from_secs(2 * 3600);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const PING: u8 = 6;
/// Of `PING`.
const ACK: u8 = 1;
/// Of `DATA` and `HEADERS`.
const END_STREAM: u8 = 1;

/// Length 22, type 7, stream 0, last stream (filled in), error 11, a text.
const GOAWAY: [u8; 31] = *b"\0\0\x16\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0btoo_many_pings";

/// A connection whose pings are counted, if it speaks HTTP/2.
pub struct Calmed<S> {
    inner: S,
    /// `None` for one whose pings nobody minds.
    watched: Option<Box<Watched>>,
}

struct Watched {
    greeting: Greeting,
    received: Frames,
    sent: Frames,
    pings: Pings,
    leaving: Option<Leaving>,
}

/// How much of the preface has come.
enum Greeting {
    Partly(usize),
    Http2,
    /// Another protocol: it has no pings.
    Other,
}

/// The farewell under way.
struct Leaving {
    goaway: [u8; 31],
    written: usize,
    /// Waits for the end of a frame that the library has begun.
    waker: Option<Waker>,
}

impl<S> Calmed<S> {
    /// `min_time`: the shortest time between two pings; `None` if they are not counted.
    pub fn new(inner: S, min_time: Option<Duration>) -> Self {
        let watched = min_time.map(|min_time| {
            Box::new(Watched {
                greeting: Greeting::Partly(0),
                received: Frames::default(),
                sent: Frames::default(),
                pings: Pings::new(min_time),
                leaving: None,
            })
        });
        Self { inner, watched }
    }
}

impl Watched {
    /// Takes notice of what came in.
    fn receive(&mut self, mut bytes: &[u8]) {
        if let Greeting::Partly(seen) = self.greeting {
            let len = bytes.len().min(PREFACE.len() - seen);
            let (greeting, rest) = bytes.split_at(len);
            self.greeting = if *greeting != PREFACE[seen..seen + len] {
                Greeting::Other
            } else if seen + len < PREFACE.len() {
                Greeting::Partly(seen + len)
            } else {
                Greeting::Http2
            };
            bytes = rest;
        }
        if !matches!(self.greeting, Greeting::Http2) {
            return;
        }
        let pings = &mut self.pings;
        self.received.follow(bytes, |head| pings.receive(head, Instant::now));
        if self.leaving.is_none() && self.pings.strikes > STRIKES_MAX {
            info!("too many pings from a client, closing the connection");
            let mut goaway = GOAWAY;
            goaway[9..13].copy_from_slice(&self.pings.last_stream.to_be_bytes());
            self.leaving = Some(Leaving { goaway, written: 0, waker: None });
        }
    }

    /// Takes notice of what went out.
    fn send(&mut self, bytes: &[u8]) {
        if !matches!(self.greeting, Greeting::Other) {
            let pings = &mut self.pings;
            self.sent.follow(bytes, |head| pings.send(head));
        }
    }

    /// A frame that the library has begun is out: the farewell may follow.
    fn go_on_leaving(&mut self) {
        if self.sent.is_between()
            && let Some(waker) = self.leaving.as_mut().and_then(|leaving| leaving.waker.take())
        {
            waker.wake();
        }
    }
}

impl<S: AsyncWrite + Unpin> Calmed<S> {
    /// Whether the farewell is due and no frame of the library is half sent.
    fn is_farewell(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.leaving.is_some() && watched.sent.is_between())
    }

    /// Sends the rest of the farewell and ends the connection's sending side.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(leaving) = self.watched.as_mut().and_then(|watched| watched.leaving.as_mut()) else {
            return Poll::Ready(Ok(()));
        };
        while leaving.written < leaving.goaway.len() {
            let rest = &leaving.goaway[leaving.written..];
            match ready!(Pin::new(&mut self.inner).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                len => leaving.written += len,
            }
        }
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Calmed<S> {
    /// After the last strike the connection ends for the library, behind the farewell.
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_farewell() {
            return this.poll_farewell(context);
        }
        if let Some(leaving) = this.watched.as_mut().and_then(|watched| watched.leaving.as_mut()) {
            leaving.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
        if let Some(watched) = &mut this.watched {
            watched.receive(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Calmed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_farewell() {
            ready!(this.poll_farewell(context))?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = ready!(Pin::new(&mut this.inner).poll_write_vectored(context, parts))?;
        if let Some(watched) = &mut this.watched {
            let mut left = written;
            for part in parts {
                let len = left.min(part.len());
                watched.send(&part[..len]);
                left -= len;
            }
            watched.go_on_leaving();
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

/// What of a frame's head matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    kind: u8,
    flags: u8,
    stream: u32,
}

/// Follows frames through a stream of bytes that comes in any parts.
#[derive(Default)]
struct Frames {
    head: [u8; 9],
    /// Bytes of `head` that have come.
    seen: usize,
    /// Bytes until the next head.
    rest: usize,
}

impl Frames {
    fn follow(&mut self, mut bytes: &[u8], mut found: impl FnMut(Head)) {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let len = self.rest.min(bytes.len());
                self.rest -= len;
                bytes = &bytes[len..];
                continue;
            }
            let len = (self.head.len() - self.seen).min(bytes.len());
            self.head[self.seen..self.seen + len].copy_from_slice(&bytes[..len]);
            self.seen += len;
            bytes = &bytes[len..];
            if self.seen == self.head.len() {
                let [a, b, c, kind, flags, stream @ ..] = self.head;
                self.seen = 0;
                self.rest = u32::from_be_bytes([0, a, b, c]) as usize;
                found(Head { kind, flags, stream: u32::from_be_bytes(stream) & 0x7fff_ffff });
            }
        }
    }

    /// Whether the last frame is complete and the next one has not begun.
    fn is_between(&self) -> bool {
        self.seen == 0 && self.rest == 0
    }
}

/// The rule: when a ping is a strike.
struct Pings {
    min_time: Duration,
    last: Option<Instant>,
    strikes: u32,
    /// Part of an answer was sent since the last ping.
    has_answered: bool,
    /// Calls that are not answered yet.
    open: HashSet<u32, RandomState>,
    /// The newest call.
    last_stream: u32,
}

impl Pings {
    fn new(min_time: Duration) -> Self {
        Self { min_time, last: None, strikes: 0, has_answered: false, open: HashSet::default(), last_stream: 0 }
    }

    fn receive(&mut self, head: Head, now: impl Fn() -> Instant) {
        match head.kind {
            HEADERS if head.stream > self.last_stream => {
                self.last_stream = head.stream;
                self.open.insert(head.stream);
            }
            RST_STREAM => {
                self.open.remove(&head.stream);
            }
            PING if head.flags & ACK == 0 => self.ping(now()),
            _ => {}
        }
    }

    fn send(&mut self, head: Head) {
        match head.kind {
            DATA | HEADERS => {
                self.has_answered = true;
                if head.flags & END_STREAM != 0 {
                    self.open.remove(&head.stream);
                }
            }
            RST_STREAM => {
                self.open.remove(&head.stream);
            }
            _ => {}
        }
    }

    fn ping(&mut self, now: Instant) {
        let last = self.last.replace(now);
        if std::mem::take(&mut self.has_answered) {
            self.strikes = 0;
            return;
        }
        let min_time = if self.open.is_empty() { IDLE_MIN_TIME } else { self.min_time };
        if last.is_some_and(|last| now < last + min_time) {
            self.strikes += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn frame(kind: u8, flags: u8, stream: u32) -> Head {
        Head { kind, flags, stream }
    }

    /// Events: `p<seconds>` a ping at that time, `o` a call is opened, `d` data of its answer, `e` the end of its answer,
    /// `r` it is reset by the client, `a` the client answers a ping of ours. The strikes at the end.
    #[test]
    fn strikes() {
        for (events, strikes, why) in [
            ("p0", 0, "the first one"),
            ("p0 p1 p2 p3", 3, "no call is open"),
            ("p0 p7199", 1, "two hours are not over"),
            ("p0 p7201", 0, "they are"),
            ("o p0 p5 p10 p15", 0, "a call is open, and they are spaced"),
            ("o p0 p4 p9", 1, "one came too early"),
            ("o p0 p1 p2 d p3 p4", 1, "an answer makes a new start"),
            ("o p0 p1 p2 e p3 p9", 1, "which does not open a call"),
            ("o r p0 p6", 1, "a call that was given up is not open"),
            ("o p0 a a a p6", 0, "answers to our pings do not count"),
        ] {
            let start = Instant::now();
            let mut pings = Pings::new(Duration::from_secs(5));
            for event in events.split(' ') {
                match event.split_at(1) {
                    ("p", seconds) => {
                        let at = start + Duration::from_secs(seconds.parse().unwrap());
                        pings.receive(frame(PING, 0, 0), || at);
                    }
                    ("o", _) => pings.receive(frame(HEADERS, 4, 1), Instant::now),
                    ("r", _) => pings.receive(frame(RST_STREAM, 0, 1), Instant::now),
                    ("a", _) => pings.receive(frame(PING, ACK, 0), Instant::now),
                    ("d", _) => pings.send(frame(DATA, 0, 1)),
                    ("e", _) => pings.send(frame(HEADERS, END_STREAM, 1)),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(pings.strikes, strikes, "{events}: {why}");
        }
    }

    #[test]
    fn frames_are_found_however_the_bytes_are_cut() {
        let bytes = [
            &[0, 0, 0, 4, 0, 0, 0, 0, 0][..],
            &[0, 0, 3, 1, 5, 0x80, 0, 0, 1, 9, 9, 9],
            &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        ]
        .concat();
        let expected = [frame(4, 0, 0), frame(HEADERS, 5, 1), frame(PING, 0, 0)];
        for len in 1..=bytes.len() {
            let (mut frames, mut found) = (Frames::default(), Vec::new());
            for part in bytes.chunks(len) {
                frames.follow(part, |head| found.push(head));
            }
            assert_eq!(found, expected, "in parts of {len}");
            assert!(frames.is_between());
        }
    }

    #[test]
    fn other_protocols_have_no_pings() {
        let mut watched = Calmed::new((), Some(Duration::from_secs(5))).watched.unwrap();
        watched.receive(b"PRI * HTTP/2.0\r\n");
        watched.receive(b"X-Not: so\r\n\r\n");
        watched.receive(&[0, 0, 0, 6, 0, 0, 0, 0, 0].repeat(9));
        assert!(watched.leaving.is_none());
        assert_eq!(watched.pings.strikes, 0);
    }
}
