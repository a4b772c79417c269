//! S1.

use super::call::{Call, NOTHING, langs, script};
use crate::{Event, Script};

const HINT: &str = "play info_hint notice_short";

#[test]
fn the_greeting_starts_600_ms_after_the_first_packet() {
    let mut call = Call::new(script());
    assert_eq!(call.tell(Event::Answered), NOTHING);
    call.wait_ms(100);
    assert_eq!(call.tell(Event::MediaStarted), NOTHING);
    assert_eq!(call.wait_ms(599), NOTHING);
    assert_eq!(call.wait_ms(1), ["play welcome(org)"]);
}

#[test]
fn the_greeting_starts_1_s_after_the_answer_where_no_packet_comes() {
    let mut call = Call::new(script());
    call.tell(Event::Answered);
    assert_eq!(call.after(1), ["play welcome(org)"]);
}

#[test]
fn a_late_packet_does_not_delay_the_greeting() {
    let mut call = Call::new(script());
    call.tell(Event::Answered);
    call.wait_ms(900);
    call.tell(Event::MediaStarted);
    assert_eq!(call.wait_ms(99), NOTHING);
    assert_eq!(call.wait_ms(1), ["play welcome(org)"]);
}

#[test]
fn a_packet_before_the_answer_counts() {
    let mut call = Call::new(script());
    call.tell(Event::MediaStarted);
    call.wait_ms(100);
    call.tell(Event::Answered);
    assert_eq!(call.wait_ms(499), NOTHING);
    assert_eq!(call.wait_ms(1), ["play welcome(org)"]);
}

#[test]
fn the_greeting_is_said_once() {
    let mut call = Call::greeted(script());
    assert_eq!(call.tell(Event::MediaStarted), NOTHING);
    assert_eq!(call.wait(60), NOTHING);
}

#[test]
fn keys_before_the_greeting_mean_nothing() {
    let mut call = Call::new(script());
    call.tell(Event::Answered);
    assert_eq!(call.press('1'), NOTHING);
    assert_eq!(call.after(1), ["play welcome(org)"]);
}

#[test]
fn after_the_greeting_a_line_with_one_language_says_the_hint() {
    let mut call = Call::greeted(script());
    assert_eq!(call.played(), ["note language en", HINT]);
}

#[test]
fn any_key_during_the_greeting_only_goes_on() {
    for key in "0123456789*#".chars() {
        let mut call = Call::greeted(script());
        assert_eq!(call.press(key), ["note language en", "hush", HINT], "{key}");
    }
}

#[test]
fn the_greeting_is_in_the_default_language() {
    let mut call = Call::new(Script { languages: langs(&["cs", "en"]), ..script() });
    call.tell(Event::Answered);
    assert_eq!(call.after(1), ["play cs:welcome(org)"]);
}
