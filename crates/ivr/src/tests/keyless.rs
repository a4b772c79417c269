//! A caller who presses nothing at all hears the information before consent counts as refused
//! (decision 26).

use super::call::{Call, NOTHING, ids, script, short_script};
use crate::Script;

const INFORMATION: &str = "play info_how notice info_channels";
const LAST: &str = "play consent_two_ask";
const REFUSED: [&str; 2] =
    ["note consent none en no key consent_two_ask", "play consent_none info_channels"];

/// Nobody answers: what is said from the first question on, play by play.
fn heard_in_silence(mut call: Call, plays: usize) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..plays {
        heard.extend(call.played());
        heard.extend(call.wait(7));
    }
    heard.retain(|line| line.starts_with("play"));
    heard
}

/// The consent question was asked twice in vain and no key was pressed; the information is said.
fn informed() -> Call {
    let mut call = Call::welcomed(short_script());
    call.played();
    call.played();
    assert_eq!(call.after(7), ["play no_input consent_two_ask"]);
    call.played();
    assert_eq!(call.after(7), [INFORMATION]);
    call
}

#[test]
fn after_two_silent_rounds_the_information_is_heard_and_consent_is_asked_once_more() {
    let mut call = informed();
    assert_eq!(call.played(), [LAST]);
    call.played();
    assert_eq!(call.after(7), REFUSED);
}

#[test]
fn every_question_since_the_category_counts() {
    let script = Script { units: ids("u", 2), ..script() };
    let mut call = Call::welcomed(script);
    call.played();
    // Category and unit are asked three times each, then consent twice.
    let heard = heard_in_silence(call, 3 + 3 + 2);
    assert_eq!(heard.last().unwrap(), INFORMATION);
    assert_eq!(heard.iter().filter(|line| line.contains("info_how")).count(), 1);
}

#[test]
fn a_key_since_the_category_says_that_the_caller_can_press() {
    let mut call = Call::welcomed(script());
    call.played();
    call.press('0');
    call.played();
    call.wait(7);
    call.played();
    assert_eq!(call.after(7), ["play no_input consent_two_ask"]);
}

#[test]
fn a_key_before_the_category_does_not_count() {
    let mut call = Call::asked(short_script());
    call.played();
    call.wait(7);
    call.played();
    assert_eq!(call.after(7), [INFORMATION]);
}

#[test]
fn no_key_in_the_information_is_a_consent() {
    for key in "012356789#".chars() {
        let mut call = informed();
        assert_eq!(call.press(key), ["hush", LAST], "{key}");
        let agreed = "note consent audio en key 1 consent_two_ask";
        assert_eq!(call.press('1').first().unwrap(), agreed);
    }
}

#[test]
fn star_and_key_4_repeat_the_information() {
    for key in ['*', '4'] {
        assert_eq!(informed().press(key), ["hush", INFORMATION]);
    }
}

#[test]
fn credit_that_ends_meanwhile_leads_to_the_question_at_once() {
    let ask = "play limit_call consent_two_ask";
    assert_eq!(informed().credit_ends_in(126), ["hush", ask]);
    let mut call = informed();
    call.played();
    assert_eq!(call.credit_ends_in(126), ["hush", ask]);
    call.played();
    assert_eq!(call.after(7), REFUSED);
    assert_eq!(call.wait(0), NOTHING);
}
