//! Calls of our own (RFC 3261 sections 9.1, 13.2 and 17.1.1).

use core::time::Duration;

use super::desk::{Desk, OFFER, Seen, UDP, US, value};
use crate::{CallKey, Config, EndCause, Event, Gone, HangUpReason, OutgoingCall};

const PEER: &str = "203.0.113.7:5060";

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A telephone without trunks that has just called, and its INVITE.
fn calling() -> (Desk, CallKey, String) {
    let mut desk = Desk::of(Config::new());
    let target = rsip::Uri {
        scheme: Some(rsip::Scheme::Sip),
        auth: Some(rsip::Auth { user: "+420228880123".into(), password: None }),
        host_with_port: PEER.parse::<std::net::SocketAddr>().unwrap().into(),
        ..rsip::Uri::default()
    };
    let call = OutgoingCall {
        target,
        transport: UDP,
        destination: PEER.parse().unwrap(),
        local: US.parse().unwrap(),
        sdp: crate::sdp::offer("198.51.100.5:10000".parse().unwrap(), 3),
    };
    let call = desk.agent.invite(call, desk.now).unwrap();
    let invite = desk.drain().sent.remove(0);
    (desk, call, invite)
}

/// A response to a request of ours.
fn response(request: &str, line: &str, tag: &str, more: &str) -> Vec<u8> {
    let copy = |name: &str| format!("{name}: {}\r\n", value(request, name).unwrap());
    let to = value(request, "To").unwrap();
    let to =
        if tag.is_empty() { format!("To: {to}\r\n") } else { format!("To: {to};tag={tag}\r\n") };
    let head = copy("Via") + &copy("From") + &to + &copy("Call-ID") + &copy("CSeq");
    format!("SIP/2.0 {line}\r\n{head}{more}").into_bytes()
}

fn ok(request: &str, tag: &str) -> Vec<u8> {
    let body = format!("Contact: <sip:x@{PEER}>\r\nContent-Type: application/sdp\r\n\r\n{OFFER}");
    response(request, "200 OK", tag, &body)
}

fn plain(request: &str, line: &str) -> Vec<u8> {
    response(request, line, "p", "\r\n")
}

fn feed(desk: &mut Desk, bytes: &[u8]) -> Seen {
    desk.feed_from(PEER, bytes)
}

#[test]
fn our_invite_is_anonymous_and_whole() {
    let (_, _, invite) = calling();
    let get = |name: &str| value(&invite, name).unwrap();
    let sdp = invite.split_once("\r\n\r\n").unwrap().1;
    let (via, from, id) = (get("Via"), get("From"), get("Call-ID"));
    assert_eq!(
        invite,
        format!(
            "INVITE sip:+420228880123@203.0.113.7:5060 SIP/2.0\r\nVia: {via}\r\n\
             Max-Forwards: 70\r\nFrom: {from}\r\nTo: <sip:+420228880123@203.0.113.7:5060>\r\n\
             Call-ID: {id}\r\nCSeq: 1 INVITE\r\nContact: <sip:198.51.100.5:5060>\r\n\
             Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\nUser-Agent: linka\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    );
    assert!(via.starts_with("SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bK"), "{via}");
    assert!(from.starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="), "{from}");
}

#[test]
fn our_invite_goes_out_seven_times_and_fails_after_32_seconds() {
    let (mut desk, call, _) = calling();
    // A: 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s after the first.
    assert_eq!(desk.pass(ms(31_999)).lines().len(), 6);
    let seen = desk.pass(ms(1));
    assert_eq!(seen.events, [Event::Refused { call, status: rsip::StatusCode::RequestTimeout }]);
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn an_answer_is_acknowledged_once_for_each_time_it_comes() {
    let (mut desk, call, invite) = calling();
    assert!(feed(&mut desk, &plain(&invite, "100 Trying")).is_silent());
    let seen = feed(&mut desk, &plain(&invite, "180 Ringing"));
    assert_eq!(seen.events, [Event::Ringing { call }]);
    let seen = feed(&mut desk, &ok(&invite, "p"));
    assert_eq!(seen.lines(), ["ACK sip:x@203.0.113.7:5060"]);
    assert!(
        matches!(seen.events[..], [Event::Answered { call: answered, .. }] if answered == call)
    );
    let ack = seen.last().to_owned();
    assert_eq!(value(&ack, "CSeq"), Some("1 ACK"));
    assert_ne!(value(&ack, "Via"), value(&invite, "Via"));
    let again = feed(&mut desk, &ok(&invite, "p"));
    assert_eq!((again.last(), again.events.len()), (ack.as_str(), 0));
}

#[test]
fn a_refusal_is_acknowledged_in_its_own_transaction() {
    let (mut desk, call, invite) = calling();
    let seen = feed(&mut desk, &plain(&invite, "486 Busy Here"));
    assert_eq!(seen.lines(), ["ACK sip:+420228880123@203.0.113.7:5060"]);
    assert_eq!(value(seen.last(), "Via"), value(&invite, "Via"));
    assert_eq!(value(seen.last(), "To"), Some("<sip:+420228880123@203.0.113.7:5060>;tag=p"));
    assert_eq!(seen.events, [Event::Refused { call, status: rsip::StatusCode::BusyHere }]);
    let again = feed(&mut desk, &plain(&invite, "486 Busy Here"));
    assert_eq!((again.lines().len(), again.events.len()), (1, 0));
    assert_eq!(desk.agent.hang_up(call, HangUpReason::Normal, desk.now), Err(Gone));
    desk.pass(ms(32_000));
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn a_cancel_waits_for_the_first_response() {
    let (mut desk, call, invite) = calling();
    desk.agent.hang_up(call, HangUpReason::Normal, desk.now).unwrap();
    assert!(desk.drain().is_silent());
    let cancel = feed(&mut desk, &plain(&invite, "100 Trying")).sent.remove(0);
    assert_eq!(value(&cancel, "Via"), value(&invite, "Via"));
    assert_eq!(value(&cancel, "CSeq"), Some("1 CANCEL"));
    assert!(feed(&mut desk, &plain(&cancel, "200 OK")).is_silent());
    let seen = feed(&mut desk, &plain(&invite, "487 Request Terminated"));
    let status = rsip::StatusCode::RequestTerminated;
    assert_eq!(seen.events, [Event::Refused { call, status }]);
    desk.pass(ms(40_000));
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn a_cancel_that_crosses_the_answer_becomes_a_bye() {
    let (mut desk, call, invite) = calling();
    feed(&mut desk, &plain(&invite, "180 Ringing"));
    desk.agent.hang_up(call, HangUpReason::Normal, desk.now).unwrap();
    assert_eq!(desk.drain().lines().len(), 1);
    let seen = feed(&mut desk, &ok(&invite, "p"));
    assert_eq!(seen.lines(), ["ACK sip:x@203.0.113.7:5060", "BYE sip:x@203.0.113.7:5060"]);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::HungUp }]);
}

#[test]
fn a_cancel_that_nobody_heeds_ends_after_32_seconds() {
    let (mut desk, call, invite) = calling();
    feed(&mut desk, &plain(&invite, "180 Ringing"));
    desk.agent.hang_up(call, HangUpReason::Normal, desk.now).unwrap();
    desk.drain();
    let seen = desk.pass(ms(32_000));
    assert_eq!(seen.events, [Event::Refused { call, status: rsip::StatusCode::RequestTimeout }]);
    desk.pass(ms(32_000));
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn ringing_for_three_minutes_is_enough() {
    let (mut desk, call, invite) = calling();
    feed(&mut desk, &plain(&invite, "180 Ringing"));
    assert!(desk.pass(ms(179_999)).is_silent());
    assert_eq!(desk.pass(ms(1)).lines(), ["CANCEL sip:+420228880123@203.0.113.7:5060"]);
    let seen = desk.pass(ms(32_000));
    assert_eq!(seen.events, [Event::Refused { call, status: rsip::StatusCode::RequestTimeout }]);
}

#[test]
fn a_second_answerer_is_left_with_ack_and_bye() {
    let (mut desk, call, invite) = calling();
    feed(&mut desk, &ok(&invite, "p"));
    let seen = feed(&mut desk, &ok(&invite, "q"));
    assert_eq!(seen.lines(), ["ACK sip:x@203.0.113.7:5060", "BYE sip:x@203.0.113.7:5060"]);
    assert!(seen.sent.iter().all(|text| value(text, "To").unwrap().ends_with(";tag=q")));
    assert!(seen.events.is_empty());
    assert!(desk.agent.hang_up(call, HangUpReason::Normal, desk.now).is_ok());
}

#[test]
fn an_answer_without_a_session_ends_with_a_bye() {
    let (mut desk, call, invite) = calling();
    let seen = feed(&mut desk, &plain(&invite, "200 OK"));
    assert_eq!(seen.lines().len(), 2);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::Error }]);
}

#[test]
fn the_peer_may_hang_up_and_repeat_its_bye_after_we_forgot_the_call() {
    let (mut desk, call, invite) = calling();
    feed(&mut desk, &ok(&invite, "p"));
    let from = value(&invite, "From").unwrap();
    let to = value(&invite, "To").unwrap();
    let id = value(&invite, "Call-ID").unwrap();
    let bye = format!(
        "BYE sip:198.51.100.5:5060 SIP/2.0\r\nVia: SIP/2.0/UDP {PEER};branch=z9hG4bKx\r\n\
         From: {to};tag=p\r\nTo: {from}\r\nCall-ID: {id}\r\nCSeq: 9 BYE\r\n\r\n"
    );
    let seen = feed(&mut desk, bye.as_bytes());
    assert_eq!(seen.codes(), [200]);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::Bye }]);
    assert_eq!(feed(&mut desk, bye.as_bytes()).codes(), [200]);
    let other = bye.replace("z9hG4bKx", "z9hG4bKy");
    assert!(feed(&mut desk, other.as_bytes()).is_silent(), "a stranger again");
}

#[test]
fn responses_from_elsewhere_or_to_other_branches_mean_nothing() {
    let (mut desk, _, invite) = calling();
    assert!(desk.feed_from("192.0.2.66:5060", &ok(&invite, "p")).is_silent());
    let forged = invite.replace("branch=z9hG4bK", "branch=z9hG4bK0");
    assert!(feed(&mut desk, &ok(&forged, "p")).is_silent());
}
