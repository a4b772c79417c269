//! S8.

use core::time::Duration;

use super::call::{Call, NOTHING, short_script};
use crate::{Event, Limits, Script};

const MENU: &str = "play review_menu";
const SENT: &str = "submit reviewed";
const PEN: &str = "play code_intro_short";

#[test]
fn key_1_sends() {
    assert_eq!(Call::reviewing().press('1'), ["hush", SENT, PEN]);
}

#[test]
fn key_2_plays_back_and_the_menu_follows() {
    let mut call = Call::reviewing();
    assert_eq!(call.press('2'), ["hush", "play playback"]);
    assert_eq!(call.played(), [MENU]);
}

#[test]
fn while_listening_hash_skips_and_star_starts_over_and_the_menus_keys_count() {
    let mut call = Call::reviewing();
    call.press('2');
    assert_eq!(call.press('*'), ["hush", "play playback"]);
    assert_eq!(call.press('#'), ["hush", MENU]);
    call.press('2');
    assert_eq!(call.press('8'), ["hush", "play invalid review_menu"]);
    call.press('2');
    assert_eq!(call.press('1'), ["hush", SENT, PEN]);
}

#[test]
fn key_3_discards_the_part_and_records_it_again() {
    let mut call = Call::reviewing();
    assert_eq!(call.press('3'), ["hush", "discard 1", "play record_short TONE"]);
    assert_eq!(call.played(), ["record 2"]);
}

#[test]
fn key_3_discards_the_last_part_only() {
    let mut call = Call::reviewing();
    call.press('4');
    call.played();
    call.press('#');
    call.recorded(20_000, 10_000);
    assert_eq!(call.press('3'), ["hush", "discard 2", "play record_short TONE"]);
    assert_eq!(call.tell(Event::HungUp), ["submit unreviewed"]);
}

/// Part 1 holds a word and was asked for again; part 2 was good enough.
fn reviewing_after_a_word() -> Call {
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.recorded(2_500, 1_500), ["play record_empty TONE"]);
    call.played();
    call.press('#');
    call.recorded(20_000, 10_000);
    call
}

#[test]
fn key_3_forgets_what_was_too_short_just_before_as_well() {
    let mut call = reviewing_after_a_word();
    let done = ["hush", "discard 2", "discard 1", "play record_short TONE"];
    assert_eq!(call.press('3'), done);
    assert_eq!(call.tell(Event::HungUp), NOTHING);
}

#[test]
fn key_3_forgets_three_short_tries_from_the_last_to_the_first() {
    let mut call = Call::recording();
    for _ in 0..2 {
        call.press('#');
        call.recorded(2_500, 1_500);
        call.played();
    }
    call.press('#');
    assert_eq!(call.recorded(2_500, 1_500), [MENU]);
    let done = ["hush", "discard 3", "discard 2", "discard 1", "play record_short TONE"];
    assert_eq!(call.press('3'), done);
}

#[test]
fn key_3_keeps_a_short_part_that_was_reviewed_and_added_to() {
    let mut call = Call::recording();
    for _ in 0..2 {
        call.press('#');
        call.recorded(2_500, 0);
        call.played();
    }
    call.press('#');
    assert_eq!(call.recorded(2_500, 1_500), [MENU]);
    call.press('4');
    call.played();
    call.press('#');
    call.recorded(20_000, 10_000);
    assert_eq!(call.press('3'), ["hush", "discard 4", "play record_short TONE"]);
}

#[test]
fn key_3_keeps_what_was_too_short_before_a_part_that_was_added_to() {
    let mut call = reviewing_after_a_word();
    call.press('4');
    call.played();
    call.press('#');
    call.recorded(20_000, 10_000);
    assert_eq!(call.press('3'), ["hush", "discard 3", "play record_short TONE"]);
    assert_eq!(call.tell(Event::HungUp), ["submit unreviewed"]);
}

#[test]
fn caller_who_discards_the_only_part_and_hangs_up_leaves_nothing() {
    let mut call = Call::reviewing();
    call.press('3');
    assert!(call.tell(Event::HungUp).is_empty());
}

#[test]
fn key_4_adds_a_part() {
    let mut call = Call::reviewing();
    assert_eq!(call.press('4'), ["hush", "play record_short TONE"]);
    assert_eq!(call.played(), ["record 2"]);
}

#[test]
fn key_4_says_why_where_there_is_no_room_for_a_part() {
    let limits = Limits { total: Duration::from_millis(22_999), ..Limits::default() };
    let mut call = Call::recording_with(Script { limits, ..short_script() });
    call.press('#');
    call.recorded(20_000, 10_000);
    assert_eq!(call.press('4'), ["hush", "play limit_total review_menu"]);
    let limits = Limits { parts: 1, ..Limits::default() };
    let mut call = Call::recording_with(Script { limits, ..short_script() });
    call.press('#');
    call.recorded(20_000, 10_000);
    assert_eq!(call.press('4'), ["hush", "play limit_total review_menu"]);
}

#[test]
fn silence_repeats_twice_after_10_s_and_then_sends() {
    let mut call = Call::reviewing();
    for _ in 0..2 {
        call.played();
        assert_eq!(call.after(10), ["play no_input review_menu"]);
    }
    call.played();
    assert_eq!(call.after(10), [SENT, PEN]);
}

#[test]
fn wrong_keys_and_star_never_send() {
    let mut call = Call::reviewing();
    for key in "0567890".chars() {
        assert_eq!(call.press(key), ["hush", "play invalid review_menu"], "{key}");
    }
    for _ in 0..5 {
        call.wait(2);
        assert_eq!(call.press('*'), ["hush", MENU]);
    }
}

#[test]
fn hash_skips_to_the_wait() {
    let mut call = Call::reviewing();
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.after(10), ["play no_input review_menu"]);
}

#[test]
fn caller_who_hangs_up_in_the_review_leaves_the_report_as_it_stands() {
    assert_eq!(Call::reviewing().tell(Event::HungUp), [SENT]);
    let mut call = Call::reviewing();
    call.press('2');
    assert_eq!(call.tell(Event::HungUp), [SENT]);
}

#[test]
fn caller_who_hangs_up_while_adding_leaves_all_parts_unreviewed() {
    let mut call = Call::reviewing();
    call.press('4');
    call.played();
    call.tell(Event::HungUp);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed"]);
}
