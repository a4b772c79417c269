//! Stamps the headers of one outgoing stream.

use rtp_rs::RtpPacketBuilder;

/// Bytes of an RTP header without extensions.
pub const HEADER: usize = 12;
/// A payload type has seven bits.
const PAYLOAD_TYPE_BITS: u8 = 0x7F;

/// One outgoing stream: its sequence counts packets, its clock counts samples and runs on across
/// prompts and pauses (rule W19).
#[derive(Clone)]
pub struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    event_timestamp: u32,
}

impl Sender {
    /// A stream; all three starting values should be random (RFC 3550, section 5.1).
    #[must_use]
    pub const fn new(ssrc: u32, first_sequence: u16, first_timestamp: u32) -> Self {
        Self {
            ssrc,
            sequence: first_sequence,
            timestamp: first_timestamp,
            event_timestamp: first_timestamp,
        }
    }

    /// Header of a voice packet that plays `samples`; the clock moves on by as many. Of
    /// `payload_type` the lower seven bits count.
    pub fn header(&mut self, payload_type: u8, marker: bool, samples: u32) -> [u8; HEADER] {
        let header = self.stamp(payload_type, marker, self.timestamp);
        self.advance(samples);
        header
    }

    /// Header of a telephone-event packet. The marker opens a press, and all packets of a press carry
    /// the time of its beginning (RFC 4733, section 2.2.1), while the clock moves on by `samples`.
    pub fn event_header(&mut self, payload_type: u8, marker: bool, samples: u32) -> [u8; HEADER] {
        if marker {
            self.event_timestamp = self.timestamp;
        }
        let header = self.stamp(payload_type, marker, self.event_timestamp);
        self.advance(samples);
        header
    }

    /// Moves the clock on by `samples` in which nothing is sent.
    pub fn advance(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// The source that this stream is known by.
    #[must_use]
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    fn stamp(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        // Unchecked means: without asking whether 12 bytes are enough for a bare header.
        RtpPacketBuilder::new()
            .payload_type(payload_type & PAYLOAD_TYPE_BITS)
            .marked(marker)
            .sequence(self.sequence.into())
            .timestamp(timestamp)
            .ssrc(self.ssrc)
            .build_into_unchecked(&mut header);
        self.sequence = self.sequence.wrapping_add(1);
        header
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Packet, classify};

    fn parsed(header: &[u8; HEADER]) -> Packet<'_> {
        match classify(header) {
            Kind::Rtp(packet) => packet,
            Kind::Rtcp(_) | Kind::Other => panic!("no RTP"),
        }
    }

    #[test]
    fn a_header_has_the_bytes_of_rfc_3550() {
        let mut sender = Sender::new(0xCAFE_BABE, 0x1234, 0x0102_0304);
        let expected = [0x80, 0x88, 0x12, 0x34, 1, 2, 3, 4, 0xCA, 0xFE, 0xBA, 0xBE];
        assert_eq!(sender.header(8, true, 160), expected);
        // Sequence + 1, timestamp + 160 = 0x010203A4.
        let expected = [0x80, 0x08, 0x12, 0x35, 1, 2, 3, 0xA4, 0xCA, 0xFE, 0xBA, 0xBE];
        assert_eq!(sender.header(8, false, 160), expected);
    }

    #[test]
    fn the_clock_runs_on_across_pauses() {
        let mut sender = Sender::new(1, 0, 1000);
        let _ = sender.header(0, false, 160);
        sender.advance(800);
        let header = sender.header(0, true, 160);
        assert_eq!((parsed(&header).sequence, parsed(&header).timestamp), (1, 1960));
    }

    #[test]
    fn all_packets_of_a_press_carry_its_beginning_and_voice_goes_on_behind_it() {
        let mut sender = Sender::new(1, 10, 5000);
        for (n, marker) in [(0, true), (1, false), (2, false)] {
            let header = sender.event_header(101, marker, 160);
            let packet = parsed(&header);
            assert_eq!((packet.sequence, packet.timestamp), (10 + n, 5000));
            assert_eq!((packet.marker, packet.payload_type), (marker, 101));
        }
        // Three ticks of 160 samples later.
        assert_eq!(parsed(&sender.header(8, false, 160)).timestamp, 5480);
        assert_eq!(parsed(&sender.event_header(101, true, 160)).timestamp, 5640);
    }

    #[test]
    fn sequence_and_timestamp_wrap_without_a_step() {
        let mut sender = Sender::new(1, u16::MAX, u32::MAX - 79);
        let _ = sender.header(8, false, 160);
        let header = sender.header(8, false, 160);
        // 2^32 - 80 + 160 = 80.
        assert_eq!((parsed(&header).sequence, parsed(&header).timestamp), (0, 80));
    }

    #[test]
    fn two_days_of_packets_step_evenly() {
        // 48 h are 8,640,000 packets and 1,382,400,000 samples; the start lies before both wraps.
        let (first_sequence, first_timestamp) = (65_000_u16, u32::MAX - 1000);
        let mut sender = Sender::new(1, first_sequence, first_timestamp);
        for _ in 0..8_640_000_u32 {
            let _ = sender.header(8, false, 160);
        }
        let header = sender.header(8, false, 160);
        // 8,640,000 mod 65,536 = 54,784; + 65,000 = 119,784; - 65,536 = 54,248.
        // 1,382,400,000 - 1001 = 1,382,398,999.
        assert_eq!(parsed(&header).sequence, 54_248);
        assert_eq!(parsed(&header).timestamp, 1_382_398_999);
    }

    #[test]
    fn the_marker_bit_does_not_leak_out_of_a_large_payload_type() {
        let header = Sender::new(1, 0, 0).header(0xFF, false, 160);
        assert_eq!((parsed(&header).payload_type, parsed(&header).marker), (0x7F, false));
    }
}
