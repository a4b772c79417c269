//! Credit that ends in mid-call (rule M11, decision 21).

use super::call::{Call, NOTHING, langs, script, short_script};
use crate::{Event, Script};

const SHORT_ENDING: &str = "play code_is(digits) code_again(digits) sent farewell";

#[test]
fn in_a_menu_before_consent_the_caller_is_offered_to_record_now() {
    let mut call = Call::asked(script());
    assert_eq!(call.credit_ends_in(126), ["hush", "play credit_soon"]);
    let consent = "play consent_two_short";
    assert_eq!(call.press('1'), ["hush", consent]);
}

#[test]
fn the_language_is_noted_where_the_offer_skips_its_menu() {
    let mut call = Call::welcomed(Script { languages: langs(&["cs", "en"]), ..script() });
    call.credit_ends_in(126);
    let consent = "play cs:consent_two_short cs:hint_repeat";
    assert_eq!(call.press('1'), ["note language cs", "hush", consent]);
}

#[test]
fn without_a_key_the_question_is_asked_again_after_7_s() {
    let mut call = Call::asked(script());
    call.credit_ends_in(126);
    call.played();
    let again = call.after(7);
    assert!(again.concat().starts_with("play category_intro"), "{again:?}");
}

#[test]
fn another_key_leads_back_to_the_question_and_star_repeats_the_offer() {
    let mut call = Call::asked(script());
    call.credit_ends_in(126);
    assert_eq!(call.press('*'), ["hush", "play credit_soon"]);
    assert!(call.press('3').concat().contains("play invalid category_intro"));
    call.credit_ends_in(126);
    assert!(call.press('#').concat().contains("play category_intro"));
}

#[test]
fn the_offer_comes_back_to_where_it_broke_in() {
    let two = Script { units: super::call::ids("u", 2), ..script() };
    let back = |mut call: Call| {
        call.credit_ends_in(126);
        call.press('#');
        call.state()
    };
    assert_eq!(back(Call::new(two.clone())), "welcome");
    assert_eq!(back(Call::greeted(two.clone())), "hint");
    assert_eq!(back(Call::welcomed(two.clone())), "hint");
    assert_eq!(back(Call::asked(two.clone())), "category");
    let mut call = Call::asked(two);
    call.press('1');
    assert_eq!(back(call), "unit");
}

#[test]
fn a_recording_is_warned_a_minute_and_15_s_before_it_stops_50_s_before_the_boundary() {
    let mut call = Call::recording();
    assert_eq!(call.credit_ends_in(126), NOTHING);
    // 126 − 50 − 60 = 16; then 45 s to the next and 15 s to the stop.
    assert_eq!(call.after(16), ["play beep credit_minute"]);
    call.played();
    assert_eq!(call.after(45), ["play beep credit_seconds"]);
    call.played();
    assert_eq!(call.after(15), ["stop"]);
    assert_eq!(call.recorded(90_000, 60_000), ["submit interrupted", SHORT_ENDING]);
    // Two readings of at most 12.8 s, 2.5 s and 3.9 s leave room to the boundary.
    call.wait(33);
    assert_eq!(call.played(), ["note code spoken"]);
    assert_eq!(call.after(2), ["hang up credit_exhausted"]);
}

#[test]
fn the_warnings_are_heard_in_the_pause_and_in_the_help_too() {
    let mut call = Call::recording();
    call.press('1');
    call.credit_ends_in(126);
    assert_eq!(call.wait(16), ["hush", "play beep credit_minute"]);
    call.press('1');
    call.press('*');
    assert_eq!(call.wait(45), ["hush", "play beep credit_seconds TONE"]);
    assert_eq!(call.played(), ["resume"]);
    call.tell(Event::Spoke);
    assert_eq!(call.wait(15), ["stop"]);
}

#[test]
fn a_minute_that_would_come_too_late_is_not_promised() {
    let mut call = Call::recording();
    // 15 s warning at 100 − 50 − 15 = 35; the minute is past.
    assert_eq!(call.credit_ends_in(100), ["play beep limit_call"]);
    call.played();
    assert_eq!(call.after(35), ["play beep credit_seconds"]);
}

#[test]
fn credit_that_came_after_all_is_forgotten() {
    let mut call = Call::recording();
    call.credit_ends_in(126);
    call.tell(Event::CreditExtended);
    assert_eq!(call.wait(300), NOTHING);
}

#[test]
fn a_later_boundary_replaces_the_earlier_one() {
    let mut call = Call::recording();
    call.credit_ends_in(126);
    call.credit_ends_in(186);
    assert_eq!(call.after(76), ["play beep credit_minute"]);
}

#[test]
fn an_empty_recording_ends_with_the_farewell_alone() {
    let mut call = Call::recording();
    call.credit_ends_in(126);
    call.wait(76);
    assert_eq!(call.recorded(76_000, 0), ["discard 1", "play farewell"]);
}

#[test]
fn before_a_recording_the_call_ends_with_the_farewell() {
    let mut call = Call::asked(short_script());
    call.played();
    call.press('#');
    call.credit_ends_in(53);
    call.played();
    assert_eq!(call.after(3), ["play farewell"]);
    call.played();
    assert_eq!(call.after(2), ["hang up credit_exhausted"]);
}

#[test]
fn an_unsent_report_is_handed_in_from_the_review() {
    let mut call = Call::reviewing();
    call.credit_ends_in(52);
    assert_eq!(call.after(2), ["hush", "submit interrupted", SHORT_ENDING]);
}

#[test]
fn after_sending_the_code_is_still_read_in_time() {
    let mut call = Call::sending();
    call.credit_ends_in(52);
    assert_eq!(call.after(2), ["hush", SHORT_ENDING]);
}

#[test]
fn a_code_that_was_read_is_not_read_again() {
    let mut call = Call::sending();
    call.press('1');
    call.played();
    call.credit_ends_in(52);
    assert_eq!(call.after(2), ["hush", "play sent farewell"]);
}

#[test]
fn the_short_ending_is_not_skipped_by_a_key() {
    let mut call = Call::sending();
    call.credit_ends_in(50);
    call.wait(0);
    for key in "0123456789#".chars() {
        assert_eq!(call.press(key), NOTHING, "{key}");
    }
}

#[test]
fn a_second_before_the_boundary_the_call_ends_whatever_is_said() {
    let mut call = Call::sending();
    call.credit_ends_in(51);
    call.wait(1);
    assert_eq!(call.after(49), ["hush", "hang up credit_exhausted"]);
}

#[test]
fn an_ending_that_has_begun_is_left_alone() {
    let mut call = Call::asked(short_script());
    call.press('3');
    call.credit_ends_in(52);
    assert_eq!(call.wait(40), NOTHING);
    assert_eq!(call.played(), ["play farewell"]);
}
