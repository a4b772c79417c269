//! RTP headers (RFC 3550, section 5.1), read without the line's own code.

use std::time::Duration;

use super::Datagram;

/// One RTP packet that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Wall-clock time of the capture.
    pub at: Duration,
    /// Payload type, 0–127.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// The sequence number.
    pub sequence: u16,
    /// The media time, 8000 a second for everything here.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// What is carried, without padding.
    pub payload: Vec<u8>,
}

impl Packet {
    /// The RTP packet in a datagram; `None` for RTCP (RFC 5761, section 4) and anything else.
    pub(super) fn of(datagram: &Datagram) -> Option<Self> {
        let bytes = datagram.bytes.as_slice();
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *bytes.first_chunk::<12>()?;
        if first >> 6 != 2 || (192..=223).contains(&second) {
            return None;
        }
        Some(Self {
            at: datagram.at,
            payload_type: second & 0x7f,
            marker: second & 0x80 != 0,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            payload: payload(first, bytes)?.to_vec(),
        })
    }
}

/// What stands after sources and extension and before the padding.
fn payload(first: u8, bytes: &[u8]) -> Option<&[u8]> {
    let sources = usize::from(first & 0x0f) * 4;
    let mut rest = bytes.get(12 + sources..)?;
    if first & 0x10 != 0 {
        let words = u16::from_be_bytes(*rest.get(2..)?.first_chunk::<2>()?);
        rest = rest.get(4 + usize::from(words) * 4..)?;
    }
    if first & 0x20 != 0 {
        let padding = usize::from(*rest.last()?);
        rest = rest.get(..rest.len().checked_sub(padding)?)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Option<Packet> {
        let anyone = "127.0.0.1:1".parse().unwrap();
        Packet::of(&Datagram {
            at: Duration::ZERO,
            source: anyone,
            destination: anyone,
            bytes: bytes.to_vec(),
        })
    }

    #[test]
    fn every_field_is_read() {
        let packet = parse(&[0x80, 0x88, 1, 2, 0, 0, 0, 160, 9, 9, 9, 9, 0xd5]).unwrap();
        assert_eq!((packet.payload_type, packet.marker, packet.sequence), (8, true, 0x0102));
        assert_eq!((packet.timestamp, packet.ssrc), (160, 0x0909_0909));
        assert_eq!(packet.payload, [0xd5]);
    }

    #[test]
    fn sources_extension_and_padding_are_no_payload() {
        let mut bytes = vec![0xb1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        bytes.extend([7; 4]); // one contributing source
        bytes.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]); // extension of one word
        bytes.extend([42, 0, 2]); // one byte of payload, two of padding
        assert_eq!(parse(&bytes).unwrap().payload, [42]);
    }

    #[test]
    fn rtcp_and_noise_are_not_rtp() {
        assert!(parse(&[0x80, 200, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]).is_none());
        assert!(parse(b"OPTIONS sip:a SIP/2.0").is_none());
        assert!(parse(&[0x80, 8]).is_none());
    }
}
