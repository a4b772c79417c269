//! The top Via value: how a response finds its way back (RFC 3261 section 18.2, RFC 3581).

use std::net::SocketAddr;

use super::text::{
    are_parameters, is_space, is_token, is_token_byte, parameter, parameters, split_once, trim,
};
use super::uri::host_and_port;

/// The mark of a branch that is unique across space and time (RFC 3261 section 8.1.1.7).
const COOKIE: &[u8] = b"z9hG4bK";

/// A Via value in pieces.
#[derive(Clone, Copy)]
pub(crate) struct Via<'a> {
    /// `SIP/2.0/UDP host:port` as it came.
    head: &'a [u8],
    /// Host and port as written.
    sent_by: &'a [u8],
    host: &'a [u8],
    port: Option<u16>,
    parameters: Option<&'a [u8]>,
}

impl<'a> Via<'a> {
    /// Takes one value apart. Spaces may stand wherever the grammar has LWS or SLASH.
    pub(crate) fn parse(value: &'a [u8]) -> Option<Self> {
        let (head, parameters) = split_once(value, b';');
        let rest = token_then(head, Some(b'/'))?;
        let rest = token_then(rest, Some(b'/'))?;
        let sent_by = trim(token_then(rest, None)?);
        let (host, port) = host_and_port(sent_by);
        let (host, port) = (trim(host), port.map(trim));
        let port = match port {
            Some(text) => Some(core::str::from_utf8(text).ok()?.parse().ok()?),
            None => None,
        };
        let host_is_one =
            !host.is_empty() && !host.iter().copied().any(|b| is_space(b) || b == b',');
        (host_is_one && are_parameters(parameters)).then_some(Self {
            head,
            sent_by,
            host,
            port,
            parameters,
        })
    }

    /// Host and port as written.
    pub(crate) const fn sent_by(&self) -> &'a [u8] {
        self.sent_by
    }

    /// The branch, if it carries the cookie and something after it; everything else is matched by
    /// the rule of RFC 2543 (RFC 3261 section 17.2.3).
    pub(crate) fn branch(&self) -> Option<&'a [u8]> {
        let branch = parameter(self.parameters?, "branch")??;
        let (cookie, rest) = branch.split_at_checked(COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(COOKIE) && !rest.is_empty()).then_some(branch)
    }

    /// Whatever stands in `branch`, cookie or not.
    pub(crate) fn branch_or_nothing(&self) -> &'a [u8] {
        self.parameters.and_then(|text| parameter(text, "branch")?).unwrap_or_default()
    }

    fn wants_rport(&self) -> bool {
        self.parameters.is_some_and(|text| parameter(text, "rport").is_some())
    }

    /// Where a response goes: to the source wherever `rport` was asked or `always`, else to the
    /// source's address and the port of the Via (RFC 3261 section 18.2.2).
    pub(crate) fn answer_to(&self, source: SocketAddr, always: bool) -> SocketAddr {
        if always || self.wants_rport() {
            return source;
        }
        SocketAddr::new(source.ip(), self.port.unwrap_or(5060))
    }

    /// The value with `received` and `rport` as we saw them; what a peer wrote there is dropped.
    pub(crate) fn write_answered(&self, out: &mut Vec<u8>, source: SocketAddr) {
        let rport = self.wants_rport();
        let named = self.host_is(source);
        let known = self.parameters.is_some_and(|text| parameter(text, "received").is_some());
        if named && !rport && !known {
            out.extend_from_slice(self.head);
            self.parameters.iter().for_each(|text| append(out, b";", text));
            return;
        }
        out.extend_from_slice(trim(self.head));
        for (name, value) in self.parameters.into_iter().flat_map(parameters) {
            if name.eq_ignore_ascii_case(b"received") || name.eq_ignore_ascii_case(b"rport") {
                continue;
            }
            append(out, b";", name);
            value.iter().for_each(|value| append(out, b"=", value));
        }
        if rport {
            append(out, b";rport=", source.port().to_string().as_bytes());
        }
        if rport || !named {
            append(out, b";received=", source.ip().to_canonical().to_string().as_bytes());
        }
    }

    fn host_is(&self, source: SocketAddr) -> bool {
        let host = self.host.strip_prefix(b"[").unwrap_or(self.host);
        let host = host.strip_suffix(b"]").unwrap_or(host);
        core::str::from_utf8(host)
            .ok()
            .and_then(|text| text.parse::<std::net::IpAddr>().ok())
            .is_some_and(|ip| ip == source.ip().to_canonical())
    }
}

fn append(out: &mut Vec<u8>, mark: &[u8], text: &[u8]) {
    out.extend_from_slice(mark);
    out.extend_from_slice(text);
}

/// Skips a token and the separator after it (`None`: white space), with spaces around both.
fn token_then(text: &[u8], separator: Option<u8>) -> Option<&[u8]> {
    let text = trim(text);
    let length = text.iter().position(|&byte| !is_token_byte(byte))?;
    let (token, rest) = text.split_at(length);
    if !is_token(token) {
        return None;
    }
    match separator {
        Some(separator) => trim(rest).strip_prefix(&[separator]),
        None => rest.first().copied().is_some_and(is_space).then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "192.0.2.9:6000";

    fn answered(value: &str) -> String {
        let mut out = Vec::new();
        Via::parse(value.as_bytes()).unwrap().write_answered(&mut out, SOURCE.parse().unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_via_that_names_its_source_goes_back_untouched() {
        let value = "SIP/2.0/UDP 192.0.2.9:5060 ; branch=z9hG4bKa ;x=\"y;z\"";
        assert_eq!(answered(value), value);
    }

    #[test]
    fn a_via_that_names_another_host_gets_received() {
        assert_eq!(
            answered("SIP/2.0/UDP my_pc.example;branch=z9hG4bKa"),
            "SIP/2.0/UDP my_pc.example;branch=z9hG4bKa;received=192.0.2.9"
        );
    }

    #[test]
    fn rport_is_filled_in_and_a_forged_received_dropped() {
        assert_eq!(
            answered("SIP/2.0/UDP 10.0.0.1;rport;received=203.0.113.1;branch=z9hG4bKa"),
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport=6000;received=192.0.2.9"
        );
        assert_eq!(
            answered("SIP/2.0/UDP 10.0.0.1;rport=1;branch=z9hG4bKa"),
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;rport=6000;received=192.0.2.9"
        );
    }

    #[test]
    fn spaces_are_taken_wherever_the_grammar_has_them() {
        let via =
            Via::parse(b"SIP / 2.0\r\n /UDP\r\n 192.0.2.2 : 5070 ; branch = z9hG4bKx").unwrap();
        assert_eq!((via.host, via.port), (b"192.0.2.2".as_slice(), Some(5070)));
        assert_eq!(via.branch(), Some(b"z9hG4bKx".as_slice()));
    }

    #[test]
    fn other_transports_hosts_and_versions_are_taken() {
        for value in [
            "SIP/2.0/WSS x.invalid;branch=z9hG4bKa",
            "SIP/2.0/SCTP [2001:db8::9:1]:5070;branch=z9hG4bKa",
            "SIP/7.0/UDP c.example;branch=z9hG4bKa",
        ] {
            assert!(Via::parse(value.as_bytes()).is_some(), "{value}");
        }
    }

    #[test]
    fn a_bare_or_missing_cookie_is_no_branch() {
        let branch = |value: &'static str| Via::parse(value.as_bytes()).unwrap().branch();
        assert_eq!(branch("SIP/2.0/UDP a;branch=z9hG4bK"), None);
        assert_eq!(branch("SIP/2.0/UDP a;branch=1"), None);
        assert_eq!(branch("SIP/2.0/UDP a"), None);
    }

    #[test]
    fn damaged_values_are_refused() {
        for value in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0 UDP a",
            "SIP/2.0/UDP a;;b",
            "SIP/2.0/UDP a:99999",
            "SIP/2.0/UDP a b",
            "SIP/2.0/UDP ;branch=z9hG4bKa",
        ] {
            assert!(Via::parse(value.as_bytes()).is_none(), "{value}");
        }
    }

    #[test]
    fn the_answer_goes_to_the_source_or_to_the_port_in_the_via() {
        let source: SocketAddr = SOURCE.parse().unwrap();
        let to =
            |value: &str, always| Via::parse(value.as_bytes()).unwrap().answer_to(source, always);
        assert_eq!(to("SIP/2.0/UDP a:5080", true).port(), 6000);
        assert_eq!(to("SIP/2.0/UDP a:5080", false).port(), 5080);
        assert_eq!(to("SIP/2.0/UDP a", false).port(), 5060);
        assert_eq!(to("SIP/2.0/UDP a;rport", false).port(), 6000);
    }
}
