//! Links in letters.

use core::fmt;
use core::str::FromStr;

use crate::LetterError;
use crate::clean::shortened;

/// A line of a mail holds at most 998 bytes (RFC 5322, 2.1.1), and a link has one for itself.
const LENGTH_MAX: usize = 900;

/// A link into the console: `https`, or `http` for a console that is not on the net.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link(String);

impl Link {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Link {
    type Err = LetterError;

    fn from_str(text: &str) -> Result<Self, LetterError> {
        let refuse =
            |why| LetterError::Link { link: shortened(&text.escape_debug().to_string(), 80), why };
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match host {
            None => Err(refuse("it begins neither with https:// nor with http://")),
            Some("") => Err(refuse("it names no host")),
            Some(_) if text.len() > LENGTH_MAX => Err(refuse("it has more than 900 bytes")),
            Some(rest) if !rest.bytes().all(is_uri_byte) => {
                Err(refuse("it has characters that a URI escapes with % (RFC 3986)"))
            }
            Some(_) => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The characters of RFC 3986, section 2.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_links_without_surprises_are_taken() {
        assert!("https://linka.example/lines/7?a=b&c=d#x".parse::<Link>().is_ok());
        assert!("http://127.0.0.1:8080/".parse::<Link>().is_ok());
        for wrong in [
            "",
            "linka.example",
            "https://",
            "javascript:alert(1)",
            "https://a b",
            "https://a\r\nB",
            "https://a/\"><script>",
            "ftp://x",
        ] {
            assert!(wrong.parse::<Link>().is_err(), "{wrong}");
        }
        assert!(format!("https://{}", "a".repeat(893)).parse::<Link>().is_err());
        assert!(format!("https://{}", "a".repeat(892)).parse::<Link>().is_ok());
    }
}
