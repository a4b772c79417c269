//! Recorder, store and operator.

use super::call::{Call, NOTHING, script, short_script};
use crate::{Event, Script};

const FAULT: &str = "play system_error code_is(digits) code_again(digits) sent farewell";
const NOT_SAVED: &str = "play not_saved farewell";

#[test]
fn a_recorder_that_fails_keeps_what_it_holds_and_the_caller_is_told() {
    let mut call = Call::recording();
    call.wait(20);
    assert_eq!(call.tell(Event::RecordingFailed), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["submit interrupted", FAULT]);
    assert_eq!(call.played(), ["note code spoken"]);
    assert_eq!(call.after(2), ["hang up fault"]);
}

#[test]
fn a_recorder_that_fails_empty_says_that_nothing_is_saved() {
    let mut call = Call::recording();
    call.tell(Event::RecordingFailed);
    assert_eq!(call.recorded(0, 0), ["discard 1", NOT_SAVED]);
    call.played();
    assert_eq!(call.after(2), ["hang up fault"]);
}

#[test]
fn a_recorder_that_fails_before_the_tone_lets_nobody_speak_in_vain() {
    let mut call = Call::asked(short_script());
    call.press('1');
    assert_eq!(call.tell(Event::RecordingFailed), ["hush", NOT_SAVED]);
    call.played();
    assert_eq!(call.after(2), ["hang up fault"]);
}

#[test]
fn a_recorder_that_fails_before_a_further_part_keeps_the_earlier_ones() {
    let mut call = Call::reviewing();
    call.press('4');
    assert_eq!(call.tell(Event::RecordingFailed), ["hush", "submit interrupted", FAULT]);
}

#[test]
fn a_recorder_that_fails_while_the_code_is_read_before_the_recording_is_a_fault() {
    for keys in ["1", "11", "11#"] {
        let mut call = Call::asked(Script { code_first: true, ..short_script() });
        for key in keys.chars() {
            call.press(key);
        }
        assert_eq!(call.tell(Event::RecordingFailed), ["hush", NOT_SAVED], "{keys}");
    }
}

#[test]
fn a_recorder_that_fails_in_the_review_or_while_listening_hands_in_at_once() {
    for keys in ["", "2"] {
        let mut call = Call::reviewing();
        for key in keys.chars() {
            call.press(key);
        }
        let ending = ["hush", "submit interrupted", FAULT];
        assert_eq!(call.tell(Event::RecordingFailed), ending, "{keys}");
    }
}

#[test]
fn a_recorder_that_fails_in_the_pause_or_while_stopping_is_a_fault_too() {
    let mut call = Call::recording();
    call.press('1');
    assert_eq!(call.tell(Event::RecordingFailed), ["hush", "stop"]);
    let mut call = Call::recording();
    call.press('#');
    assert_eq!(call.tell(Event::RecordingFailed), NOTHING);
    assert_eq!(call.recorded(20_000, 10_000), ["submit interrupted", FAULT]);
}

#[test]
fn a_failure_before_consent_or_after_handing_in_is_nothing() {
    assert_eq!(Call::asked(script()).tell(Event::RecordingFailed), NOTHING);
    assert_eq!(Call::sending().tell(Event::RecordingFailed), NOTHING);
}

#[test]
fn a_recorder_that_does_not_answer_within_5_s_loses_nothing() {
    let mut call = Call::recording();
    call.wait(20);
    call.press('#');
    assert_eq!(call.after(5), ["submit interrupted", FAULT]);
}

#[test]
fn a_recorder_that_does_not_answer_after_hanging_up_loses_nothing() {
    let mut call = Call::recording();
    call.wait(20);
    call.tell(Event::HungUp);
    assert_eq!(call.after(5), ["submit unreviewed"]);
    assert!(call.flow.is_over());
}

#[test]
fn an_answer_of_the_recorder_that_nobody_waits_for_is_nothing() {
    assert_eq!(Call::recording().recorded(5_000, 5_000), NOTHING);
    assert_eq!(Call::reviewing().recorded(5_000, 5_000), NOTHING);
}

#[test]
fn a_report_that_could_not_be_handed_in_gets_no_receipt_and_no_code() {
    let mut call = Call::sending();
    assert_eq!(call.tell(Event::ReportFailed), ["hush", NOT_SAVED]);
    assert_eq!(call.tell(Event::ReportFailed), NOTHING);
    call.played();
    assert_eq!(call.after(2), ["hang up fault"]);
}

#[test]
fn a_fault_whose_report_cannot_be_handed_in_takes_its_word_back() {
    let mut call = Call::reviewing();
    call.tell(Event::RecordingFailed);
    assert_eq!(call.tell(Event::ReportFailed), ["hush", NOT_SAVED]);
}

#[test]
fn shutdown_while_recording_saves_and_says_goodbye() {
    let mut call = Call::recording();
    call.wait(20);
    assert_eq!(call.tell(Event::Shutdown), ["stop"]);
    assert_eq!(call.recorded(20_000, 10_000), ["submit interrupted", FAULT]);
    call.played();
    assert_eq!(call.after(2), ["hang up shutdown"]);
}

#[test]
fn shutdown_in_the_review_hands_in() {
    let mut call = Call::reviewing();
    assert_eq!(call.tell(Event::Shutdown), ["hush", "submit interrupted", FAULT]);
}

#[test]
fn shutdown_before_a_recording_only_says_goodbye() {
    let mut call = Call::asked(script());
    assert_eq!(call.tell(Event::Shutdown), ["hush", "play farewell"]);
}

#[test]
fn shutdown_after_sending_still_reads_the_code() {
    let mut call = Call::sending();
    let ending = "play code_is(digits) code_again(digits) sent farewell";
    assert_eq!(call.tell(Event::Shutdown), ["hush", ending]);
}

#[test]
fn hanging_up_during_a_fault_still_hands_in() {
    let mut call = Call::recording();
    call.wait(20);
    call.tell(Event::RecordingFailed);
    assert_eq!(call.tell(Event::HungUp), NOTHING);
    assert_eq!(call.recorded(20_000, 10_000), ["submit unreviewed"]);
}

#[test]
fn a_play_that_was_stopped_reports_in_vain() {
    let mut call = Call::asked(script());
    let stopped = call.playing.unwrap();
    call.press('*');
    assert_eq!(call.tell(Event::Played { play: stopped }), NOTHING);
    assert_eq!(call.wait(60), NOTHING);
}
