//! The length of a call: 150 min, and the short ending fits into it.

use super::call::{Call, NOTHING, script};
use crate::Event;

/// Seconds from the answer to the warning: 150 min − 50 s − 60 s.
const WARNING: u64 = 9_000 - 50 - 60;

#[test]
fn a_recording_is_warned_a_minute_before_its_stop_and_the_short_ending_opens_with_the_reason() {
    let mut call = Call::recording();
    // The recording began 1 s after the answer; 14 parts of 600 s each are recorded and discarded.
    for _ in 0..14 {
        call.wait(600);
        call.recorded(600_000, 500_000);
        call.press('3');
        call.played();
        call.tell(Event::Spoke);
    }
    assert_eq!(call.after(WARNING - 1 - 14 * 600), ["play beep limit_call"]);
    call.played();
    assert_eq!(call.after(60), ["stop"]);
    let ending = "play limit_call code_is(digits) code_again(digits) sent farewell";
    assert_eq!(call.recorded(550_000, 500_000), ["submit interrupted", ending]);
    call.played();
    assert_eq!(call.after(2), ["hang up completed"]);
}

#[test]
fn a_caller_who_never_chooses_is_said_goodbye_to() {
    let mut call = Call::asked(script());
    // Nothing is ever reported as played: only the call's own timers run.
    assert_eq!(call.wait(8_948), NOTHING);
    assert_eq!(call.after(1), ["hush", "play limit_call farewell"]);
    assert_eq!(call.after(50), ["hush", "hang up completed"]);
}
