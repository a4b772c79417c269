//! What the demo says when it takes calls: what to dial, with what, and what is heard.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use linka_sip::Trunk;

use super::DemoLine;

/// An address of the documentation's network (RFC 5737): nothing is sent there.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// The address to dial. Where SIP is heard on all addresses it is the one that this machine has on
/// the local network, if the trunk answers there; a telephone elsewhere can dial no other.
pub(super) fn dialable(sip: SocketAddr, trunk: &Trunk) -> SocketAddr {
    if !sip.ip().is_unspecified() {
        return sip;
    }
    let routed = routed_address().filter(|ip| !ip.is_unspecified() && trunk.signals_from(*ip));
    SocketAddr::new(routed.unwrap_or(Ipv4Addr::LOCALHOST.into()), sip.port())
}

/// The address that this machine sends from to other networks.
fn routed_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The whole text. `sip` is where SIP is heard, `dial` the address to dial.
pub(super) fn text(
    data: &Path,
    (sip, dial): (SocketAddr, SocketAddr),
    http: SocketAddr,
    lines: &[DemoLine],
) -> String {
    let mut text = vec![
        format!("linka takes calls: SIP on {sip} (UDP)."),
        format!(
            "Health and figures: http://{http}/healthz, http://{http}/metrics. The console comes later; there is no sign-in yet."
        ),
        format!(
            "Data: {}. Reports lie there as plain WAV files until the vault exists.",
            data.display()
        ),
        String::new(),
        "Dial one of these:".to_owned(),
    ];
    for line in lines {
        text.push(format!("  {}   {}: {}", line.sip_uri, line.organisation, heard(line.state)));
    }
    if sip.ip().is_unspecified() && dial.ip().is_loopback() {
        text.push(
            "This machine has no address on a private network: other telephones cannot reach it."
                .to_owned(),
        );
    }
    if let Some(open) = lines.iter().find(|line| line.state == "on") {
        text.extend(examples(&open.sip_uri, &open.number, &data_option(data)));
    }
    text.push("Ctrl-C stops linka.".to_owned());
    text.join("\n")
}

fn heard(state: &str) -> &'static str {
    match state {
        "on" => "answers; hear it through and leave a report",
        "off" => "switched off; your phone says unavailable (480)",
        "no_credit" => "on, but without credit; sounds the same as switched off",
        "top_up_credit" => "waits for credit",
        _ => "is not registered yet",
    }
}

fn data_option(data: &Path) -> String {
    if data == Path::new("data/demo") {
        String::new()
    } else {
        format!(" --data '{}'", data.display())
    }
}

/// A whole call in English: language, category, unit, consent, a report, its review, the code.
const SCRIPT: &str = "talk; quiet 2; key 2; talk; quiet 1; key 1; talk; quiet 1; key 1; \
    talk; quiet 1; key 1; talk 60; quiet 2; say prompts/en/info_how.ogg; key #; \
    talk; quiet 1; key 1; talk; quiet 1; key 1; quiet 3 90; key #; quiet 3 60; hangup";

/// What to type, word for word.
fn examples(uri: &str, number: &str, data: &str) -> Vec<String> {
    vec![
        String::new(),
        "With any SIP phone (Linphone, baresip, a desk phone with --lan), or with linka's own:"
            .to_owned(),
        format!("  cargo run --release -- call {uri}"),
        "      type keys and Enter; add --record heard.wav to hear afterwards what the line said"
            .to_owned(),
        "A whole call by itself, in English, written to heard.wav:".to_owned(),
        format!("  cargo run --release -- call {uri} --record heard.wav --script '{SCRIPT}'"),
        "Then look at what was left, and what it cost:".to_owned(),
        format!("  cargo run --release -- reports{data}"),
        format!("  cargo run --release -- calls{data}"),
        "Switch the line off and on, grant credit:".to_owned(),
        format!("  cargo run --release -- lines off {number}{data}"),
        format!(
            "  cargo run --release -- credit grant --org 'Bez kreditu s.r.o.' --amount 50{data}"
        ),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::demo_trunk;

    #[test]
    fn an_address_that_was_given_is_dialled_as_it_is() {
        let sip: SocketAddr = "127.0.0.1:5070".parse().unwrap();
        assert_eq!(dialable(sip, &demo_trunk(sip, false)), sip);
    }

    #[test]
    fn what_is_heard_everywhere_is_dialled_where_a_telephone_elsewhere_can_reach_it() {
        let sip: SocketAddr = "0.0.0.0:5060".parse().unwrap();
        let trunk = demo_trunk(sip, true);
        // What the kernel says is asked once more here; a machine without a private address has
        // only itself to be dialled from.
        let expected = match routed_address() {
            Some(ip) if trunk.signals_from(ip) && !ip.is_unspecified() => ip,
            _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        assert_eq!(dialable(sip, &trunk), SocketAddr::new(expected, 5060));
    }

    #[test]
    fn the_readme_shows_the_same_call() {
        let readme = include_str!("../../../../../README.md");
        assert!(readme.contains(&format!("--script '{SCRIPT}'")));
    }
}
