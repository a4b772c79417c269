//! What is said of the end that is coming, from the consent question on (rule M11, I12).

use core::time::Duration;

use super::call::{Call, NOTHING, script, short_script};
use crate::{Event, Limits, Script};

const REVIEW: &str = "play limit_call review_menu";

/// The consent question is being asked.
fn asked_for_consent() -> Call {
    let mut call = Call::welcomed(short_script());
    call.played();
    call
}

#[test]
fn a_menu_opens_with_it_at_once_and_once() {
    let mut call = Call::asked(short_script());
    assert_eq!(call.credit_ends_in(126), ["hush", "play limit_call consent_two_short"]);
    assert_eq!(call.press('*'), ["hush", "play consent_two_ask"]);
    let mut call = Call::reviewing();
    assert_eq!(call.credit_ends_in(126), ["hush", REVIEW]);
    assert_eq!(call.press('*'), ["hush", "play review_menu"]);
    let mut call = Call::sending();
    assert_eq!(call.credit_ends_in(126), ["hush", "play limit_call code_intro_short"]);
    call.press('1');
    call.played();
    assert_eq!(call.press('*'), ["hush", "play code_menu"]);
}

#[test]
fn the_code_menu_says_it_and_the_digits_are_not_broken_into() {
    let mut call = Call::sending();
    call.press('1');
    assert_eq!(call.credit_ends_in(126), NOTHING);
    assert_eq!(call.played(), ["note code spoken", "play limit_call code_menu"]);
    let mut call = Call::sending();
    call.press('1');
    call.played();
    assert_eq!(call.credit_ends_in(126), ["hush", "play limit_call code_menu"]);
}

#[test]
fn listening_ends_with_it() {
    let mut call = Call::reviewing();
    call.press('2');
    assert_eq!(call.credit_ends_in(126), ["hush", REVIEW]);
}

#[test]
fn the_same_end_told_again_is_no_news_and_a_later_one_is() {
    let mut call = Call::reviewing();
    call.credit_ends_in(126);
    assert_eq!(call.credit_ends_in(126), NOTHING);
    assert_eq!(call.credit_ends_in(186), ["hush", REVIEW]);
}

#[test]
fn the_review_goes_on_counting_its_silences() {
    let mut call = Call::reviewing();
    call.played();
    call.wait(10);
    call.played();
    call.wait(10);
    call.credit_ends_in(126);
    call.played();
    assert_eq!(call.after(10), ["submit reviewed", "play code_intro_short"]);
}

#[test]
fn a_recording_whose_minute_passed_before_the_tone_opens_with_it() {
    let mut call = asked_for_consent();
    assert_eq!(call.credit_ends_in(126), ["hush", "play limit_call consent_two_short"]);
    call.press('1');
    // The minute's time comes after 126 − 50 − 60 = 16 s.
    assert_eq!(call.wait(20), NOTHING);
    assert_eq!(call.played(), ["record 1", "play beep limit_call"]);
    call.tell(Event::Spoke);
    call.played();
    // 20 of the 61 s to the last warning have passed.
    assert_eq!(call.after(41), ["play beep credit_seconds"]);
}

#[test]
fn a_recording_that_begins_before_its_minute_hears_the_minute_alone() {
    let mut call = Call::asked(short_script());
    call.credit_ends_in(126);
    call.press('1');
    call.wait(15);
    assert_eq!(call.played(), ["record 1"]);
    assert_eq!(call.after(1), ["play beep credit_minute"]);
}

#[test]
fn who_learns_of_it_before_the_tone_still_hears_the_minute() {
    let mut call = Call::asked(short_script());
    call.press('1');
    assert_eq!(call.credit_ends_in(126), NOTHING);
    assert_eq!(call.played(), ["record 1"]);
    call.tell(Event::Spoke);
    assert_eq!(call.after(16), ["play beep credit_minute"]);
}

#[test]
fn a_further_part_opens_with_it_only_if_no_part_heard_it() {
    let mut call = Call::recording();
    call.credit_ends_in(126);
    call.wait(16);
    call.press('#');
    // The recording heard the minute: the menu need not say it.
    assert_eq!(call.recorded(16_000, 10_000), ["play review_menu"]);
    call.press('4');
    assert_eq!(call.played(), ["record 2"]);
    let mut call = Call::reviewing();
    call.credit_ends_in(126);
    call.wait(17);
    call.press('4');
    assert_eq!(call.played(), ["record 2", "play beep limit_call"]);
}

#[test]
fn a_recording_that_ended_before_its_minute_leaves_the_news_to_the_review() {
    let mut call = Call::recording();
    assert_eq!(call.credit_ends_in(126), NOTHING);
    call.wait(10);
    call.press('#');
    assert_eq!(call.recorded(10_000, 10_000), [REVIEW]);
}

#[test]
fn an_end_that_does_not_come_is_not_spoken_of() {
    let mut call = Call::recording();
    call.credit_ends_in(126);
    call.tell(Event::CreditExtended);
    call.press('#');
    assert_eq!(call.recorded(10_000, 10_000), ["play review_menu"]);
    call.credit_ends_in(126);
    call.tell(Event::CreditExtended);
    call.wait(17);
    call.press('4');
    assert_eq!(call.played(), ["record 2"]);
}

#[test]
fn the_end_of_the_call_s_length_is_news_to_a_menu_and_to_the_next_recording() {
    let limits = Limits { call: Duration::from_secs(300), ..Limits::default() };
    let mut call = Call::recording_with(Script { limits, ..short_script() });
    call.press('#');
    call.recorded(20_000, 10_000);
    // 300 − 50 − 60 = 190 s after the answer, of which 1 s passed up to the greeting.
    assert_eq!(call.wait(189), ["hush", REVIEW]);
    call.tell(Event::CreditExtended);
    call.press('4');
    assert_eq!(call.played(), ["record 2", "play beep limit_call"]);
}

#[test]
fn what_a_recording_opened_with_is_no_news_to_the_review() {
    let mut call = Call::asked(short_script());
    call.press('1');
    // 100 − 50 − 60 is past: no minute can be said.
    assert_eq!(call.credit_ends_in(100), NOTHING);
    assert_eq!(call.played(), ["record 1", "play beep limit_call"]);
    call.press('#');
    assert_eq!(call.recorded(10_000, 10_000), ["play review_menu"]);
}

#[test]
fn an_offer_that_came_too_late_for_the_minute_leaves_it_to_the_recording() {
    let mut call = Call::asked(script());
    call.credit_ends_in(100);
    call.press('1');
    call.press('1');
    assert_eq!(call.played(), ["record 1", "play beep limit_call"]);
}
