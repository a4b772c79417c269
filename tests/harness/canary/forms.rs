//! The forms in which one text may stand in a file.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A form's name and the bytes to look for.
pub(super) type Form = (&'static str, Vec<u8>);

/// Plain, UTF-16, hex, base64 at all three alignments, URL-encoded, and the three hashes that a
/// program may take for anonymous although a number can be counted back from them.
pub(super) fn forms_of(text: &str) -> Vec<Form> {
    let bytes = text.as_bytes();
    let mut forms = vec![
        ("plain text", bytes.to_vec()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("hex", hex(bytes).into_bytes()),
        ("capital hex", hex(bytes).to_uppercase().into_bytes()),
    ];
    forms.extend(url_encoded(text).map(|encoded| ("URL encoding", encoded)));
    for alignment in 0..3 {
        forms.push(("base64", base64(&STANDARD_NO_PAD, bytes, alignment)));
        forms.push(("base64 for URLs", base64(&URL_SAFE_NO_PAD, bytes, alignment)));
    }
    for (raw, lower, upper, base64, hash) in [
        ("MD5", "MD5 in hex", "MD5 in capital hex", "MD5 in base64", Md5::digest(bytes).to_vec()),
        (
            "SHA-1",
            "SHA-1 in hex",
            "SHA-1 in capital hex",
            "SHA-1 in base64",
            Sha1::digest(bytes).to_vec(),
        ),
        (
            "SHA-256",
            "SHA-256 in hex",
            "SHA-256 in capital hex",
            "SHA-256 in base64",
            Sha256::digest(bytes).to_vec(),
        ),
    ] {
        forms.push((lower, hex(&hash).into_bytes()));
        forms.push((upper, hex(&hash).to_uppercase().into_bytes()));
        forms.push((base64, STANDARD_NO_PAD.encode(&hash).into_bytes()));
        forms.push((raw, hash));
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent-encoding of everything that is not unreserved (RFC 3986, section 2.3), in both cases of
/// hex; `None` if nothing has to be encoded, which is the plain text.
fn url_encoded(text: &str) -> Option<Vec<u8>> {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = text.bytes().map(encode).collect();
    (encoded != text).then(|| encoded.into_bytes())
}

/// The characters of base64 that stand for these bytes alone, when they begin `alignment` bytes
/// after a multiple of three.
fn base64(engine: &impl base64::Engine, bytes: &[u8], alignment: usize) -> Vec<u8> {
    let mut padded = vec![0; alignment];
    padded.extend(bytes);
    let encoded = engine.encode(&padded).into_bytes();
    let first = (alignment * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    encoded.get(first..end).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_a_known_text_at_each_alignment() {
        // printf 'Number' | base64 = TnVtYmVy; with one byte before: xTnVtYmVy is
        // eE51bWJlcg==, of which the first two characters (x and 4 bits of N) and the last partial
        // one belong to others; with two: xxNumber is eHhOdW1iZXI=.
        assert_eq!(base64(&STANDARD_NO_PAD, b"Number", 0), b"TnVtYmVy");
        assert_eq!(base64(&STANDARD_NO_PAD, b"Number", 1), b"51bWJlc");
        assert_eq!(base64(&STANDARD_NO_PAD, b"Number", 2), b"OdW1iZX");
    }

    #[test]
    fn a_plus_is_encoded_and_digits_are_not() {
        assert_eq!(url_encoded("+420"), Some(b"%2B420".to_vec()));
        assert_eq!(url_encoded("420"), None);
    }

    #[test]
    fn hashes_of_abc_are_those_of_the_standards() {
        // RFC 1321 A.5, FIPS 180-1 appendix A, FIPS 180-2 B.1.
        let forms = forms_of("abc");
        let has = |form: &str, value: &str| {
            forms.iter().any(|(name, bytes)| *name == form && bytes == value.as_bytes())
        };
        assert!(has("MD5 in hex", "900150983cd24fb0d6963f7d28e17f72"));
        assert!(has("SHA-1 in hex", "a9993e364706816aba3e25717850c26c9cd0d89d"));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(has("SHA-256 in hex", sha256));
    }
}
