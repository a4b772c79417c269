//! S6 and S6n.

use super::call::{Call, NOTHING, script, short_script};
use crate::Script;

const PREPARE: &str = "play record_short stay_hint TONE";
const NONE: &str = "play consent_none info_channels";

fn three_way() -> Script {
    Script { has_transcriber: true, ..short_script() }
}

#[test]
fn key_1_consents_and_the_proof_is_noted_before_anything_else() {
    let mut call = Call::asked(short_script());
    let proof = "note consent audio en key 1 consent_two_short";
    assert_eq!(call.press('1'), [proof, "hush", PREPARE]);
    assert_eq!(call.played(), ["record 1"]);
}

#[test]
fn key_3_refuses_and_nothing_is_recorded() {
    let mut call = Call::asked(short_script());
    let proof = "note consent none en key 3 consent_two_short";
    assert_eq!(call.press('3'), [proof, "hush", NONE]);
    assert_eq!(call.played(), ["play farewell"]);
    assert_eq!(call.played(), NOTHING);
    assert_eq!(call.after(2), ["hang up completed"]);
    assert!(call.flow.is_over());
}

#[test]
fn without_a_transcriber_key_2_is_wrong() {
    let mut call = Call::asked(short_script());
    assert_eq!(call.press('2'), ["hush", "play invalid consent_two_ask"]);
}

#[test]
fn with_a_transcriber_there_are_three_answers() {
    let mut call = Call::welcomed(three_way());
    call.played();
    assert_eq!(call.press('*'), ["hush", "play consent_ask"]);
    let proof = "note consent transcript en key 2 consent_ask";
    assert_eq!(call.press('2'), [proof, "hush", PREPARE]);
}

#[test]
fn with_a_transcriber_the_short_question_is_the_three_way_one() {
    let mut call = Call::asked(three_way());
    let proof = "note consent transcript en key 2 consent_short";
    assert_eq!(call.press('2'), [proof, "hush", PREPARE]);
}

#[test]
fn star_asks_in_full_and_the_proof_says_so() {
    let mut call = Call::asked(short_script());
    assert_eq!(call.press('*'), ["hush", "play consent_two_ask"]);
    let proof = "note consent audio en key 1 consent_two_ask";
    assert_eq!(call.press('1'), [proof, "hush", PREPARE]);
}

#[test]
fn three_tries_of_7_s_then_it_is_a_refusal_without_a_key() {
    let mut call = Call::asked(short_script());
    call.press('*');
    for _ in 0..2 {
        call.played();
        assert_eq!(call.after(7), ["play no_input consent_two_ask"]);
    }
    call.played();
    assert_eq!(call.after(7), ["note consent none en no key consent_two_ask", NONE]);
}

#[test]
fn the_third_wrong_key_is_a_refusal_too() {
    let mut call = Call::asked(short_script());
    for _ in 0..2 {
        assert_eq!(call.press('9'), ["hush", "play invalid consent_two_ask"]);
    }
    let refusal = ["note consent none en no key consent_two_ask", "hush", NONE];
    assert_eq!(call.press('0'), refusal);
}

#[test]
fn hash_skips_to_the_wait() {
    let mut call = Call::asked(short_script());
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.after(7), ["play no_input consent_two_ask"]);
}

#[test]
fn the_other_ways_are_repeated_by_star_and_skipped_by_hash() {
    let mut call = Call::asked(short_script());
    call.press('3');
    assert_eq!(call.press('*'), ["hush", "play info_channels"]);
    assert_eq!(call.press('1'), NOTHING);
    assert_eq!(call.press('#'), ["hush", "play farewell"]);
    assert_eq!(call.press('1'), NOTHING);
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.after(2), ["hang up completed"]);
}

#[test]
fn a_caller_who_hangs_up_before_the_recording_leaves_nothing() {
    for keys in ["", "0", "01", "03"] {
        let mut call = Call::asked(script());
        for key in keys.chars() {
            call.press(key);
        }
        assert_eq!(call.tell(crate::Event::HungUp), NOTHING, "{keys}");
        assert!(call.flow.is_over());
        assert_eq!(call.flow.deadline(), None);
    }
}
