//! Recorder, store and operator.

use super::call::{Call, NOTHING, script};
use crate::Event;

const FAULT: &str = "play system_error code_is(digits) code_again(digits) sent farewell";

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
fn a_recorder_that_fails_empty_promises_nothing() {
    let mut call = Call::recording();
    call.tell(Event::RecordingFailed);
    assert_eq!(call.recorded(0, 0), ["discard 1", "play farewell"]);
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
fn a_failure_outside_a_recording_is_nothing() {
    assert_eq!(Call::asked(script()).tell(Event::RecordingFailed), NOTHING);
    assert_eq!(Call::reviewing().tell(Event::RecordingFailed), NOTHING);
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
    assert_eq!(call.tell(Event::ReportFailed), ["hush", "play system_error farewell"]);
    assert_eq!(call.tell(Event::ReportFailed), NOTHING);
    call.played();
    assert_eq!(call.after(2), ["hang up fault"]);
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
