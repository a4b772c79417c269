//! Tells RTP from RTCP and opens an RTP packet.

use rtp_rs::RtpReader;

/// What a datagram on a media port is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A packet of voice or of a key press.
    Rtp(Packet<'a>),
    /// A control packet, possibly compound, unparsed.
    Rtcp(&'a [u8]),
    /// Anything else: STUN, DTLS, noise, a damaged packet. It proves nothing about its sender.
    Other,
}

/// Second byte of every RTCP packet when it shares a port with RTP (RFC 5761, section 4).
const RTCP_TYPES: std::ops::RangeInclusive<u8> = 192..=223;
/// An RTCP packet is a common header at least (RFC 3550, section 6.4.1).
const RTCP_LEN_MIN: usize = 4;
/// Upper two bits of the first byte of RTP and RTCP.
const VERSION: u8 = 2;

/// Sorts a datagram. RTCP is told apart first, because by its bytes alone a sender report is also an
/// RTP packet of payload type 72.
#[must_use]
pub fn classify(datagram: &[u8]) -> Kind<'_> {
    match datagram {
        [first, second, ..] if RTCP_TYPES.contains(second) => {
            let valid = first >> 6 == VERSION && datagram.len() >= RTCP_LEN_MIN;
            if valid { Kind::Rtcp(datagram) } else { Kind::Other }
        }
        _ => Packet::parse(datagram).map_or(Kind::Other, Kind::Rtp),
    }
}

/// One RTP packet (RFC 3550, section 5.1), its padding taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What the payload is, 0 to 127.
    pub payload_type: u8,
    /// Start of a talk spurt or of a key press; a hint only.
    pub marker: bool,
    /// Counts packets and wraps every 22 minutes.
    pub sequence: u16,
    /// Counts samples of the payload type's clock and wraps.
    pub timestamp: u32,
    /// The stream's source.
    pub ssrc: u32,
    /// Codec bytes, or a telephone event.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    fn parse(datagram: &'a [u8]) -> Option<Self> {
        let reader = RtpReader::new(datagram).ok()?;
        Some(Self {
            payload_type: reader.payload_type(),
            marker: reader.mark(),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload: reader.payload(),
        })
    }
}

// The payload is the caller's voice or keys: only its length may be shown.
impl std::fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packet")
            .field("payload_type", &self.payload_type)
            .field("marker", &self.marker)
            .field("sequence", &self.sequence)
            .field("timestamp", &self.timestamp)
            .field("payload_len", &self.payload.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 2, marker, PT 8, sequence 0x1234, timestamp 0x01020304, SSRC 0xCAFEBABE, two bytes.
    const VOICE: [u8; 14] =
        [0x80, 0x88, 0x12, 0x34, 1, 2, 3, 4, 0xCA, 0xFE, 0xBA, 0xBE, 0xD5, 0x55];

    #[test]
    fn voice_is_opened_field_by_field() {
        let expected = Packet {
            payload_type: 8,
            marker: true,
            sequence: 0x1234,
            timestamp: 0x0102_0304,
            ssrc: 0xCAFE_BABE,
            payload: &[0xD5, 0x55],
        };
        assert_eq!(classify(&VOICE), Kind::Rtp(expected));
    }

    #[test]
    fn a_sender_report_is_rtcp_and_not_payload_type_72() {
        let mut report = [0; 28];
        (report[0], report[1], report[3]) = (0x80, 200, 6);
        assert_eq!(classify(&report), Kind::Rtcp(&report));
    }

    #[test]
    fn the_borders_of_the_rtcp_types_are_192_and_223() {
        let is_rtcp = |second| {
            let mut datagram = VOICE;
            datagram[1] = second;
            matches!(classify(&datagram), Kind::Rtcp(_))
        };
        assert_eq!([191, 192, 223, 224].map(is_rtcp), [false, true, true, false]);
    }

    #[test]
    fn padding_csrc_and_extension_are_no_payload() {
        // V2, P, X, one CSRC; extension of one word; payload 7, padding of two bytes.
        let mut datagram = vec![0xB1, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9];
        datagram.extend([0, 0, 0, 1]);
        datagram.extend([0xBE, 0xDE, 0, 1, 1, 2, 3, 4]);
        datagram.extend([7, 0, 2]);
        let Kind::Rtp(packet) = classify(&datagram) else { panic!("no RTP") };
        assert_eq!(packet.payload, &[7]);
    }

    #[test]
    fn other_versions_short_and_damaged_packets_are_other() {
        let mut version_1 = VOICE;
        version_1[0] = 0x40;
        let mut padded_too_far = VOICE;
        padded_too_far[0] |= 0x20;
        let stun = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for datagram in [&version_1[..], &padded_too_far, &stun, &VOICE[..11], &[0x80], &[]] {
            assert_eq!(classify(datagram), Kind::Other);
        }
        assert_eq!(classify(&[0x80, 200, 0]), Kind::Other);
        assert_eq!(classify(&[0x00, 200, 0, 0]), Kind::Other);
    }

    #[test]
    fn debug_shows_no_payload_and_no_source() {
        let shown = format!("{:?}", classify(&VOICE));
        assert!(shown.contains("payload_len: 2"));
        assert!(!shown.contains("213") && !shown.contains("3405691582"));
    }
}
