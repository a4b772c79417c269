//! What the user agent is told at its start: trunks, limits, and how a caller's number is classed.

use core::fmt;
use core::time::Duration;
use std::net::{IpAddr, SocketAddr};

use crate::net::Net;

/// Everything a [`UserAgent`](crate::UserAgent) is given once, at its start.
pub struct Config {
    /// The carriers; a request from anywhere else meets silence (rule W14).
    pub trunks: Vec<Trunk>,
    /// The text of `Server` and `User-Agent`; empty leaves the fields out.
    pub user_agent: String,
    /// Whether an unknown source is answered 403, at most once a second; off by default.
    pub answer_unknown_source: bool,
    /// Sizes of the tables.
    pub limits: Limits,
    /// Turns a caller's number into its class; nothing else of the number leaves this crate.
    pub classify: Classifier,
}

impl Config {
    /// A configuration with default limits, no trunks and a classifier that knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            trunks: Vec::new(),
            user_agent: String::from("linka"),
            answer_unknown_source: false,
            limits: Limits::default(),
            classify: Box::new(|_, _| Origin::Unknown),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("trunks", &self.trunks)
            .field("user_agent", &self.user_agent)
            .field("answer_unknown_source", &self.answer_unknown_source)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// No media goes to the ports of system services (rule B8).
const LOWEST_MEDIA_PORT: u16 = 1_024;

/// One carrier, known by its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// The operator's name for it.
    pub name: String,
    /// Networks that may send us requests.
    pub signalling: Vec<Net>,
    /// Networks that media may go to (rule B8).
    pub media: Vec<Net>,
    /// Where this carrier writes the dialled number (rule W15).
    pub called_number: CalledNumber,
    /// Country calling code without `+`, completes national digits: `"420"`.
    pub country_code: String,
    /// Whether the carrier's word on the calling party's category is believed.
    pub trust_cpc: bool,
    /// The one answer to a closed line, whatever closed it; 480 by default (rule W37).
    pub closed_code: u16,
    /// Silence of media after which a call ends.
    pub media_timeout: Duration,
    /// Answer to the address and port a request came from, even where `rport` was not asked (rule W6).
    pub answer_to_source: bool,
}

impl Trunk {
    /// A trunk with the defaults: Request-URI, 480, 30 s, answers to the source, no networks yet.
    #[must_use]
    pub fn new(name: impl Into<String>, country_code: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            signalling: Vec::new(),
            media: Vec::new(),
            called_number: CalledNumber::RequestUri,
            country_code: country_code.into(),
            trust_cpc: false,
            closed_code: 480,
            media_timeout: Duration::from_secs(30),
            answer_to_source: true,
        }
    }

    /// Whether requests from `address` are this trunk's.
    #[must_use]
    pub fn signals_from(&self, address: IpAddr) -> bool {
        self.signalling.iter().any(|net| net.contains(address))
    }

    /// Whether media may be sent to `remote`: within the networks, and not to a port of system
    /// services (rule B8).
    #[must_use]
    pub fn may_send_to(&self, remote: SocketAddr) -> bool {
        remote.port() >= LOWEST_MEDIA_PORT && self.media.iter().any(|net| net.contains(remote.ip()))
    }
}

/// Where a trunk writes the dialled number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalledNumber {
    /// The Request-URI.
    RequestUri,
    /// The To header.
    To,
    /// P-Called-Party-ID (RFC 7315 section 4.2); the Request-URI where it is missing.
    PCalledPartyId,
}

/// Upper bounds of the tables; above them a request gets 503, then silence (rule B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls held at once.
    pub calls: usize,
    /// Server transactions held at once. A quarter of them is kept for requests of calls that live,
    /// and each lasts 32 s: for INVITE and BYE of every new call the rest has to hold 64 times
    /// [`calls_per_second`](Self::calls_per_second).
    pub server_transactions: usize,
    /// Client transactions held at once.
    pub client_transactions: usize,
    /// New calls a second before 503 (rule W25); as many may come in one burst.
    pub calls_per_second: u32,
    /// Stateless 503 answers a second once a table is full; above it there is silence.
    pub refusals_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 1_000,
            server_transactions: 8_600,
            client_transactions: 4_000,
            calls_per_second: 100,
            refusals_per_second: 50,
        }
    }
}

/// Classes a caller's number as seen from a trunk's country, which is told by its country calling
/// code: a pure function, called once an INVITE.
pub type Classifier = Box<dyn Fn(&CallerNumber<'_>, &str) -> Origin + Send>;

/// A caller's number on its way into the classifier. It shows nothing of itself in `Debug`.
pub struct CallerNumber<'a>(&'a str);

impl<'a> CallerNumber<'a> {
    pub(crate) const fn new(e164: &'a str) -> Self {
        Self(e164)
    }

    /// The number as E.164 with `+`. It must not be kept.
    #[must_use]
    pub const fn expose(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for CallerNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// Where a call comes from, as far as a tariff needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A fixed line of the trunk's country.
    Fixed,
    /// A mobile of the trunk's country.
    Mobile,
    /// A payphone, on the word of a trusted trunk only.
    Payphone,
    /// Another country.
    Abroad,
    /// Unknown, which includes withheld.
    Unknown,
}
