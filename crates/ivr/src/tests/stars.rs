//! `**` leaves at once and keeps what was recorded.

use super::call::{Call, NOTHING, script};

#[test]
fn two_stars_within_a_second_leave_and_the_first_acts_at_once() {
    let mut call = Call::asked(script());
    assert!(call.press('*').concat().contains("category_intro"));
    call.wait_ms(1_000);
    assert_eq!(call.press('*'), ["hush", "hang up completed"]);
    assert!(call.flow.is_over());
}

#[test]
fn two_stars_more_than_a_second_apart_repeat_twice() {
    let mut call = Call::asked(script());
    call.press('*');
    call.wait_ms(1_001);
    assert!(call.press('*').concat().contains("category_intro"));
}

#[test]
fn a_key_between_two_stars_parts_them() {
    let mut call = Call::asked(script());
    call.press('*');
    call.press('#');
    assert!(call.press('*').concat().contains("category_intro"));
}

#[test]
fn two_stars_in_the_greeting_leave() {
    let mut call = Call::greeted(script());
    call.press('*');
    assert_eq!(call.press('*'), ["hush", "hang up completed"]);
}

#[test]
fn two_stars_while_recording_keep_the_report() {
    let mut call = Call::recording();
    call.wait(20);
    assert_eq!(call.press('*'), ["pause", "play record_instr TONE"]);
    assert_eq!(call.press('*'), ["hush", "stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed", "hang up completed"]);
}

#[test]
fn two_stars_in_the_review_send_what_stands() {
    let mut call = Call::reviewing();
    call.press('*');
    assert_eq!(call.press('*'), ["submit reviewed", "hush", "hang up completed"]);
}

#[test]
fn two_stars_after_sending_do_not_send_twice() {
    let mut call = Call::sending();
    call.press('*');
    assert_eq!(call.press('*'), ["hush", "hang up completed"]);
}

#[test]
fn two_stars_while_the_recorder_stops_wait_for_it() {
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.press('*'), NOTHING);
    assert_eq!(call.press('*'), NOTHING);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed", "hang up completed"]);
}
