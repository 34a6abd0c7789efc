//! Frames as RFC 6455 section 5.2 lays them out, bytes to fields and back.
//!
//! The decoder is our own, because a recorder has to see what a library would refuse:
//! reserved opcodes, masked frames from a server, lengths that are longer than they need to be.

use std::fmt;

use serde::Serialize;

/// A frame, its payload already unmasked.
///
/// ```
/// use transcript::Frame;
///
/// // The example of RFC 6455 section 5.7: a masked text "Hello".
/// let frame = Frame::text("Hello").masked([0x37, 0xfa, 0x21, 0x3d]);
/// let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// assert_eq!(frame.encode(), bytes);
/// assert_eq!(Frame::decode(&bytes), Ok(Some((frame, 11))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// RSV1, RSV2 and RSV3, as the bits 4, 2 and 1.
    pub rsv: u8,
    /// The opcode: 0 to 15.
    pub opcode: u8,
    /// The masking key, where the frame is masked.
    pub mask: Option<[u8; 4]>,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The opcodes that RFC 6455 section 5.2 defines.
pub mod opcode {
    /// A further frame of a fragmented message.
    pub const CONTINUATION: u8 = 0x0;
    /// A text message, or the first frame of one.
    pub const TEXT: u8 = 0x1;
    /// A binary message, or the first frame of one.
    pub const BINARY: u8 = 0x2;
    /// The closing handshake.
    pub const CLOSE: u8 = 0x8;
    /// A ping.
    pub const PING: u8 = 0x9;
    /// A pong.
    pub const PONG: u8 = 0xa;
}

/// What makes a header impossible to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHeader {
    /// A length that would have fitted in fewer bytes.
    LengthNotShortest,
    /// A 64-bit length with its top bit set.
    LengthTooLarge,
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadHeader::LengthNotShortest => "a length in more bytes than it needs (RFC 6455 §5.2)",
            BadHeader::LengthTooLarge => "a length with its top bit set (RFC 6455 §5.2)",
        })
    }
}

impl Frame {
    /// A whole message in one frame, not masked.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Frame {
            fin: true,
            rsv: 0,
            opcode,
            mask: None,
            payload: payload.into(),
        }
    }

    /// A text message in one frame.
    pub fn text(text: &str) -> Self {
        Self::new(opcode::TEXT, text)
    }

    /// A Close with a code and a reason.
    pub fn close(code: u16, reason: &str) -> Self {
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason.as_bytes());
        Self::new(opcode::CLOSE, payload)
    }

    /// The same, masked with this key.
    pub fn masked(mut self, key: [u8; 4]) -> Self {
        self.mask = Some(key);
        self
    }

    /// The same, with more frames to follow.
    pub fn not_final(mut self) -> Self {
        self.fin = false;
        self
    }

    /// Whether it is a control frame.
    pub fn is_control(&self) -> bool {
        self.opcode & 0x8 != 0
    }

    /// The bytes of it.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | (self.opcode & 15)];
        let masked = u8::from(self.mask.is_some()) << 7;
        match self.payload.len() {
            length @ 0..=125 => bytes.push(masked | length as u8),
            length @ 126..=0xffff => {
                bytes.push(masked | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(masked | 127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        let start = bytes.len() + self.mask.map_or(0, |key| key.len());
        bytes.extend_from_slice(self.mask.as_ref().map_or(&[], |key| &key[..]));
        bytes.extend_from_slice(&self.payload);
        if let Some(key) = self.mask {
            apply(key, &mut bytes[start..]);
        }
        bytes
    }

    /// The first frame of `bytes` and its length there, or `None` when it is not all there yet.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, BadHeader> {
        let Some(header) = Header::decode(bytes)? else {
            return Ok(None);
        };
        let end = (header.length as u64).saturating_add(header.payload);
        if (bytes.len() as u64) < end {
            return Ok(None);
        }
        let mut payload = bytes[header.length..end as usize].to_vec();
        if let Some(key) = header.mask {
            apply(key, &mut payload);
        }
        let frame = Frame {
            fin: bytes[0] & 0x80 != 0,
            rsv: bytes[0] >> 4 & 7,
            opcode: bytes[0] & 15,
            mask: header.mask,
            payload,
        };
        Ok(Some((frame, end as usize)))
    }
}

/// The part of a header that says where the payload begins and ends.
pub(crate) struct Header {
    /// How long the header is.
    pub(crate) length: usize,
    /// How long the payload is.
    pub(crate) payload: u64,
    mask: Option<[u8; 4]>,
}

impl Header {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Self>, BadHeader> {
        let Some(&second) = bytes.get(1) else {
            return Ok(None);
        };
        let (start, shortest) = match second & 0x7f {
            126 => (4, 126),
            127 => (10, 0x1_0000),
            _ => (2, 0),
        };
        let length = start + if second & 0x80 != 0 { 4 } else { 0 };
        if bytes.len() < length {
            return Ok(None);
        }
        let payload = match start {
            2 => u64::from(second & 0x7f),
            _ => bytes[2..start]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        if payload < shortest {
            return Err(BadHeader::LengthNotShortest);
        }
        if payload >> 63 != 0 {
            return Err(BadHeader::LengthTooLarge);
        }
        let mask = (length > start).then(|| {
            let key = &bytes[start..length];
            [key[0], key[1], key[2], key[3]]
        });
        Ok(Some(Header {
            length,
            payload,
            mask,
        }))
    }
}

/// Masks or unmasks (RFC 6455 section 5.3): the same operation.
fn apply(key: [u8; 4], payload: &mut [u8]) {
    for (byte, key) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}
