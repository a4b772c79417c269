//! A session description as it came, read tolerantly.

use core::fmt;

use sdp_types::Session;

/// Longest description that is read, in bytes.
const BYTES_MAX: usize = 8 * 1024;
/// Most lines that are read.
const LINES_MAX: usize = 512;
/// Most `m=` lines that are read.
const MEDIA_MAX: usize = 16;

/// An offer (or an answer to ours) of the peer.
///
/// It is kept whole, because the answer repeats its media lines; `Debug` shows nothing of it, as
/// `o=` and `s=` often carry the caller's number.
#[derive(Clone, PartialEq)]
pub struct Offer {
    session: Box<Session>,
}

impl Offer {
    /// Reads a description. Lines that mean nothing to us may be malformed; `o=`, `s=` and `t=` may
    /// be missing, lines may end in LF, and any text may be other than UTF-8.
    ///
    /// # Errors
    /// [`SdpError`] where `v=` is missing, or a line that matters cannot be read, or a limit is passed.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > BYTES_MAX {
            return Err(SdpError);
        }
        let session = Session::parse(tidied(bytes)?.as_bytes()).map_err(|_| SdpError)?;
        if session.medias.len() > MEDIA_MAX {
            return Err(SdpError);
        }
        Ok(Self { session: Box::new(session) })
    }

    pub(crate) const fn session(&self) -> &Session {
        &self.session
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer").field("media", &self.session.medias.len()).finish_non_exhaustive()
    }
}

/// The description cannot be read; deliberately without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpError;

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed session description")
    }
}

impl std::error::Error for SdpError {}

/// Keeps the lines that matter to a call, so that a slip in an e-mail or bandwidth line costs
/// nobody a call.
fn tidied(bytes: &[u8]) -> Result<String, SdpError> {
    let mut kept = String::with_capacity(bytes.len().saturating_add(16));
    for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if number >= LINES_MAX {
            return Err(SdpError);
        }
        let line = line.trim_ascii_end();
        if matters(line) {
            kept.push_str(&String::from_utf8_lossy(line));
            kept.push_str("\r\n");
        }
    }
    Ok(kept)
}

fn matters(line: &[u8]) -> bool {
    matches!(line, [b'v' | b'o' | b's' | b't' | b'c' | b'm' | b'a', b'=', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_without_origin_name_and_time_is_read() {
        let offer = Offer::parse(b"v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 8\n");
        assert_eq!(offer.unwrap().session().medias.len(), 1);
    }

    #[test]
    fn lines_that_do_not_matter_may_be_broken() {
        let text = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\xff\r\ne=\r\nb=rubbish\r\nnoise\r\n\
            c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
        assert!(Offer::parse(text).is_ok());
    }

    #[test]
    fn an_offer_without_version_is_refused() {
        assert_eq!(Offer::parse(b"o=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"), Err(SdpError));
        assert_eq!(Offer::parse(b""), Err(SdpError));
    }

    #[test]
    fn the_limits_on_size_lines_and_media_hold() {
        let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
        let media = "m=audio 4000 RTP/AVP 8\r\n";
        assert!(Offer::parse(format!("{head}{}", media.repeat(16)).as_bytes()).is_ok());
        assert!(Offer::parse(format!("{head}{}", media.repeat(17)).as_bytes()).is_err());
        assert!(Offer::parse(format!("{head}{}", "a=x\r\n".repeat(600)).as_bytes()).is_err());
        assert!(Offer::parse(format!("{head}a={}", "x".repeat(9000)).as_bytes()).is_err());
    }

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let text = b"v=0\r\no=+420700111222 1 1 IN IP4 192.0.2.1\r\ns=Jana\r\nt=0 0\r\n";
        let shown = format!("{:?}", Offer::parse(text).unwrap());
        assert!(!shown.contains("700111222") && !shown.contains("Jana"), "{shown}");
    }
}
