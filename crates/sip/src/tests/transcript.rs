//! Whole messages of the main flows, written by hand.

use core::time::Duration;

use super::desk::{ANSWER, Desk, OFFER, Text, US, ack, tag, value};
use crate::sdp::{self, Capabilities, Offer};
use crate::{EndCause, Event, HangUpReason, Origin, Rejection};

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

#[test]
fn an_invite_is_met_with_100_and_offered() {
    let mut desk = Desk::new();
    let seen = desk.feed(&Text::invite("a"));
    assert_eq!(
        seen.sent,
        [crlf(
            "SIP/2.0 100 Trying
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1
From: <sip:+420700111222@carrier.example>;tag=fa
Call-ID: a
CSeq: 1 INVITE
To: <sip:+420228880123@linka.example>
Server: linka
Content-Length: 0

"
        )]
    );
    assert_eq!(
        seen.events,
        [Event::Invite {
            call: seen.call(),
            trunk: 0,
            local: US.parse().unwrap(),
            called: "+420228880123".into(),
            origin: Origin::Mobile,
            withheld: false,
            offer: Offer::parse(OFFER.as_bytes()).ok(),
        }]
    );
}

#[test]
fn a_call_that_is_answered_and_ended_by_the_caller() {
    let mut desk = Desk::new();
    let call = desk.feed(&Text::invite("a")).call();
    let offer = Offer::parse(OFFER.as_bytes()).unwrap();
    let agreed = sdp::negotiate(&offer, &Capabilities::default()).unwrap();
    let answer = agreed.answer("198.51.100.5:10000".parse().unwrap(), 9);
    assert_eq!(String::from_utf8(answer.clone()).unwrap(), ANSWER);
    desk.agent.answer(call, answer, US.parse().unwrap(), desk.now).unwrap();
    let ok = desk.drain();
    let ours = tag(value(ok.last(), "To").unwrap()).to_owned();
    // ANSWER with line ends: 5 + 29 + 5 + 23 + 7 + 29 + 22 + 35 + 17 + 12 + 12 = 196 bytes.
    assert_eq!(
        ok.sent,
        [crlf(&format!(
            "SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1
From: <sip:+420700111222@carrier.example>;tag=fa
Call-ID: a
CSeq: 1 INVITE
To: <sip:+420228880123@linka.example>;tag={ours}
Contact: <sip:198.51.100.5:5060>
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE
Supported: 
Server: linka
Content-Type: application/sdp
Content-Length: 196

"
        )) + ANSWER]
    );

    assert_eq!(
        desk.feed(&ack("a", 1, &ours)).events,
        [Event::Confirmed { call, sdp_answer: None }]
    );
    let bye = desk.feed(&Text::request("BYE", "a", 2).tagged(&ours));
    assert_eq!(
        bye.sent,
        [crlf(&format!(
            "SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaBYE2
From: <sip:+420700111222@carrier.example>;tag=fa
Call-ID: a
CSeq: 2 BYE
To: <sip:+420228880123@linka.example>;tag={ours}
Server: linka
Content-Length: 0

"
        ))]
    );
    assert_eq!(bye.events, [Event::Ended { call, cause: EndCause::Bye }]);
}

#[test]
fn our_own_bye_repeats_the_dialog_and_says_why() {
    let mut desk = Desk::new();
    let invite = Text::invite("a").field("Record-Route: <sip:192.0.2.7;lr>");
    let call = desk.feed(&invite).call();
    desk.agent.answer(call, ANSWER.into(), US.parse().unwrap(), desk.now).unwrap();
    let ok = desk.drain();
    assert_eq!(value(ok.last(), "Record-Route"), Some("<sip:192.0.2.7;lr>"));
    let ours = tag(value(ok.last(), "To").unwrap()).to_owned();
    desk.feed(&ack("a", 1, &ours));
    desk.agent.hang_up(call, HangUpReason::Normal, desk.now).unwrap();
    let bye = desk.drain();
    let branch = value(bye.last(), "Via").unwrap().split("branch=").nth(1).unwrap().to_owned();
    assert_eq!(
        bye.sent,
        [crlf(&format!(
            "BYE sip:192.0.2.1:5060 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.5:5060;branch={branch}
Route: <sip:192.0.2.7;lr>
Max-Forwards: 70
From: <sip:+420228880123@linka.example>;tag={ours}
To: <sip:+420700111222@carrier.example>;tag=fa
Call-ID: a
CSeq: 1 BYE
Reason: Q.850;cause=16
User-Agent: linka
Content-Length: 0

"
        ))]
    );
    assert!(branch.starts_with("z9hG4bK") && branch.ends_with(";rport"), "{branch}");
    // The proxy that recorded itself is inside of the trunk's network: the BYE goes there.
    assert_eq!(bye.to, ["192.0.2.7:5060".parse().unwrap()]);
    assert_eq!(bye.events, [Event::Ended { call, cause: EndCause::HungUp }]);
}

#[test]
fn a_closed_line_is_refused_without_a_reason() {
    let mut desk = Desk::new();
    let call = desk.feed(&Text::invite("a")).call();
    desk.agent.reject(call, Rejection::Closed, desk.now).unwrap();
    let refused = desk.drain();
    let ours = tag(value(refused.last(), "To").unwrap()).to_owned();
    assert_eq!(
        refused.sent,
        [crlf(&format!(
            "SIP/2.0 480 Temporarily Unavailable
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1
From: <sip:+420700111222@carrier.example>;tag=fa
Call-ID: a
CSeq: 1 INVITE
To: <sip:+420228880123@linka.example>;tag={ours}
Server: linka
Content-Length: 0

"
        ))]
    );
    // The ACK of a refusal has the INVITE's branch and ends the retransmissions.
    let ack = Text::request("ACK", "a", 1).tagged(&ours);
    let ack = ack.with("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1");
    assert!(desk.feed(&ack).is_silent());
    assert!(desk.pass(Duration::from_secs(60)).is_silent());
}

#[test]
fn options_say_what_we_take() {
    let seen = Desk::new().feed(&Text::request("OPTIONS", "o", 1));
    let ours = tag(value(seen.last(), "To").unwrap());
    assert_eq!(
        seen.sent,
        [crlf(&format!(
            "SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKoOPTIONS1
From: <sip:+420700111222@carrier.example>;tag=fo
Call-ID: o
CSeq: 1 OPTIONS
To: <sip:+420228880123@linka.example>;tag={ours}
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE
Accept: application/sdp
Supported: 
Server: linka
Content-Length: 0

"
        ))]
    );
}
