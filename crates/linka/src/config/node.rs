//! `config/linka.yaml`: one node.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use super::{Mail, Organisation, Payments, Term};

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    /// Where database and reports lie.
    #[serde(default = "default_data")]
    pub(crate) data: PathBuf,
    /// Which database holds the books: `embedded`, or the address of a PostgreSQL server.
    #[serde(default = "default_database")]
    pub(crate) database: String,
    /// The file that holds the server's password.
    #[serde(default)]
    pub(crate) database_password_file: Option<PathBuf>,
    /// The prompt packs.
    #[serde(default = "default_prompts")]
    pub(crate) prompts: PathBuf,
    /// The price lists.
    #[serde(default = "default_ratecards")]
    pub(crate) ratecards: PathBuf,
    /// The carriers.
    #[serde(default = "default_trunks")]
    pub(crate) trunks: PathBuf,
    /// How long nodes over one server wait for each other.
    #[serde(default)]
    pub(crate) term: Term,
    #[serde(default)]
    pub(crate) sip: Sip,
    #[serde(default)]
    pub(crate) rtp: Rtp,
    #[serde(default)]
    pub(crate) http: Http,
    #[serde(default)]
    pub(crate) mail: Mail,
    #[serde(default)]
    pub(crate) log: Log,
    /// How credit is paid for.
    #[serde(default)]
    pub(crate) payments: Payments,
    /// Organisations and their lines.
    #[serde(default)]
    pub(crate) organisations: Vec<Organisation>,
}

/// Signalling.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sip {
    pub(crate) listen: SocketAddr,
    pub(crate) advertise: Option<IpAddr>,
    pub(crate) calls_max: u16,
}

impl Default for Sip {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060));
        Self { listen, advertise: None, calls_max: 200 }
    }
}

/// Media.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rtp {
    pub(crate) ports: PortRange,
    pub(crate) threads: Option<u16>,
    pub(crate) portable_sockets: bool,
}

impl Default for Rtp {
    fn default() -> Self {
        Self { ports: PortRange(10_000, 20_000), threads: None, portable_sockets: false }
    }
}

/// The console's address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)) }
    }
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) level: LogLevel,
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text }
    }
}

/// From which weight on a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// A range of ports, written `10000-20000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PortRange(pub(crate) u16, pub(crate) u16);

impl std::str::FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no range of ports: write LOW-HIGH, for example 10000-20000");
        let (low, high) = text.split_once('-').ok_or_else(wrong)?;
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong());
        let (low, high) = (port(low)?, port(high)?);
        if low < 1_024 || high <= low { Err(wrong()) } else { Ok(Self(low, high)) }
    }
}

impl TryFrom<String> for PortRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn default_data() -> PathBuf {
    "../data/node".into()
}

fn default_database() -> String {
    "embedded".to_owned()
}

fn default_prompts() -> PathBuf {
    "../prompts".into()
}

fn default_ratecards() -> PathBuf {
    "ratecards".into()
}

fn default_trunks() -> PathBuf {
    "trunks.yaml".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_ports_is_two_numbers_and_the_first_is_no_system_port() {
        assert_eq!("10000-20000".parse(), Ok(PortRange(10_000, 20_000)));
        for wrong in ["", "10000", "20000-10000", "80-90", "1-2-3", "a-b", "10000-70000"] {
            assert!(wrong.parse::<PortRange>().is_err(), "{wrong}");
        }
    }
}
