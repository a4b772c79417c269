//! Strangers meet silence, and every table has an end (rules W14, W25, B2 and B3).

use core::time::Duration;

use super::desk::{Desk, Text, config, trunk, value};
use crate::{Config, Limits};

#[test]
fn not_one_byte_goes_back_to_a_stranger() {
    let mut desk = Desk::new();
    for text in [
        Text::invite("a"),
        Text::request("OPTIONS", "b", 1),
        Text::request("REGISTER", "c", 1),
        Text::request("OPTIONS", "d", 1).without("To"),
        Text::request("OPTIONS", "e", 1).start("OPTIONS sip:x@h SIP/9.0"),
    ] {
        assert!(desk.feed_from("203.0.113.1:5060", &text.bytes()).is_silent());
    }
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn a_stranger_may_be_told_once_a_second() {
    let config = Config { answer_unknown_source: true, ..config(trunk()) };
    let mut desk = Desk::of(config);
    let mut ask = |id: &str| {
        desk.now += Duration::from_millis(400);
        desk.feed_from("203.0.113.1:5060", &Text::request("OPTIONS", id, 1).bytes()).codes()
    };
    let codes: Vec<_> = ["a", "b", "c", "d"].map(&mut ask).into_iter().collect();
    assert_eq!(codes, [vec![403], vec![], vec![], vec![403]]);
}

#[test]
fn a_strangers_copy_of_a_known_request_gets_nothing() {
    let mut desk = Desk::new();
    let text = Text::request("OPTIONS", "a", 1);
    desk.feed(&text);
    assert!(desk.feed_from("203.0.113.1:5060", &text.bytes()).is_silent());
}

#[test]
fn above_the_limit_of_transactions_there_is_503_then_silence() {
    let limits = Limits { server_transactions: 3, refusals_per_second: 2, ..Limits::default() };
    let mut desk = Desk::limited(limits);
    let mut codes = Vec::new();
    for number in 0..7 {
        codes.extend(desk.feed(&Text::request("OPTIONS", &format!("o{number}"), 1)).codes());
    }
    assert_eq!(codes, [200, 200, 200, 503, 503]);
    assert_eq!(desk.agent.tables()[0], 3);
    desk.pass(Duration::from_secs(33));
    assert_eq!(desk.feed(&Text::request("OPTIONS", "late", 1)).codes(), [200]);
}

#[test]
fn above_the_limit_of_calls_there_is_503() {
    let mut desk = Desk::limited(Limits { calls: 2, ..Limits::default() });
    for (id, codes) in [("a", vec![100]), ("b", vec![100]), ("c", vec![503])] {
        let seen = desk.feed(&Text::invite(id));
        assert_eq!(seen.codes(), codes);
        if codes == [503] {
            let wait: u64 = value(seen.last(), "Retry-After").unwrap().parse().unwrap();
            assert!((1..=5).contains(&wait));
        }
    }
}

#[test]
fn new_calls_have_a_rate() {
    let mut desk = Desk::limited(Limits { calls_per_second: 1, ..Limits::default() });
    assert_eq!(desk.feed(&Text::invite("a")).codes(), [100]);
    assert_eq!(desk.feed(&Text::invite("b")).codes(), [503]);
    desk.pass(Duration::from_secs(1));
    assert_eq!(desk.feed(&Text::invite("c")).codes(), [100]);
}

#[test]
fn a_flood_of_each_kind_leaves_nothing_behind() {
    let mut desk = Desk::new();
    for number in 0..500 {
        desk.now += Duration::from_millis(20);
        let id = format!("f{number}");
        desk.feed(&Text::invite(&id));
        let via = format!("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{id}INVITE1");
        desk.feed(&Text::request("CANCEL", &id, 1).with("Via", &via));
        desk.feed(&Text::request("BYE", &id, 2));
    }
    desk.pass(Duration::from_secs(70));
    assert_eq!(desk.agent.tables(), [0; 4]);
}

#[test]
fn answers_go_to_the_source_unless_the_trunk_wants_the_via() {
    let request =
        Text::request("OPTIONS", "a", 1).with("Via", "SIP/2.0/UDP 10.0.0.9:5080;branch=z9hG4bKx");
    let seen = Desk::new().feed_from("192.0.2.1:6666", &request.bytes());
    assert_eq!(seen.to, ["192.0.2.1:6666".parse().unwrap()]);
    let mut by_via = trunk();
    by_via.answer_to_source = false;
    let seen = Desk::with(by_via).feed_from("192.0.2.1:6666", &request.bytes());
    assert_eq!(seen.to, ["192.0.2.1:5080".parse().unwrap()]);
    let via = "SIP/2.0/UDP 10.0.0.9:5080;branch=z9hG4bKx;received=192.0.2.1";
    assert_eq!(value(seen.last(), "Via"), Some(via));
}

/// Two calls, one of them answered, and as many requests of no call as the table takes.
fn flooded() -> (Desk, crate::CallKey, String) {
    let limits = Limits { server_transactions: 8, refusals_per_second: 1, ..Limits::default() };
    let mut desk = Desk::limited(limits);
    let (call, tag) = desk.confirmed("live");
    assert_eq!(desk.feed(&Text::invite("ringing")).codes(), [100]);
    let flood = |desk: &mut Desk, number: u32| {
        desk.feed(&Text::request("OPTIONS", &format!("o{number}"), 1)).codes()
    };
    // Three quarters of 8 are 6, and two INVITEs hold a place each: 4 are left.
    let codes: Vec<_> = (0..6).map(|number| flood(&mut desk, number)).collect();
    assert_eq!(codes, [vec![200], vec![200], vec![200], vec![200], vec![503], vec![]]);
    (desk, call, tag)
}

#[test]
fn a_flood_does_not_keep_callers_from_hanging_up_or_giving_up() {
    let (mut desk, call, tag) = flooded();
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKringingINVITE1";
    let given_up = desk.feed(&Text::request("CANCEL", "ringing", 1).with("Via", via));
    assert_eq!(given_up.codes(), [200, 487]);
    let seen = desk.feed(&Text::request("BYE", "live", 2).tagged(&tag));
    assert_eq!(seen.codes(), [200]);
    assert_eq!(seen.events, [crate::Event::Ended { call, cause: crate::EndCause::Bye }]);
}

#[test]
fn a_new_call_that_is_refused_for_its_rate_holds_no_transaction() {
    let mut desk = Desk::limited(Limits { calls_per_second: 1, ..Limits::default() });
    assert_eq!(desk.feed(&Text::invite("a")).codes(), [100]);
    let before = desk.agent.tables()[0];
    assert_eq!(desk.feed(&Text::invite("b")).codes(), [503]);
    assert_eq!(desk.agent.tables()[0], before);
}

#[test]
fn the_table_holds_invite_and_bye_of_as_many_calls_a_second_as_are_taken() {
    let limits = Limits::default();
    let kept = limits.server_transactions - limits.server_transactions / 4;
    // Each of the two lasts 32 s.
    assert!(kept >= limits.calls_per_second as usize * 2 * 32, "{kept}");
}
