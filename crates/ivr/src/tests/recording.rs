//! S7, the recorder running.

use core::time::Duration;

use super::call::{Call, NOTHING, short_script};
use crate::{Event, Limits, Script};

const REVIEW: &str = "play review_menu";
const AGAIN: &str = "play record_empty TONE";

/// Consent given, the instructions are being said.
fn preparing() -> Call {
    let mut call = Call::asked(short_script());
    call.press('1');
    call
}

#[test]
fn recording_starts_when_the_tone_has_been_heard() {
    assert_eq!(preparing().played(), ["record 1"]);
}

#[test]
fn any_key_skips_to_the_tone_but_not_over_it() {
    for key in ['#', '1', '7'] {
        let mut call = preparing();
        assert_eq!(call.press(key), ["hush", "play TONE"]);
        assert_eq!(call.press(key), NOTHING);
        assert_eq!(call.played(), ["record 1"]);
    }
}

#[test]
fn star_before_the_tone_gives_the_long_instructions() {
    let mut call = preparing();
    assert_eq!(call.press('*'), ["hush", "play record_instr TONE"]);
    assert_eq!(call.played(), ["record 1"]);
}

#[test]
fn hash_ends_the_recording_and_the_review_follows() {
    let mut call = Call::recording();
    call.wait(20);
    assert_eq!(call.press('#'), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), [REVIEW]);
}

#[test]
fn other_keys_are_ignored() {
    let mut call = Call::recording();
    for key in "02345678".chars() {
        assert_eq!(call.press(key), NOTHING, "{key}");
    }
    assert_eq!(call.state(), "recording");
}

#[test]
fn after_10_s_of_silence_the_line_asks_twice_and_goes_on_recording() {
    let mut call = Call::recording();
    call.wait(30);
    assert_eq!(call.tell(Event::Silent), NOTHING);
    assert_eq!(call.after(10), ["play record_still_there"]);
    call.wait(4);
    assert_eq!(call.played(), NOTHING);
    assert_eq!(call.after(10), ["play record_still_there"]);
    call.wait(4);
    assert_eq!(call.played(), NOTHING);
    // 10 + 4 + 10 + 4 s have passed: 32 s are left to the 60 s that end the recording.
    assert_eq!(call.after(32), ["stop"]);
}

#[test]
fn silence_from_the_start_counts_from_the_start() {
    let mut call = preparing();
    call.played();
    assert_eq!(call.after(10), ["play record_still_there"]);
}

#[test]
fn whoever_speaks_again_is_not_asked() {
    let mut call = Call::recording();
    call.tell(Event::Silent);
    call.wait(9);
    call.tell(Event::Spoke);
    assert_eq!(call.wait(100), NOTHING);
}

#[test]
fn the_line_asks_twice_in_a_part_however_often_the_caller_falls_silent() {
    let mut call = Call::recording();
    for _ in 0..2 {
        call.tell(Event::Silent);
        assert_eq!(call.after(10), ["play record_still_there"]);
        call.played();
        call.tell(Event::Spoke);
    }
    call.tell(Event::Silent);
    assert_eq!(call.after(60), ["stop"]);
}

#[test]
fn silence_reported_twice_counts_from_the_first_time() {
    let mut call = Call::recording();
    call.tell(Event::Silent);
    call.wait(6);
    call.tell(Event::Silent);
    assert_eq!(call.after(4), ["play record_still_there"]);
}

#[test]
fn after_60_s_of_silence_the_review_follows() {
    let mut call = Call::recording();
    call.wait(20);
    call.tell(Event::Silent);
    assert_eq!(call.wait(60), ["play record_still_there", "hush", "stop"]);
    assert_eq!(call.recorded(80_000, 15_000), [REVIEW]);
}

#[test]
fn hash_while_the_line_asks_ends_the_recording() {
    let mut call = Call::recording();
    call.tell(Event::Silent);
    call.wait(10);
    assert_eq!(call.press('#'), ["hush", "stop"]);
}

#[test]
fn a_part_is_warned_of_30_s_before_its_10_min_and_then_ends() {
    let mut call = Call::recording();
    assert_eq!(call.after(570), ["play record_warning"]);
    assert_eq!(call.played(), NOTHING);
    assert_eq!(call.after(30), ["stop"]);
    assert_eq!(call.recorded(600_000, 500_000), ["play limit_part review_menu"]);
}

#[test]
fn all_parts_together_end_at_the_total_without_a_promise_of_another_part() {
    let limits = Limits { total: Duration::from_secs(700), ..Limits::default() };
    let mut call = Call::recording_with(Script { limits, ..short_script() });
    call.wait(600);
    call.recorded(600_000, 500_000);
    call.press('4');
    call.played();
    call.tell(Event::Spoke);
    // 700 s less the first part's 600 s.
    assert_eq!(call.after(100), ["stop"]);
    assert_eq!(call.recorded(100_000, 90_000), ["play limit_total review_menu"]);
}

#[test]
fn a_part_under_3_s_of_length_or_speech_is_asked_for_again() {
    for (length, speech) in [(2_999, 2_999), (60_000, 2_999)] {
        let mut call = Call::recording();
        call.press('#');
        assert_eq!(call.recorded(length, speech), [AGAIN]);
        assert_eq!(call.played(), ["record 2"]);
    }
}

#[test]
fn a_part_of_exactly_3_s_is_enough() {
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.recorded(3_000, 3_000), [REVIEW]);
}

#[test]
fn a_part_under_1_s_of_speech_is_discarded() {
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.recorded(5_000, 999), ["discard 1", AGAIN]);
}

#[test]
fn after_the_third_empty_part_the_other_ways_are_offered() {
    let mut call = Call::recording();
    for part in 1..=2 {
        call.press('#');
        assert_eq!(call.recorded(5_000, 0), [&format!("discard {part}"), AGAIN]);
        call.played();
    }
    call.press('#');
    assert_eq!(call.recorded(5_000, 0), ["discard 3", "play info_channels"]);
    assert_eq!(call.played(), ["play farewell"]);
    call.played();
    assert_eq!(call.after(2), ["hang up completed"]);
}

#[test]
fn after_the_third_empty_part_earlier_ones_are_reviewed() {
    let mut call = Call::reviewing();
    call.press('4');
    for _ in 0..2 {
        call.played();
        call.press('#');
        call.recorded(5_000, 0);
    }
    call.played();
    call.press('#');
    assert_eq!(call.recorded(5_000, 0), ["discard 4", REVIEW]);
}

#[test]
fn a_good_part_after_empty_ones_starts_the_count_anew() {
    let mut call = Call::recording();
    call.press('#');
    call.recorded(5_000, 0);
    call.played();
    call.press('#');
    assert_eq!(call.recorded(20_000, 10_000), [REVIEW]);
    call.press('4');
    call.played();
    for _ in 0..2 {
        call.press('#');
        assert!(call.recorded(5_000, 0).contains(&AGAIN.to_string()));
        call.played();
    }
}

#[test]
fn caller_who_hangs_up_while_recording_still_leaves_a_report() {
    let mut call = Call::recording();
    call.wait(20);
    assert_eq!(call.tell(Event::HungUp), ["stop"]);
    assert!(!call.flow.is_over());
    assert_eq!(call.recorded(20_000, 1_000), ["submit unreviewed"]);
    assert!(call.flow.is_over());
}

#[test]
fn caller_who_hangs_up_with_less_than_1_s_of_speech_leaves_nothing() {
    let mut call = Call::recording();
    call.wait(20);
    call.tell(Event::HungUp);
    assert_eq!(call.recorded(20_000, 999), ["discard 1"]);
    assert!(call.flow.is_over());
}

#[test]
fn caller_who_said_a_word_and_gives_up_when_asked_again_leaves_a_report() {
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.recorded(2_500, 1_000), [AGAIN]);
    assert_eq!(call.tell(Event::HungUp), ["submit unreviewed"]);
}

#[test]
fn caller_who_hangs_up_while_the_recorder_stops_leaves_a_report() {
    let mut call = Call::recording();
    call.wait(20);
    call.press('#');
    assert_eq!(call.tell(Event::HungUp), NOTHING);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed"]);
}
