//! S10 and S11.

use super::call::{Call, NOTHING, short_script};
use crate::{Event, Script};

const READING: &str = "play code_is(digits) code_again(digits)";
const MENU: &str = "play code_menu";
const AGREED: &str = "note consent audio en key 1 consent_two_short";
const SENT: &str = "play sent next_steps_cz";

fn reading() -> Call {
    let mut call = Call::sending();
    call.press('1');
    call
}

fn in_menu() -> Call {
    let mut call = reading();
    call.played();
    call
}

#[test]
fn key_1_says_that_the_pen_is_ready() {
    assert_eq!(Call::sending().press('1'), ["hush", READING]);
}

#[test]
fn without_a_key_the_code_is_read_after_60_s() {
    let mut call = Call::sending();
    call.played();
    assert_eq!(call.after(60), [READING]);
}

#[test]
fn star_explains_the_code_at_length() {
    let mut call = Call::sending();
    assert_eq!(call.press('*'), ["hush", "play code_intro"]);
    assert_eq!(call.press('4'), ["hush", "play invalid code_intro"]);
    call.wait(2);
    assert_eq!(call.press('*'), ["hush", "play code_intro"]);
    assert_eq!(call.press('1'), ["hush", READING]);
}

#[test]
fn hash_skips_to_the_wait_for_the_pen_and_then_over_it() {
    let mut call = Call::sending();
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.wait(59), NOTHING);
    assert_eq!(call.press('#'), [READING]);
}

#[test]
fn a_wrong_key_before_the_code_is_told() {
    assert_eq!(Call::sending().press('2'), ["hush", "play invalid code_intro_short"]);
}

#[test]
fn the_code_is_noted_as_spoken_once_and_the_menu_follows() {
    let mut call = reading();
    assert_eq!(call.played(), ["note code spoken", MENU]);
    assert_eq!(call.press('1'), ["hush", READING]);
    assert_eq!(call.played(), [MENU]);
}

#[test]
fn a_reading_that_was_skipped_is_not_noted() {
    assert_eq!(reading().press('#'), ["hush", MENU]);
}

#[test]
fn digits_do_not_break_into_the_reading_but_1_and_star_start_over() {
    let mut call = reading();
    for key in "023456789".chars() {
        assert_eq!(call.press(key), NOTHING, "{key}");
    }
    assert_eq!(call.press('1'), ["hush", READING]);
    assert_eq!(call.press('*'), ["hush", READING]);
}

#[test]
fn key_1_reads_again_without_limit() {
    let mut call = in_menu();
    for _ in 0..20 {
        assert_eq!(call.press('1'), ["hush", READING]);
        assert_eq!(call.played(), [MENU]);
    }
}

#[test]
fn hash_goes_on() {
    assert_eq!(in_menu().press('#'), ["hush", SENT]);
}

#[test]
fn the_menu_repeats_twice_after_20_s_and_then_goes_on() {
    let mut call = in_menu();
    for _ in 0..2 {
        call.played();
        assert_eq!(call.after(20), ["play no_input code_menu"]);
    }
    call.played();
    assert_eq!(call.after(20), [SENT]);
}

#[test]
fn star_repeats_the_menu_and_a_wrong_key_is_told() {
    let mut call = in_menu();
    assert_eq!(call.press('*'), ["hush", MENU]);
    assert_eq!(call.press('2'), ["hush", "play invalid code_menu"]);
}

#[test]
fn the_end_is_receipt_next_steps_farewell_and_2_s_of_silence() {
    let mut call = in_menu();
    call.press('#');
    assert_eq!(call.played(), ["play farewell"]);
    assert_eq!(call.played(), NOTHING);
    assert_eq!(call.after(2), ["hang up completed"]);
    assert!(call.flow.is_over());
    assert_eq!(call.flow.deadline(), None);
}

#[test]
fn the_receipt_is_repeated_by_star_and_skipped_by_hash() {
    let mut call = in_menu();
    call.press('#');
    assert_eq!(call.press('*'), ["hush", SENT]);
    assert_eq!(call.press('3'), NOTHING);
    assert_eq!(call.press('#'), ["hush", "play farewell"]);
}

#[test]
fn caller_who_hangs_up_after_sending_does_not_send_twice() {
    assert_eq!(Call::sending().tell(Event::HungUp), NOTHING);
    assert_eq!(in_menu().tell(Event::HungUp), NOTHING);
}

#[test]
fn nothing_happens_after_the_end() {
    let mut call = Call::sending();
    call.tell(Event::HungUp);
    for event in [Event::HungUp, Event::Shutdown, Event::Answered, Event::Silent] {
        assert_eq!(call.tell(event), NOTHING);
    }
    assert_eq!(call.press('1'), NOTHING);
    assert_eq!(call.wait(20_000), NOTHING);
}

/// A line that reads the code before the recording (decision 13).
fn code_first() -> Script {
    Script { code_first: true, ..short_script() }
}

#[test]
fn a_line_that_reads_the_code_first_does_so_between_consent_and_recording() {
    let mut call = Call::asked(code_first());
    assert_eq!(call.press('1'), [AGREED, "hush", "play code_intro_short"]);
    assert_eq!(call.press('1'), ["hush", READING]);
    assert_eq!(call.played(), ["note code spoken", MENU]);
    // Nobody need be told to stay on the line for a code that they have.
    assert_eq!(call.press('#'), ["hush", "play record_short TONE"]);
}

#[test]
fn a_caller_who_presses_nothing_at_the_first_code_comes_to_the_recording() {
    let mut call = Call::asked(code_first());
    call.press('1');
    call.played();
    assert_eq!(call.after(60), [READING]);
    call.played();
    for _ in 0..2 {
        call.played();
        assert_eq!(call.after(20), ["play no_input code_menu"]);
    }
    call.played();
    assert_eq!(call.after(20), ["play record_short TONE"]);
}

#[test]
fn a_code_read_first_is_read_again_when_the_credit_ends() {
    let mut call = Call::asked(code_first());
    for key in ['1', '1'] {
        call.press(key);
    }
    call.played();
    call.press('#');
    call.played();
    call.tell(Event::Spoke);
    call.credit_ends_in(126);
    // 126 − 50 = 76 s to the stop.
    call.wait(76);
    let ending = "play code_is(digits) code_again(digits) sent farewell";
    assert_eq!(call.recorded(70_000, 60_000), ["submit interrupted", ending]);
}

#[test]
fn where_the_credit_is_ending_already_the_recording_comes_first() {
    let mut call = Call::asked(code_first());
    call.credit_ends_in(126);
    assert_eq!(call.press('1'), [AGREED, "hush", "play record_short stay_hint TONE"]);
}
