//! S7, the recorder paused.

use super::call::{Call, NOTHING};
use crate::Event;

const PAUSED: &str = "play record_paused";
const HELP: &str = "play record_instr TONE";

fn paused() -> Call {
    let mut call = Call::recording();
    call.wait(20);
    call.press('1');
    call
}

#[test]
fn key_1_pauses_and_key_1_goes_on() {
    let mut call = Call::recording();
    assert_eq!(call.press('1'), ["pause", PAUSED]);
    assert_eq!(call.press('1'), ["hush", "resume"]);
    assert_eq!(call.state(), "recording");
}

#[test]
fn hash_in_the_pause_finishes() {
    let mut call = paused();
    assert_eq!(call.press('#'), ["hush", "stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["play review_menu"]);
}

#[test]
fn a_pause_is_reminded_of_after_120_s_twice_and_then_finishes() {
    let mut call = paused();
    for _ in 0..2 {
        call.played();
        assert_eq!(call.after(120), [PAUSED]);
    }
    call.played();
    assert_eq!(call.after(120), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["play review_menu"]);
}

#[test]
fn star_in_the_pause_repeats_and_other_keys_are_ignored() {
    let mut call = paused();
    assert_eq!(call.press('*'), ["hush", PAUSED]);
    for key in "023456789".chars() {
        assert_eq!(call.press(key), NOTHING, "{key}");
    }
}

#[test]
fn a_pause_is_not_part_of_the_length() {
    let mut call = paused();
    call.played();
    call.wait(100);
    call.press('1');
    call.tell(Event::Spoke);
    // 20 s were recorded before the pause: 550 s are left to the warning, and 30 s more.
    assert_eq!(call.after(550), ["play record_warning"]);
    assert_eq!(call.after(30), ["hush", "stop"]);
}

#[test]
fn silence_is_counted_anew_after_a_pause() {
    let mut call = paused();
    call.played();
    call.wait(100);
    call.press('1');
    assert_eq!(call.after(10), ["play record_still_there"]);
}

#[test]
fn star_while_recording_pauses_and_explains_and_goes_on_after_the_tone() {
    let mut call = Call::recording();
    assert_eq!(call.press('*'), ["pause", HELP]);
    assert_eq!(call.played(), ["resume"]);
    assert_eq!(call.state(), "recording");
}

#[test]
fn hash_in_the_help_skips_to_the_tone_but_not_over_it() {
    let mut call = Call::recording();
    call.press('*');
    assert_eq!(call.press('#'), ["hush", "play TONE"]);
    assert_eq!(call.press('#'), NOTHING);
    assert_eq!(call.played(), ["resume"]);
}

#[test]
fn key_1_in_the_help_pauses_and_star_explains_again() {
    let mut call = Call::recording();
    call.press('*');
    call.wait(2);
    assert_eq!(call.press('*'), ["hush", HELP]);
    assert_eq!(call.press('5'), NOTHING);
    assert_eq!(call.press('1'), ["hush", PAUSED]);
    assert_eq!(call.press('1'), ["hush", "resume"]);
}

#[test]
fn caller_who_hangs_up_in_the_pause_leaves_a_report() {
    let mut call = paused();
    assert_eq!(call.tell(Event::HungUp), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed"]);
}

#[test]
fn caller_who_hangs_up_in_the_help_leaves_a_report() {
    let mut call = Call::recording();
    call.press('*');
    assert_eq!(call.tell(Event::HungUp), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed"]);
}
