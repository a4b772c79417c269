//! Retransmissions, crossings and refusals of a caller's call (rules W1 to W4, W7, W10 and W13).

use core::time::Duration;

use super::desk::{ANSWER, Desk, OFFER, Text, US, ack, tag, trunk, value};
use crate::sdp::Offer;
use crate::{EndCause, Event, Gone, HangUpReason, Rejection};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_repeated_invite_gets_the_100_again_and_makes_no_second_call() {
    let mut desk = Desk::new();
    desk.feed(&Text::invite("a"));
    let again = desk.feed(&Text::invite("a"));
    assert_eq!((again.codes(), again.events.len(), desk.agent.calls()), (vec![100], 0, 1));
}

#[test]
fn the_200_goes_out_at_every_doubling_up_to_four_seconds_until_the_ack() {
    let mut desk = Desk::new();
    let (_, tag) = desk.answered("a");
    let mut waits = Vec::new();
    let mut last = desk.now;
    while desk.now < ms(20_000) {
        if desk.pass(ms(500)).codes() == [200] {
            waits.push((desk.now - last).as_millis());
            last = desk.now;
        }
    }
    // 0.5, 1.5, 3.5, 7.5, then every 4 s: RFC 3261 section 13.3.1.4.
    assert_eq!(waits, [500, 1000, 2000, 4000, 4000, 4000, 4000]);
    desk.feed(&ack("a", 1, &tag));
    assert!(desk.pass(ms(60_000)).is_silent());
}

#[test]
fn without_an_ack_the_call_ends_with_a_bye_after_32_seconds() {
    let mut desk = Desk::new();
    let (call, _) = desk.answered("a");
    assert!(desk.pass(ms(31_999)).events.is_empty());
    let seen = desk.pass(ms(1));
    assert_eq!(seen.lines(), ["BYE sip:192.0.2.1:5060"]);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::NoAck }]);
}

#[test]
fn the_ack_of_another_number_stops_nothing() {
    let mut desk = Desk::new();
    let (call, tag) = desk.answered("a");
    assert!(desk.feed(&ack("a", 7, &tag)).is_silent());
    assert!(desk.feed(&ack("a", 1, "wrong")).is_silent());
    assert_eq!(desk.pass(ms(500)).codes(), [200]);
    let seen = desk.feed(&ack("a", 1, &tag));
    assert_eq!(seen.events, [Event::Confirmed { call, sdp_answer: None }]);
    assert!(desk.feed(&ack("a", 1, &tag)).is_silent());
}

#[test]
fn a_refusal_is_repeated_until_its_ack_or_for_32_seconds() {
    let mut desk = Desk::new();
    let call = desk.feed(&Text::invite("a")).call();
    desk.agent.reject(call, Rejection::NotFound, desk.now).unwrap();
    assert_eq!(desk.drain().codes(), [404]);
    // G: 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5 s are ten within H = 32 s.
    assert_eq!(desk.pass(ms(40_000)).codes(), [404; 10]);
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn a_cancel_is_answered_and_ends_the_invite_with_487() {
    let mut desk = Desk::new();
    let call = desk.feed(&Text::invite("a")).call();
    let cancel = Text::request("CANCEL", "a", 1)
        .with("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1");
    let seen = desk.feed(&cancel);
    assert_eq!(seen.codes(), [200, 487]);
    assert_eq!(seen.events, [Event::Cancelled { call }]);
    let tags: Vec<&str> = seen.sent.iter().map(|text| tag(value(text, "To").unwrap())).collect();
    assert_eq!(tags[0], tags[1], "RFC 3261 section 9.2: both carry the same To tag");
    let again = desk.feed(&cancel);
    assert_eq!((again.codes(), again.events.len()), (vec![200], 0));
    assert_eq!(desk.agent.answer(call, ANSWER.into(), US.parse().unwrap(), desk.now), Err(Gone));
}

#[test]
fn a_cancel_with_a_to_tag_is_taken_and_one_without_an_invite_gets_481() {
    let mut desk = Desk::new();
    desk.feed(&Text::invite("a"));
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1";
    let cancel = Text::request("CANCEL", "a", 1).tagged("x").with("Via", via);
    assert_eq!(desk.feed(&cancel).codes(), [200, 487]);
    assert_eq!(desk.feed(&Text::request("CANCEL", "other", 1)).codes(), [481]);
}

#[test]
fn a_cancel_after_the_200_changes_nothing() {
    let mut desk = Desk::new();
    let (call, tag) = desk.answered("a");
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKaINVITE1";
    let seen = desk.feed(&Text::request("CANCEL", "a", 1).with("Via", via));
    assert_eq!((seen.codes(), seen.events.len()), (vec![200], 0));
    let seen = desk.feed(&ack("a", 1, &tag));
    assert_eq!(seen.events, [Event::Confirmed { call, sdp_answer: None }]);
}

#[test]
fn a_bye_before_the_ack_ends_the_call_and_the_200s() {
    let mut desk = Desk::new();
    let (call, tag) = desk.answered("a");
    let seen = desk.feed(&Text::request("BYE", "a", 2).tagged(&tag));
    assert_eq!(seen.codes(), [200]);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::Bye }]);
    assert!(desk.pass(ms(60_000)).is_silent());
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn a_repeated_bye_gets_its_200_again_and_a_second_one_481() {
    let mut desk = Desk::new();
    let (_, tag) = desk.confirmed("a");
    let bye = Text::request("BYE", "a", 2).tagged(&tag);
    assert_eq!(desk.feed(&bye).codes(), [200]);
    let again = desk.feed(&bye);
    assert_eq!((again.codes(), again.events.len()), (vec![200], 0));
    assert_eq!(desk.feed(&Text::request("BYE", "a", 3).tagged(&tag)).codes(), [481]);
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut desk = Desk::new();
    let (call, tag) = desk.answered("a");
    desk.agent.hang_up(call, HangUpReason::Normal, desk.now).unwrap();
    assert!(desk.drain().is_silent());
    let seen = desk.feed(&ack("a", 1, &tag));
    assert_eq!(seen.lines(), ["BYE sip:192.0.2.1:5060"]);
    assert_eq!(
        seen.events,
        [
            Event::Confirmed { call, sdp_answer: None },
            Event::Ended { call, cause: EndCause::HungUp }
        ]
    );
    assert_eq!(desk.agent.hang_up(call, HangUpReason::Normal, desk.now), Err(Gone));
}

#[test]
fn our_bye_goes_out_at_timer_e_until_it_is_answered() {
    let mut desk = Desk::new();
    let (call, _) = desk.confirmed("a");
    desk.agent.hang_up(call, HangUpReason::Failure, desk.now).unwrap();
    let bye = desk.drain();
    assert_eq!(value(bye.last(), "Reason"), Some("Q.850;cause=41"));
    // E: 0.5, 1.5, 3.5 s.
    assert_eq!(desk.pass(ms(3_500)).lines().len(), 3);
    let via = value(bye.last(), "Via").unwrap().to_owned();
    let ok = bye.last().replacen("BYE sip:192.0.2.1:5060 SIP/2.0", "SIP/2.0 200 OK", 1);
    assert!(ok.contains(&via));
    assert!(desk.feed_bytes(ok.as_bytes()).is_silent());
    assert!(desk.pass(ms(60_000)).is_silent());
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn requests_in_no_dialog_get_481() {
    let mut desk = Desk::new();
    for method in ["BYE", "INFO", "UPDATE", "OPTIONS", "INVITE"] {
        let request = Text::request(method, "a", 1).tagged("nobody");
        let request = request.field("Contact: <sip:192.0.2.1>");
        assert_eq!(desk.feed(&request).codes(), [481], "{method}");
    }
    for method in ["BYE", "INFO", "UPDATE"] {
        assert_eq!(desk.feed(&Text::request(method, "b", 1)).codes(), [481], "{method}");
    }
    assert!(desk.feed(&ack("c", 1, "nobody")).is_silent());
}

#[test]
fn methods_we_do_not_take_are_named_in_allow_or_are_unknown() {
    let mut desk = Desk::new();
    for (method, code) in [
        ("REGISTER", 405),
        ("MESSAGE", 405),
        ("REFER", 405),
        ("NOTIFY", 405),
        ("PUBLISH", 405),
        ("PRACK", 405),
        ("SUBSCRIBE", 489),
        ("DANCE", 501),
        ("invite", 501),
    ] {
        let seen = desk.feed(&Text::request(method, "m", 1));
        assert_eq!(seen.codes(), [code], "{method}");
        if code == 405 {
            let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
            assert_eq!(value(seen.last(), "Allow"), Some(allow));
        }
    }
}

#[test]
fn a_required_extension_is_refused_by_name() {
    let request = Text::invite("a").field("Require: 100rel, precondition").field("Require: timer");
    let seen = Desk::new().feed(&request);
    assert_eq!(seen.codes(), [420]);
    assert_eq!(value(seen.last(), "Unsupported"), Some("100rel, precondition, timer"));
}

#[test]
fn the_same_request_by_another_way_is_merged() {
    let mut desk = Desk::new();
    desk.feed(&Text::invite("a"));
    let other = Text::invite("a").with("Via", "SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKother");
    assert_eq!(desk.feed(&other).codes(), [482]);
    assert_eq!(desk.agent.calls(), 1);
}

#[test]
fn bodies_other_than_a_description_are_refused() {
    let mut desk = Desk::new();
    let seen = desk.feed(&Text::invite("a").body("text/plain", b"hello"));
    assert_eq!(
        (seen.codes(), value(seen.last(), "Accept")),
        (vec![100, 415], Some("application/sdp"))
    );
    let seen = desk.feed(&Text::invite("b").field("Content-Encoding: gzip"));
    assert_eq!(seen.codes(), [100, 415]);
    let seen = desk.feed(&Text::invite("c").without("Content-Type"));
    assert_eq!(seen.lines(), ["100 Trying", "400 Content-Type Missing"]);
    let seen = desk.feed(&Text::invite("d").sdp("rubbish"));
    assert_eq!(seen.lines(), ["100 Trying", "400 Malformed Session Description"]);
    let seen = desk.feed(&Text::invite("e").field("Accept: text/html, application/isup"));
    assert_eq!(seen.codes(), [100, 406]);
    assert_eq!(desk.agent.calls(), 0);
}

#[test]
fn the_description_is_found_among_the_parts_of_a_body() {
    let body = format!(
        "preamble\r\n--b1\r\nContent-Type: application/isup\r\n\r\n\0\x01\r\n\
         --b1\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--b1--\r\n"
    );
    let text = Text::invite("a").body("multipart/mixed; boundary=\"b1\"", body.as_bytes());
    let seen = Desk::new().feed(&text);
    assert!(matches!(&seen.events[..], [Event::Invite { offer: Some(_), .. }]));
    let text = Text::invite("a").body("multipart/mixed;boundary=b2", body.as_bytes());
    assert_eq!(Desk::new().feed(&text).codes(), [100, 415]);
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut desk = Desk::new();
    let invite = Text::request("INVITE", "a", 1).field("Contact: <sip:192.0.2.1>");
    let seen = desk.feed(&invite);
    assert!(matches!(&seen.events[..], [Event::Invite { offer: None, .. }]));
    let call = seen.call();
    let offer = crate::sdp::offer("198.51.100.5:10000".parse().unwrap(), 9);
    desk.agent.answer(call, offer, US.parse().unwrap(), desk.now).unwrap();
    let ok = desk.drain();
    assert!(ok.last().contains("m=audio 10000 RTP/AVP 8 0 101\r\n"));
    let ours = tag(value(ok.last(), "To").unwrap()).to_owned();
    let answer = Offer::parse(OFFER.as_bytes()).unwrap();
    let seen = desk.feed(&ack("a", 1, &ours).sdp(OFFER));
    assert_eq!(seen.events, [Event::Confirmed { call, sdp_answer: Some(answer) }]);
}

#[test]
fn a_late_offer_without_an_answer_ends_with_a_bye() {
    let mut desk = Desk::new();
    let invite = Text::request("INVITE", "a", 1).field("Contact: <sip:192.0.2.1>");
    let call = desk.feed(&invite).call();
    let offer = crate::sdp::offer("198.51.100.5:10000".parse().unwrap(), 9);
    desk.agent.answer(call, offer, US.parse().unwrap(), desk.now).unwrap();
    let ok = desk.drain();
    let ours = tag(value(ok.last(), "To").unwrap()).to_owned();
    let seen = desk.feed(&ack("a", 1, &ours));
    assert_eq!(seen.lines(), ["BYE sip:192.0.2.1"]);
    assert_eq!(seen.events, [Event::Ended { call, cause: EndCause::Error }]);
}

#[test]
fn every_rejection_has_its_code_and_its_cause() {
    for (why, line, reason, warning) in [
        (Rejection::NotFound, "404 Not Found", Some("Q.850;cause=1"), None),
        (Rejection::Closed, "480 Temporarily Unavailable", None, None),
        (Rejection::LineFull, "486 Busy Here", Some("Q.850;cause=17"), None),
        (Rejection::Overloaded, "503 Service Unavailable", Some("Q.850;cause=42"), None),
        (Rejection::Unavailable, "503 Service Unavailable", Some("Q.850;cause=41"), None),
        (Rejection::NoCodec, "488 Not Acceptable Here", Some("Q.850;cause=88"), Some("305")),
        (Rejection::NoAudio, "488 Not Acceptable Here", Some("Q.850;cause=88"), Some("304")),
        (Rejection::WrongTransport, "488 Not Acceptable Here", Some("Q.850;cause=88"), Some("302")),
        (Rejection::NoAddress, "488 Not Acceptable Here", Some("Q.850;cause=88"), Some("301")),
        (Rejection::MediaRefused, "488 Not Acceptable Here", Some("Q.850;cause=88"), Some("399")),
        (Rejection::ServerError, "500 Server Internal Error", Some("Q.850;cause=41"), None),
    ] {
        let mut desk = Desk::new();
        let call = desk.feed(&Text::invite("a")).call();
        desk.agent.reject(call, why, desk.now).unwrap();
        let seen = desk.drain();
        assert_eq!(seen.lines(), [line], "{why:?}");
        assert_eq!(value(seen.last(), "Reason"), reason, "{why:?}");
        assert_eq!(value(seen.last(), "Warning").map(|text| &text[..3]), warning, "{why:?}");
        assert_eq!(desk.agent.calls(), 0);
    }
}

#[test]
fn a_trunk_may_have_its_own_code_for_a_closed_line_but_only_a_refusal() {
    for (code, line) in [(603, "603 Decline"), (200, "480 Temporarily Unavailable")] {
        let mut profile = trunk();
        profile.closed_code = code;
        let mut desk = Desk::with(profile);
        let call = desk.feed(&Text::invite("a")).call();
        desk.agent.reject(call, Rejection::Closed, desk.now).unwrap();
        assert_eq!(desk.drain().lines(), [line]);
    }
}

#[test]
fn while_draining_new_calls_and_options_get_503_and_calls_go_on() {
    let mut desk = Desk::new();
    let (call, tag) = desk.confirmed("a");
    desk.agent.set_draining(true);
    for text in [Text::invite("b"), Text::request("OPTIONS", "c", 1)] {
        let seen = desk.feed(&text);
        assert_eq!(seen.codes(), [503]);
        let wait: u64 = value(seen.last(), "Retry-After").unwrap().parse().unwrap();
        assert!((5..=30).contains(&wait));
    }
    assert_eq!(desk.feed(&Text::request("INFO", "a", 2).tagged(&tag)).codes(), [200]);
    assert!(desk.agent.hang_up(call, HangUpReason::Failure, desk.now).is_ok());
}

#[test]
fn a_call_that_nobody_decides_gets_503_after_a_minute() {
    let mut desk = Desk::new();
    let call = desk.feed(&Text::invite("a")).call();
    assert!(desk.pass(ms(59_999)).is_silent());
    let seen = desk.pass(ms(1));
    assert_eq!((seen.codes(), seen.events), (vec![503], vec![Event::Cancelled { call }]));
}

#[test]
fn retry_after_is_random_within_its_range() {
    let mut waits = std::collections::BTreeSet::new();
    let mut desk = Desk::new();
    for id in 0..100 {
        let call = desk.feed(&Text::invite(&format!("r{id}"))).call();
        desk.agent.reject(call, Rejection::Overloaded, desk.now).unwrap();
        waits.insert(value(desk.drain().last(), "Retry-After").unwrap().to_owned());
        desk.now += Duration::from_secs(1);
    }
    assert_eq!(waits.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
}
