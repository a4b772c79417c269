//! G.711 of the harness's own, straight from the segments of ITU-T G.711, so that the line's
//! tables are checked against something else than themselves.

/// The two companding laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// PCMA, RTP payload type 8 (RFC 3551, table 4).
    A,
    /// PCMU, RTP payload type 0.
    Mu,
}

impl Law {
    /// The static RTP payload type.
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Self::A => 8,
            Self::Mu => 0,
        }
    }

    /// The law of a static payload type.
    #[must_use]
    pub fn of_payload_type(number: u8) -> Option<Self> {
        match number {
            8 => Some(Self::A),
            0 => Some(Self::Mu),
            _ => None,
        }
    }

    /// The byte of silence.
    #[must_use]
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    /// One sample of 16 bits to a byte.
    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::A => encode_a(sample),
            Self::Mu => encode_mu(sample),
        }
    }

    /// One byte to a sample of 16 bits.
    #[must_use]
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::A => decode_a(byte),
            Self::Mu => decode_mu(byte),
        }
    }
}

/// A-law: a magnitude of 11 bits; the first two segments share a step; positive numbers have the
/// sign bit set; even bits are inverted.
fn encode_a(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, !sample >> 4) } else { (0x80, sample >> 4) };
    let bits = i16::BITS - magnitude.leading_zeros();
    let segment = bits.saturating_sub(4);
    let step = (magnitude >> segment.saturating_sub(1)) & 0x0f;
    (sign | ((segment as u8) << 4) | step as u8) ^ 0x55
}

fn decode_a(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let step = i16::from(code & 0x0f);
    let magnitude = match (code >> 4) & 7 {
        0 => (step << 4) + 8,
        segment => ((step << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// µ-law: 14 bits, biased by 33 of them (132 of 16 bits), all bits inverted.
fn encode_mu(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0x80, !sample) } else { (0, sample) };
    let biased = i32::from(magnitude).min(32_635) + 132;
    let segment = (31 - biased.leading_zeros()).saturating_sub(7);
    let step = (biased >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | step as u8)
}

fn decode_mu(byte: u8) -> i16 {
    let code = !byte;
    let step = i32::from(code & 0x0f);
    let magnitude = (((step << 3) + 132) << ((code >> 4) & 7)) - 132;
    let signed = if code & 0x80 != 0 { -magnitude } else { magnitude };
    i16::try_from(signed).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::child::run;

    /// Every 16-bit sample through sox, whose coder is not ours.
    fn by_sox(samples: &[i16], encoding: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let (raw, coded) = (folder.path().join("in.raw"), folder.path().join("out.raw"));
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        fs::write(&raw, bytes).unwrap();
        let mut sox = Command::new("sox");
        sox.args(["-D", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1"]);
        run(sox.arg(&raw).args(["-t", encoding, "-r", "8000", "-c", "1"]).arg(&coded)).unwrap();
        fs::read(coded).unwrap()
    }

    #[test]
    fn a_law_table_of_the_recommendation() {
        // G.711 table 1a: character signals before inversion 1 1111111, 1 0000000; value 4032 of
        // 4096 is 32256 of 32768.
        assert_eq!(Law::A.decode(0xff ^ 0x55), 32_256);
        assert_eq!(Law::A.decode(0x80 ^ 0x55), 8);
        assert_eq!(Law::A.decode(0x55), -8);
        assert_eq!(Law::A.silence(), 0xd5);
    }

    #[test]
    fn mu_law_table_of_the_recommendation() {
        // G.711 table 2a: 10000000 is 8031 of 8159 (14 bits), 32124 of 16 bits.
        assert_eq!(Law::Mu.decode(0x80), 32_124);
        assert_eq!(Law::Mu.decode(0x00), -32_124);
        assert_eq!(Law::Mu.decode(0xff), 0);
        assert_eq!(Law::Mu.silence(), 0xff);
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=255 {
            assert_eq!(Law::A.encode(Law::A.decode(byte)), byte);
            // µ-law has two zeros, and gives the positive one back.
            let again = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(Law::Mu.encode(Law::Mu.decode(byte)), again);
        }
    }

    #[test]
    fn the_coder_agrees_with_an_outside_program_within_one_step() {
        let samples: Vec<i16> = (-32_768..32_767).step_by(37).map(|s| s as i16).collect();
        for (law, encoding) in [(Law::A, "al"), (Law::Mu, "ul")] {
            for (sample, theirs) in samples.iter().zip(by_sox(&samples, encoding)) {
                let ours = i32::from(law.decode(law.encode(*sample)));
                let theirs = i32::from(law.decode(theirs));
                let step = (i32::from(*sample).abs() / 16).max(16);
                assert!((ours - theirs).abs() <= step, "{law:?} {sample}: {ours}, {theirs}");
            }
        }
    }
}
