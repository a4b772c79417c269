//! `config/trunks.yaml`: the carriers that calls are accepted from.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use linka_sip::{CalledNumber, Net, Trunk};
use serde::Deserialize;

use super::ConfigError;

/// How long a call may be without sound, in seconds.
const TIMEOUT_S: RangeInclusive<u64> = 5..=3_600;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunks {
    trunks: Vec<RawTrunk>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrunk {
    name: String,
    signalling: Vec<RawNet>,
    media: Vec<RawNet>,
    country_code: String,
    #[serde(default)]
    called_number: RawCalled,
    #[serde(default)]
    trust_cpc: bool,
    #[serde(default = "default_closed")]
    closed_code: u16,
    #[serde(default = "default_timeout")]
    media_timeout_s: u64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawCalled {
    #[default]
    RequestUri,
    To,
    PCalledPartyId,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct RawNet(Net);

impl TryFrom<String> for RawNet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|error| format!("`{text}` is {error}"))
    }
}

const fn default_closed() -> u16 {
    480
}

const fn default_timeout() -> u64 {
    30
}

impl Trunks {
    /// Reads and checks the file; everything that is wrong comes at once.
    pub(crate) fn load(file: &Path) -> Result<Vec<Trunk>, ConfigError> {
        let raw: Self = super::read(file)?;
        let mut names = BTreeSet::new();
        let twice = raw.trunks.iter().filter(|trunk| !names.insert(&trunk.name));
        let twice = twice.map(|trunk| format!("two trunks have the name `{}`", trunk.name));
        let mut faults: Vec<String> = twice.collect();
        faults.extend(raw.trunks.iter().flat_map(RawTrunk::faults));
        if faults.is_empty() {
            return Ok(raw.trunks.into_iter().map(RawTrunk::into_trunk).collect());
        }
        let placed = faults.iter().map(|fault| format!("{}: {fault}", file.display()));
        Err(ConfigError::new(placed.collect::<Vec<_>>().join("\n  ")))
    }
}

impl RawTrunk {
    fn faults(&self) -> Vec<String> {
        let Self { name, closed_code, country_code, media_timeout_s, .. } = self;
        let mut faults = Vec::new();
        if !(400..700).contains(closed_code) {
            faults.push(format!(
                "trunk `{name}`: closed_code {closed_code} is no refusal: use a SIP status from 400 to 699, for example 480"
            ));
        }
        if !is_country_code(country_code) {
            faults.push(format!(
                "trunk `{name}`: country_code `{country_code}` is none: write the 1 to 3 digits of E.164, for example \"420\""
            ));
        }
        if !TIMEOUT_S.contains(media_timeout_s) {
            faults.push(format!(
                "trunk `{name}`: media_timeout_s {media_timeout_s} would end calls too soon or never: use a number from {} to {}",
                TIMEOUT_S.start(),
                TIMEOUT_S.end()
            ));
        }
        faults
    }

    fn into_trunk(self) -> Trunk {
        let nets = |raw: &[RawNet]| raw.iter().map(|net| net.0).collect();
        let mut trunk = Trunk::new(self.name, self.country_code);
        trunk.signalling = nets(&self.signalling);
        trunk.media = nets(&self.media);
        trunk.called_number = match self.called_number {
            RawCalled::RequestUri => CalledNumber::RequestUri,
            RawCalled::To => CalledNumber::To,
            RawCalled::PCalledPartyId => CalledNumber::PCalledPartyId,
        };
        trunk.trust_cpc = self.trust_cpc;
        trunk.closed_code = self.closed_code;
        trunk.media_timeout = Duration::from_secs(self.media_timeout_s);
        trunk
    }
}

/// A country calling code of E.164: one to three digits, and no country begins with 0.
fn is_country_code(text: &str) -> bool {
    (1..=3).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
}

/// The demo's only trunk: this host, and the network of the address that SIP is heard on
/// (decision 20). On the local network: the private networks of RFC 1918 and RFC 4193.
pub(crate) fn demo_trunk(sip: SocketAddr, lan: bool) -> Trunk {
    let mut trunk = Trunk::new("demo", "420");
    let mut texts = vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()];
    if lan {
        let private =
            ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"];
        texts.extend(private.map(str::to_owned));
    }
    match sip.ip() {
        IpAddr::V4(ip) if !ip.is_unspecified() => texts.push(format!("{ip}/24")),
        IpAddr::V6(ip) if !ip.is_unspecified() => texts.push(format!("{ip}/64")),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let nets: Vec<Net> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    trunk.signalling = nets.clone();
    trunk.media = nets;
    trunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_answers_this_host_and_the_private_networks_only_when_asked() {
        let sip: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        let desk_phone: IpAddr = "192.168.1.20".parse().unwrap();
        assert!(!demo_trunk(sip, false).signals_from(desk_phone));
        assert!(demo_trunk(sip, true).signals_from(desk_phone));
        assert!(!demo_trunk(sip, true).signals_from("198.51.100.7".parse().unwrap()));
    }

    #[test]
    fn a_network_that_is_none_is_refused_with_its_place() {
        let yaml = "trunks:\n  - name: t\n    signalling: [10.0.0.0/40]\n    media: []\n    country_code: \"420\"\n";
        let error = super::super::parse::<Trunks>(yaml, Path::new("trunks.yaml")).unwrap_err();
        assert!(error.to_string().contains("trunks.yaml:3:"), "{error}");
        assert!(error.to_string().contains("not a network"), "{error}");
    }
}
