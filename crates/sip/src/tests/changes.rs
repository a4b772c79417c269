//! Changes of a running session: hold, resume, a new address, glare (rules W9 and W10).

use core::time::Duration;

use super::desk::{Desk, OFFER, Text, ack, value};
use crate::sdp::Direction;
use crate::{CallKey, Event};

fn reinvite(cseq: u32, tag: &str) -> Text {
    Text::request("INVITE", "a", cseq).tagged(tag).field("Contact: <sip:192.0.2.1:5060>")
}

fn hold(attribute: &str) -> String {
    format!("{OFFER}a={attribute}\r\n")
}

fn change(events: &[Event]) -> (CallKey, Direction, String) {
    let [Event::MediaChanged { call, agreed }] = events else { panic!("{events:?}") };
    (*call, agreed.direction, agreed.remote.to_string())
}

#[test]
fn each_way_to_hold_has_its_answer_and_resuming_too() {
    let mut desk = Desk::new();
    let (call, tag) = desk.confirmed("a");
    for (number, offer, ours, direction) in [
        (2, hold("sendonly"), "recvonly", Direction::RecvOnly),
        (3, hold("inactive"), "inactive", Direction::Inactive),
        (
            4,
            OFFER.replace("c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0"),
            "recvonly",
            Direction::RecvOnly,
        ),
        (5, hold("recvonly"), "sendonly", Direction::SendOnly),
        (6, OFFER.to_owned(), "sendrecv", Direction::SendRecv),
    ] {
        let seen = desk.feed(&reinvite(number, &tag).sdp(&offer));
        assert_eq!(seen.codes(), [200]);
        assert!(seen.last().contains(&format!("\r\na={ours}\r\n")), "{}", seen.last());
        let (changed, agreed, _) = change(&seen.events);
        assert_eq!((changed, agreed), (call, direction));
        assert!(desk.feed(&ack("a", number, &tag)).is_silent());
    }
}

#[test]
fn the_version_grows_only_where_our_description_changed() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let mut version = |number: u32, offer: &str| {
        let seen = desk.feed(&reinvite(number, &tag).sdp(offer));
        desk.feed(&ack("a", number, &tag));
        value(&seen.last().replace("o=", "o: "), "o").unwrap().to_owned()
    };
    assert_eq!(version(2, OFFER), "- 9 1 IN IP4 198.51.100.5");
    assert_eq!(version(3, &hold("sendonly")), "- 9 2 IN IP4 198.51.100.5");
    assert_eq!(version(4, &hold("sendonly")), "- 9 2 IN IP4 198.51.100.5");
    assert_eq!(version(5, OFFER), "- 9 3 IN IP4 198.51.100.5");
}

#[test]
fn media_moves_inside_of_the_trunks_networks_only() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let inside = OFFER.replace("c=IN IP4 192.0.2.20", "c=IN IP4 192.0.2.99");
    let seen = desk.feed(&reinvite(2, &tag).sdp(&inside));
    assert_eq!(change(&seen.events).2, "192.0.2.99:4000");
    desk.feed(&ack("a", 2, &tag));
    let outside = OFFER.replace("c=IN IP4 192.0.2.20", "c=IN IP4 203.0.113.9");
    let seen = desk.feed(&reinvite(3, &tag).sdp(&outside));
    assert_eq!((seen.codes(), seen.events.len()), (vec![488], 0));
}

#[test]
fn a_change_of_the_codec_is_refused_and_the_call_stays() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let seen = desk.feed(&reinvite(2, &tag).sdp(&OFFER.replace("8 0 101", "0 101")));
    assert_eq!((seen.codes(), seen.events.len(), desk.agent.calls()), (vec![488], 0, 1));
    assert_eq!(desk.feed(&reinvite(3, &tag).sdp(OFFER)).codes(), [200]);
}

#[test]
fn the_200_to_a_reinvite_is_resent_and_its_missing_ack_ends_the_call() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    desk.feed(&reinvite(2, &tag).sdp(OFFER));
    assert_eq!(desk.pass(Duration::from_millis(500)).codes(), [200]);
    // A late ACK of the first INVITE does not stop it.
    desk.feed(&ack("a", 1, &tag));
    assert_eq!(desk.pass(Duration::from_millis(1000)).codes(), [200]);
    let seen = desk.pass(Duration::from_secs(32));
    assert!(matches!(seen.events[..], [Event::Ended { cause: crate::EndCause::Timeout, .. }]));
}

#[test]
fn a_reinvite_without_an_offer_gets_ours_and_the_answer_comes_in_the_ack() {
    let mut desk = Desk::new();
    let (call, tag) = desk.confirmed("a");
    let seen = desk.feed(&reinvite(2, &tag));
    assert_eq!((seen.codes(), seen.events.len()), (vec![200], 0));
    assert!(seen.last().contains("m=audio 10000 RTP/AVP 8 101\r\n"));
    // Until then nobody may offer anything else.
    assert_eq!(desk.feed(&reinvite(3, &tag).sdp(OFFER)).codes(), [491]);
    assert_eq!(desk.feed(&Text::request("UPDATE", "a", 4).tagged(&tag).sdp(OFFER)).codes(), [491]);
    let seen = desk.feed(&ack("a", 2, &tag).sdp(&OFFER.replace("4000", "4010")));
    assert_eq!(change(&seen.events), (call, Direction::SendRecv, "192.0.2.20:4010".into()));
}

#[test]
fn an_update_changes_the_session_without_an_ack_or_only_refreshes() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let update = |number| Text::request("UPDATE", "a", number).tagged(&tag);
    let seen = desk.feed(&update(2).sdp(&hold("sendonly")));
    assert_eq!((seen.codes(), change(&seen.events).1), (vec![200], Direction::RecvOnly));
    let seen = desk.feed(&update(3));
    assert_eq!((seen.codes(), seen.events.len()), (vec![200], 0));
    assert!(desk.pass(Duration::from_secs(60)).sent.is_empty());
}

#[test]
fn an_old_or_repeated_number_gets_500() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    assert_eq!(desk.feed(&Text::request("INFO", "a", 5).tagged(&tag)).codes(), [200]);
    assert_eq!(desk.feed(&Text::request("INFO", "a", 4).tagged(&tag)).codes(), [500]);
    assert_eq!(desk.feed(&Text::request("OPTIONS", "a", 5).tagged(&tag)).codes(), [500]);
    assert_eq!(desk.feed(&Text::request("OPTIONS", "a", 6).tagged(&tag)).codes(), [200]);
}

#[test]
fn a_second_invite_before_the_answer_gets_500_with_retry_after() {
    let mut desk = Desk::new();
    let seen = desk.feed(&Text::invite("a"));
    // Our tag is known to nobody yet; a peer that guesses it right is still refused.
    let key = seen.call();
    desk.agent
        .answer(key, super::desk::ANSWER.into(), super::desk::US.parse().unwrap(), desk.now)
        .unwrap();
    let ok = desk.drain();
    let ours = super::desk::tag(value(ok.last(), "To").unwrap()).to_owned();
    let mut other = Desk::new();
    other.feed(&Text::invite("a"));
    let seen = other.feed(&reinvite(2, &ours).sdp(OFFER));
    assert_eq!(seen.codes(), [500]);
    let wait: u64 = value(seen.last(), "Retry-After").unwrap().parse().unwrap();
    assert!(wait <= 10);
}

#[test]
fn a_reinvite_moves_the_contact_that_our_bye_goes_to() {
    let mut desk = Desk::new();
    let (call, tag) = desk.confirmed("a");
    let moved = Text::request("INVITE", "a", 2).tagged(&tag).sdp(OFFER);
    desk.feed(&moved.field("Contact: <sip:192.0.2.66:5099>"));
    desk.feed(&ack("a", 2, &tag));
    desk.agent.hang_up(call, crate::HangUpReason::Normal, desk.now).unwrap();
    let bye = desk.drain();
    assert_eq!(bye.lines(), ["BYE sip:192.0.2.66:5099"]);
    assert_eq!(bye.to, ["192.0.2.66:5099".parse().unwrap()]);
}

#[test]
fn a_contact_outside_of_the_trunk_does_not_lead_our_bye_astray() {
    let mut desk = Desk::new();
    let invite = Text::invite("a").with("Contact", "<sip:x@10.0.0.1:5060>");
    let call = desk.feed(&invite).call();
    desk.agent
        .answer(call, super::desk::ANSWER.into(), super::desk::US.parse().unwrap(), desk.now)
        .unwrap();
    let ok = desk.drain();
    let tag = super::desk::tag(value(ok.last(), "To").unwrap()).to_owned();
    desk.feed(&ack("a", 1, &tag));
    desk.agent.hang_up(call, crate::HangUpReason::Normal, desk.now).unwrap();
    let bye = desk.drain();
    assert_eq!(bye.lines(), ["BYE sip:x@10.0.0.1:5060"]);
    assert_eq!(bye.to, [super::desk::CARRIER.parse().unwrap()]);
}

#[test]
fn a_strict_router_takes_the_place_of_the_target() {
    let mut desk = Desk::new();
    let invite = Text::invite("a").field("Record-Route: <sip:192.0.2.7>, <sip:192.0.2.8;lr>");
    let call = desk.feed(&invite).call();
    desk.agent
        .answer(call, super::desk::ANSWER.into(), super::desk::US.parse().unwrap(), desk.now)
        .unwrap();
    let ok = desk.drain();
    let tag = super::desk::tag(value(ok.last(), "To").unwrap()).to_owned();
    desk.feed(&ack("a", 1, &tag));
    desk.agent.hang_up(call, crate::HangUpReason::Normal, desk.now).unwrap();
    let bye = desk.drain();
    assert_eq!(bye.lines(), ["BYE sip:192.0.2.7"]);
    let routes: Vec<&str> =
        bye.last().lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(routes, ["<sip:192.0.2.8;lr>", "<sip:192.0.2.1:5060>"]);
}

#[test]
fn a_change_to_a_port_of_system_services_is_refused() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let seen = desk.feed(&reinvite(2, &tag).sdp(&OFFER.replace("audio 4000", "audio 161")));
    assert_eq!((seen.codes(), seen.events.len()), (vec![488], 0));
}

#[test]
fn packets_stay_as_long_as_the_first_answer_said() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let seen = desk.feed(&reinvite(2, &tag).sdp(&format!("{OFFER}a=ptime:30\r\n")));
    assert!(seen.last().contains("\r\na=ptime:20\r\n"), "{}", seen.last());
}

#[test]
fn a_request_before_the_ack_shows_once_that_the_peer_has_our_answer() {
    let mut desk = Desk::new();
    let (call, tag) = desk.answered("a");
    let info = |number| Text::request("INFO", "a", number).tagged(&tag);
    assert_eq!(desk.feed(&info(2)).events, [Event::Proven { call }]);
    assert_eq!(desk.feed(&info(3)).events, []);
    assert_eq!(desk.feed(&ack("a", 1, &tag)).events, [Event::Confirmed { call, sdp_answer: None }]);
    assert_eq!(desk.feed(&info(4)).events, []);
}

#[test]
fn rtcp_shares_the_port_where_the_peer_wants_it() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let seen = desk.feed(&reinvite(2, &tag).sdp(&format!("{OFFER}a=rtcp-mux\r\n")));
    assert!(seen.last().ends_with("a=sendrecv\r\na=rtcp-mux\r\n"), "{}", seen.last());
}
