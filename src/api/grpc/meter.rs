//! Counts gRPC calls as they pass: calls begun and ended by code, messages and their bytes both ways, time.
//!
//! It works on bodies, below the services, so that every service is counted and none knows of it. A frame of gRPC is
//! a flag byte, four bytes of length (big-endian), and the message.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{Router, body::Body, routing::future::RouteFuture};
use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;
use prometheus::IntCounter;
use tower::Service;

use crate::telemetry::metrics::{
    grpc::{MethodMetrics, Shape, method},
    network::{CLIENT_RECEIVED_BYTES, CLIENT_SENT_BYTES},
    server::CLIENT_REQUESTS,
};

const HEADER_BYTES: usize = 5;
const CANCELED: i32 = 1;
const UNKNOWN: i32 = 2;

/// Sends a gRPC request to the services, counting it. Calls of methods that nobody knows are not counted.
pub fn call<B>(router: &mut Router, request: Request<B>) -> MeteredFuture
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let Some(method) = method(request.uri().path()) else {
        return MeteredFuture { inner: router.call(request), meter: None };
    };
    method.started.inc();
    count_client(method.shape, request.headers().get("client-api-version"));
    let counts = Counts { messages: &method.received, bytes: &CLIENT_RECEIVED_BYTES, frames: Frames::default() };
    let request = request.map(|inner| Received { inner, counts });
    MeteredFuture { inner: router.call(request), meter: Some(Meter { method, begin: Instant::now(), is_ended: false }) }
}

thread_local! {
    /// The series of the last client: they rarely differ, and a look-up by text at each call would cost more.
    static LAST_CLIENT: RefCell<Option<(Shape, Option<HeaderValue>, IntCounter)>> = const { RefCell::new(None) };
}

fn count_client(shape: Shape, version: Option<&HeaderValue>) {
    LAST_CLIENT.with_borrow_mut(|last| {
        if let Some((last_shape, last_version, counter)) = last
            && *last_shape == shape
            && last_version.as_ref() == version
        {
            counter.inc();
            return;
        }
        let kind = if shape == Shape::Unary { "unary" } else { "stream" };
        let text = version.and_then(|version| version.to_str().ok()).filter(|text| !text.is_empty());
        let counter = CLIENT_REQUESTS.with_label_values(&[kind, text.unwrap_or("unknown")]);
        counter.inc();
        *last = Some((shape, version.cloned(), counter));
    });
}

/// Counts the end of one call, once; a call that is dropped was cancelled.
struct Meter {
    method: &'static MethodMetrics,
    begin: Instant,
    is_ended: bool,
}

impl Meter {
    fn ended(&mut self, code: i32) {
        if std::mem::replace(&mut self.is_ended, true) {
            return;
        }
        self.method.ended(code);
        if let Some(handling) = &self.method.handling {
            handling.observe(self.begin.elapsed().as_secs_f64());
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.ended(CANCELED);
    }
}

/// The code in headers or trailers.
fn code_of(headers: &HeaderMap) -> Option<i32> {
    let value = headers.get("grpc-status")?;
    Some(value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(UNKNOWN))
}

pin_project! {
    /// The answer of [`call`].
    pub struct MeteredFuture {
        #[pin]
        inner: RouteFuture<Infallible>,
        meter: Option<Meter>,
    }
}

impl Future for MeteredFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(context))?;
        let Some(mut meter) = this.meter.take() else { return Poll::Ready(Ok(response)) };
        if let Some(code) = code_of(response.headers()) {
            meter.ended(code); // an error without any message
            return Poll::Ready(Ok(response));
        }
        let counts = Counts { messages: &meter.method.sent, bytes: &CLIENT_SENT_BYTES, frames: Frames::default() };
        Poll::Ready(Ok(response.map(|inner| Body::new(Sent { inner, counts, meter }))))
    }
}

pin_project! {
    /// The body of a request.
    struct Received<B> {
        #[pin]
        inner: B,
        counts: Counts,
    }
}

impl<B: HttpBody<Data = Bytes>> HttpBody for Received<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
            this.counts.add(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

pin_project! {
    /// The body of an answer.
    struct Sent {
        #[pin]
        inner: Body,
        counts: Counts,
        meter: Meter,
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(context));
        match &frame {
            Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => this.counts.add(data),
                (None, Some(trailers)) => this.meter.ended(code_of(trailers).unwrap_or(UNKNOWN)),
                (None, None) => {}
            },
            Some(Err(_)) | None => this.meter.ended(UNKNOWN),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

struct Counts {
    messages: &'static IntCounter,
    bytes: &'static IntCounter,
    frames: Frames,
}

impl Counts {
    fn add(&mut self, data: &Bytes) {
        let (messages, bytes) = self.frames.feed(data);
        if messages > 0 {
            self.messages.inc_by(messages);
        }
        if bytes > 0 {
            self.bytes.inc_by(bytes);
        }
    }
}

/// Where in the frames a stream of bytes is.
#[derive(Default)]
struct Frames {
    header: [u8; HEADER_BYTES],
    header_len: usize,
    /// Bytes of the present message that are still to come.
    left: usize,
}

impl Frames {
    /// The messages that begin in `data`, and its bytes that belong to messages.
    fn feed(&mut self, mut data: &[u8]) -> (u64, u64) {
        let (mut messages, mut bytes) = (0, 0);
        while !data.is_empty() {
            if self.left > 0 {
                let part = self.left.min(data.len());
                data.advance(part);
                self.left -= part;
                bytes += part as u64;
                continue;
            }
            let part = (HEADER_BYTES - self.header_len).min(data.len());
            data.copy_to_slice(&mut self.header[self.header_len..self.header_len + part]);
            self.header_len += part;
            if self.header_len == HEADER_BYTES {
                let [_, length @ ..] = self.header;
                self.left = u32::from_be_bytes(length) as usize;
                self.header_len = 0;
                messages += 1;
            }
        }
        (messages, bytes)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};

    use super::{Bytes, Frames, HeaderMap, Request, Response, Router, call, method};

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let stream: Vec<u8> = [&[0, 0, 0, 0, 3, 1, 2, 3][..], &[0, 0, 0, 0, 0], &[1, 0, 0, 0, 1, 9]].concat();
        for cut in 1..=stream.len() {
            let mut frames = Frames::default();
            let counts: Vec<(u64, u64)> = stream.chunks(cut).map(|part| frames.feed(part)).collect();
            let sum = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
            assert_eq!(sum, (3, 4), "cut at {cut}");
        }
    }

    /// Calls a method that answers one message and the code `Aborted`, and reads its answer if asked to.
    fn run(path: &'static str, is_read: bool) {
        let answer = || async {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", "10".parse().unwrap());
            let message = Full::new(Bytes::from_static(&[0, 0, 0, 0, 2, 7, 7]));
            Response::new(axum::body::Body::new(message.with_trailers(async { Some(Ok(trailers)) })))
        };
        let mut router = Router::new().route(path, axum::routing::any(answer));
        let request = Request::post(path).body(Full::new(Bytes::from_static(&[0, 0, 0, 0, 0]))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let response = call(&mut router, request).await.unwrap();
            if is_read {
                response.into_body().collect().await.unwrap();
            }
        });
    }

    #[test]
    fn a_call_is_counted_with_its_code_and_a_dropped_one_as_cancelled() {
        // Methods that no other test calls.
        let aborted = method("/etcdserverpb.Auth/RoleGet").unwrap();
        run("/etcdserverpb.Auth/RoleGet", true);
        assert_eq!((aborted.started.get(), aborted.handled[10].get(), aborted.sent.get()), (1, 1, 1));
        let dropped = method("/etcdserverpb.Auth/RoleList").unwrap();
        run("/etcdserverpb.Auth/RoleList", false);
        assert_eq!((dropped.started.get(), dropped.handled[1].get(), dropped.handled[10].get()), (1, 1, 0));
    }
}
