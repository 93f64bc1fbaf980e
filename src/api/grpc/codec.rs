//! The codec of services whose answers are encoded by us: stored bytes go to the wire as they are.

use std::marker::PhantomData;

use bytes::{Buf, BufMut, Bytes};
use prost::{DecodeError, Message};
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};

/// Buffers begin small, as most messages are, and grow once to a large one's size.
const BUFFER_BYTES: usize = 512;
/// A stream's answers are gathered up to this size.
const YIELD_BYTES: usize = 32 * 1024;

/// An answer that writes its own wire form.
pub trait WireAnswer: Send + Sync + 'static {
    /// Bytes of the message.
    fn wire_len(&self) -> usize;
    /// Writes exactly that many bytes.
    fn write(&self, buffer: &mut impl BufMut);
}

/// An encoded message.
#[derive(Clone, Debug)]
pub struct Encoded(pub Bytes);

impl<M: Message> From<&M> for Encoded {
    fn from(message: &M) -> Self {
        Self(message.encode_to_vec().into())
    }
}

impl WireAnswer for Encoded {
    fn wire_len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.0);
    }
}

/// Sends answers that encode themselves, receives `Request` messages.
pub struct EncodedCodec<Answer, Request>(PhantomData<(Answer, Request)>);

impl<Answer, Request> Default for EncodedCodec<Answer, Request> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Answer, Request> Codec for EncodedCodec<Answer, Request>
where
    Answer: WireAnswer,
    Request: Message + Default + Send + Sync + 'static,
{
    type Encode = Answer;
    type Decode = Request;
    type Encoder = EncodedEncoder<Answer>;
    type Decoder = RequestDecoder<Request>;

    fn encoder(&mut self) -> Self::Encoder {
        EncodedEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        RequestDecoder(PhantomData)
    }
}

/// Writes an answer into the frame.
pub struct EncodedEncoder<Answer>(PhantomData<Answer>);

impl<Answer: WireAnswer> Encoder for EncodedEncoder<Answer> {
    type Item = Answer;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(item.wire_len());
        item.write(buffer);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_BYTES, YIELD_BYTES)
    }
}

/// Decodes a request; what cannot be decoded is answered as grpc-go answers it.
pub struct RequestDecoder<Request>(PhantomData<Request>);

impl<Request: Message + Default> Decoder for RequestDecoder<Request> {
    type Item = Request;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Request::decode(bytes).map(Some).map_err(|error: DecodeError| undecodable(&error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_BYTES, YIELD_BYTES)
    }
}

/// How prost begins the text of an error.
pub(super) const PROST_ERROR: &str = "failed to decode Protobuf message: ";

/// grpc-go's answer to a message that cannot be decoded.
pub(super) fn undecodable(prost_text: &str) -> Status {
    let what = if prost_text.ends_with("data is not UTF-8 encoded") {
        "string field contains invalid UTF-8"
    } else {
        // Go's library tells nothing more.
        "proto: cannot parse invalid wire-format data"
    };
    Status::new(Code::Internal, format!("grpc: error unmarshalling request: {what}"))
}
