//! `mail:` of `config/linka.yaml`: from whom mails come, and which server takes them.

use std::path::PathBuf;

use linka_model::Lang;
use serde::Deserialize;

/// The longest that a server may take for one mail, in seconds. A mail is taken for longer than four
/// of them, so that no other node sends it meanwhile.
const TIMEOUT_S_MAX: u64 = 30;

/// The section, and each key in it, may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mail {
    /// The sender: `name@host` or `Name <name@host>`.
    pub(crate) from: String,
    /// Who is told when something is wrong with the service itself.
    pub(crate) operator: Vec<Reader>,
    /// Where the links of mails lead; the node's own web address where it is left out.
    pub(crate) console: Option<String>,
    /// Where it is left out, mails are written into a folder.
    pub(crate) smtp: Option<Smtp>,
}

impl Default for Mail {
    fn default() -> Self {
        let from = "linka <linka@localhost>".to_owned();
        Self { from, operator: Vec::new(), console: None, smtp: None }
    }
}

/// Who reads mails, in which language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reader {
    pub(crate) address: String,
    pub(crate) language: Lang,
}

/// A server that takes mails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Smtp {
    pub(crate) host: String,
    /// 587, or 465 with `security: tls`, where it is left out.
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) security: Security,
    pub(crate) user: Option<String>,
    /// The file that holds the password.
    pub(crate) password_file: Option<PathBuf>,
    /// A root of trust beside those of the machine, in PEM.
    pub(crate) ca_file: Option<PathBuf>,
    /// The longest that the server may take for one mail, in seconds.
    #[serde(default)]
    pub(crate) timeout_s: Timeout,
}

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Security {
    /// STARTTLS (RFC 3207), or nothing is sent.
    #[default]
    Starttls,
    /// STARTTLS where the server offers it; plain where it does not.
    Opportunistic,
    /// TLS from the first byte (RFC 8314).
    Tls,
}

/// Seconds, 1 to 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Timeout(pub(crate) u64);

impl Default for Timeout {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u64> for Timeout {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        let fits = (1..=TIMEOUT_S_MAX).contains(&seconds);
        fits.then_some(Self(seconds)).ok_or_else(|| format!("use 1 to {TIMEOUT_S_MAX} seconds"))
    }
}
