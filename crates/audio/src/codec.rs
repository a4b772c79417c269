//! The two codecs that every telephone network speaks: G.711 A-law and µ-law.

use crate::g711::{ALAW_DECODE, ALAW_ENCODE, ULAW_DECODE, ULAW_ENCODE};

/// A voice codec of one byte a sample at 8 kHz (rule W21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law, used nearly everywhere outside North America and Japan.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

impl Codec {
    /// Encodes sample by sample, as many as fit into the shorter of the two slices.
    pub fn encode(self, samples: &[i16], bytes: &mut [u8]) {
        match self {
            Self::Pcma => map(samples, bytes, |s| ALAW_ENCODE[usize::from(s.cast_unsigned() >> 4)]),
            Self::Pcmu => map(samples, bytes, |s| ULAW_ENCODE[usize::from(s.cast_unsigned() >> 2)]),
        }
    }

    /// Decodes byte by byte, as many as fit into the shorter of the two slices.
    pub fn decode(self, bytes: &[u8], samples: &mut [i16]) {
        match self {
            Self::Pcma => map(bytes, samples, |b| ALAW_DECODE[usize::from(b)]),
            Self::Pcmu => map(bytes, samples, |b| ULAW_DECODE[usize::from(b)]),
        }
    }

    /// The static RTP payload type (RFC 3551, table 4).
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The byte of a silent sample.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcma => 0xD5,
            Self::Pcmu => 0xFF,
        }
    }
}

fn map<A: Copy, B>(from: &[A], to: &mut [B], convert: impl Fn(A) -> B) {
    for (target, source) in to.iter_mut().zip(from) {
        *target = convert(*source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(codec: Codec, sample: i16) -> u8 {
        let mut byte = [0];
        codec.encode(&[sample], &mut byte);
        byte[0]
    }

    fn decoded(codec: Codec, byte: u8) -> i16 {
        let mut sample = [0];
        codec.decode(&[byte], &mut sample);
        sample[0]
    }

    #[test]
    fn alaw_of_worked_values() {
        // Segment 0, step 0 is +8; toggled with 0x55: 0x80 ^ 0x55 = 0xD5.
        assert_eq!(encoded(Codec::Pcma, 0), 0xD5);
        assert_eq!(encoded(Codec::Pcma, -1), 0x55);
        // 256 >> 4 = 16: first step of segment 1, 0x90 ^ 0x55 = 0xC5.
        assert_eq!(encoded(Codec::Pcma, 255), 0x8F ^ 0x55);
        assert_eq!(encoded(Codec::Pcma, 256), 0xC5);
        // 1000 >> 4 = 62 = 0b11_1110: top bit 5, segment 2, step (62 >> 1) & 15 = 15.
        assert_eq!(encoded(Codec::Pcma, 1000), 0xAF ^ 0x55);
        // -1000: !(-1000) = 999, 999 >> 4 = 62: the same step, sign bit clear.
        assert_eq!(encoded(Codec::Pcma, -1000), 0x2F ^ 0x55);
        assert_eq!(encoded(Codec::Pcma, i16::MAX), 0xFF ^ 0x55);
        assert_eq!(encoded(Codec::Pcma, i16::MIN), 0x7F ^ 0x55);
    }

    #[test]
    fn ulaw_of_worked_values() {
        assert_eq!(encoded(Codec::Pcmu, 0), 0xFF);
        assert_eq!(encoded(Codec::Pcmu, -1), 0x7F);
        // 4 >> 2 = 1, biased 34 = 0b10_0010: segment 0, step 1.
        assert_eq!(encoded(Codec::Pcmu, 3), 0xFF);
        assert_eq!(encoded(Codec::Pcmu, 4), 0xFE);
        // 1000 >> 2 = 250, biased 283 = 0b1_0001_1011: top bit 8, segment 3, step (283 >> 4) & 15 = 1.
        assert_eq!(encoded(Codec::Pcmu, 1000), !0x31);
        assert_eq!(encoded(Codec::Pcmu, -1000), !0xB1);
        assert_eq!(encoded(Codec::Pcmu, i16::MAX), 0x80);
        assert_eq!(encoded(Codec::Pcmu, i16::MIN), 0x00);
    }

    #[test]
    fn extremes_decode_to_the_virtual_ends_of_the_curves() {
        // A-law: (15 * 16 + 264) << 6 = 32256. µ-law: ((15 * 8 + 132) << 7) - 132 = 32124.
        assert_eq!(decoded(Codec::Pcma, 0xAA), 32_256);
        assert_eq!(decoded(Codec::Pcma, 0x2A), -32_256);
        assert_eq!(decoded(Codec::Pcmu, 0x80), 32_124);
        assert_eq!(decoded(Codec::Pcmu, 0x00), -32_124);
    }

    #[test]
    fn silence_bytes_decode_to_the_smallest_positive_step() {
        assert_eq!(decoded(Codec::Pcma, Codec::Pcma.silence()), 8);
        assert_eq!(decoded(Codec::Pcmu, Codec::Pcmu.silence()), 0);
    }

    #[test]
    fn the_digital_milliwatt_of_g711_decodes_to_a_kilohertz() {
        // G.711, tables 5 and 6: eight codes of a 1 kHz sine at 0 dBm0.
        let alaw = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4];
        let ulaw = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E];
        let mut samples = [0; 8];
        Codec::Pcma.decode(&alaw, &mut samples);
        assert_eq!(samples, [-8960, -20992, -20992, -8960, 8960, 20992, 20992, 8960]);
        Codec::Pcmu.decode(&ulaw, &mut samples);
        assert_eq!(samples, [-8828, -20860, -20860, -8828, 8828, 20860, 20860, 8828]);
    }

    #[test]
    fn every_code_survives_the_way_to_a_sample_and_back() {
        for code in 0..=u8::MAX {
            assert_eq!(encoded(Codec::Pcma, decoded(Codec::Pcma, code)), code);
            // µ-law has two zeros; the negative one comes back as the positive.
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(encoded(Codec::Pcmu, decoded(Codec::Pcmu, code)), expected);
        }
    }

    #[test]
    fn no_sample_is_off_by_more_than_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let magnitude = f64::from(sample).abs();
            let error = |codec| {
                let heard = decoded(codec, encoded(codec, sample));
                (f64::from(heard) - f64::from(sample)).abs()
            };
            // A segment has 16 steps: half a step is 1/32 of where it begins. A-law's first segment
            // has steps of 16; µ-law's curve is shifted by 132.
            assert!(error(Codec::Pcma) <= (magnitude / 32.0).max(8.0), "A-law of {sample}");
            assert!(error(Codec::Pcmu) <= (magnitude + 132.0) / 32.0, "µ-law of {sample}");
        }
    }

    #[test]
    fn both_curves_rise_with_the_sample() {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            let heard = (i16::MIN..=i16::MAX).map(|s| decoded(codec, encoded(codec, s)));
            assert!(heard.is_sorted());
        }
    }

    #[test]
    fn slices_of_different_length_stop_at_the_shorter() {
        let mut bytes = [1; 4];
        Codec::Pcmu.encode(&[0, 0], &mut bytes);
        assert_eq!(bytes, [0xFF, 0xFF, 1, 1]);
    }

    #[test]
    fn payload_types_are_those_of_rfc_3551() {
        assert_eq!((Codec::Pcmu.payload_type(), Codec::Pcma.payload_type()), (0, 8));
    }
}
