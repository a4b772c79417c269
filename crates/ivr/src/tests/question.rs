//! S4 and S5.

use super::call::{Call, NOTHING, ids, script};
use crate::Script;

const SHORT: &str = "category_intro option(category_0=1) option(category_1=2) \
                     option(category_2=3) option_unsure";
const SLOW: &str = "category_intro 600ms option(category_0=1) 600ms option(category_1=2) \
                    600ms option(category_2=3) 600ms option_unsure";

fn with(categories: usize, units: usize) -> Script {
    Script { categories: ids("c", categories), units: ids("u", units), ..script() }
}

#[test]
fn the_hint_to_repeat_closes_the_first_menu_of_the_call_only() {
    let mut call = Call::welcomed(script());
    assert_eq!(call.played(), [format!("play {SHORT} hint_repeat")]);
    assert_eq!(call.press('*'), ["hush", &format!("play {SHORT}")]);
}

#[test]
fn a_choice_is_noted_and_read_back_and_the_next_question_follows() {
    let mut call = Call::asked(script());
    assert_eq!(call.press('2'), ["note category 1", "hush", "play chosen(category_1)"]);
    assert_eq!(call.played(), ["note unit unsure", "play consent_two_short"]);
}

#[test]
fn a_key_cuts_the_reading_back_short() {
    for key in ['#', '1'] {
        let mut call = Call::asked(script());
        call.press('2');
        let next = ["note unit unsure", "hush", "play consent_two_short"];
        assert_eq!(call.press(key), next);
    }
}

#[test]
fn star_while_the_choice_is_read_back_asks_again() {
    let mut call = Call::asked(script());
    call.press('2');
    assert_eq!(call.press('*'), ["hush", &format!("play {SHORT}")]);
}

#[test]
fn star_within_2_s_of_the_choice_takes_it_back() {
    let mut call = Call::asked(script());
    call.press('2');
    call.played();
    call.wait_ms(2_000);
    assert_eq!(call.press('*'), ["hush", &format!("play {SHORT}")]);
    assert_eq!(call.press('3'), ["note category 2", "hush", "play chosen(category_2)"]);
}

#[test]
fn star_later_than_that_belongs_to_the_next_question() {
    let mut call = Call::asked(script());
    call.press('2');
    call.played();
    call.wait_ms(2_001);
    assert_eq!(call.press('*'), ["hush", "play consent_two_ask"]);
}

#[test]
fn star_within_2_s_goes_back_from_the_unit_to_the_category() {
    let mut call = Call::asked(with(2, 2));
    call.press('1');
    call.played();
    assert_eq!(call.state(), "unit");
    call.wait(1);
    call.press('*');
    assert_eq!(call.state(), "category");
}

#[test]
fn a_choice_is_taken_back_once_and_the_next_star_repeats() {
    let mut call = Call::asked(with(2, 2));
    call.press('1');
    call.played();
    call.press('*');
    call.wait_ms(1_500);
    call.press('*');
    assert_eq!(call.state(), "category");
}

#[test]
fn unsure_needs_no_reading_back_and_can_be_taken_back() {
    let mut call = Call::asked(script());
    let next = ["note category unsure", "note unit unsure", "hush", "play consent_two_short"];
    assert_eq!(call.press('0'), next);
    call.wait(1);
    assert_eq!(call.press('*'), ["hush", &format!("play {SHORT}")]);
}

#[test]
fn three_tries_of_7_s_the_later_ones_slower_then_the_question_is_skipped() {
    let mut call = Call::asked(script());
    call.played();
    assert_eq!(call.after(7), [format!("play no_input {SLOW}")]);
    call.played();
    assert_eq!(call.after(7), [format!("play no_input {SLOW}")]);
    call.played();
    let skipped = ["note category unsure", "note unit unsure", "play skip_ahead consent_two_short"];
    assert_eq!(call.after(7), skipped);
}

#[test]
fn a_wrong_key_is_told_and_counts_as_a_try() {
    let mut call = Call::asked(script());
    for _ in 0..2 {
        assert_eq!(call.press('4'), ["hush", &format!("play invalid {SLOW}")]);
    }
    let skipped =
        ["note category unsure", "note unit unsure", "hush", "play skip_ahead consent_two_short"];
    assert_eq!(call.press('6'), skipped);
}

#[test]
fn star_is_no_try_and_hash_skips_to_the_wait() {
    let mut call = Call::asked(script());
    for _ in 0..5 {
        call.wait(2);
        call.press('*');
    }
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.press('#'), NOTHING);
    assert_eq!(call.after(7), [format!("play no_input {SLOW}")]);
}

#[test]
fn five_options_fill_a_page_and_9_turns_it_and_comes_round() {
    let mut call = Call::welcomed(with(7, 0));
    let first = "category_intro option(category_0=1) option(category_1=2) option(category_2=3) \
                 option(category_3=4) option(category_4=5) option_more option_unsure";
    let second = "option(category_5=1) option(category_6=2) option_more option_unsure";
    assert_eq!(call.played(), [format!("play {first} hint_repeat")]);
    assert_eq!(call.press('9'), ["hush", &format!("play {second}")]);
    assert_eq!(call.press('*'), ["hush", &format!("play {second}")]);
    call.wait(2);
    assert_eq!(call.press('9'), ["hush", &format!("play {first}")]);
    call.press('9');
    assert_eq!(call.press('2'), ["note category 6", "hush", "play chosen(category_6)"]);
}

#[test]
fn key_9_is_wrong_where_one_page_holds_all() {
    let mut call = Call::asked(with(5, 0));
    assert!(call.press('9').concat().contains("invalid"));
}

#[test]
fn an_option_of_another_page_is_wrong() {
    let mut call = Call::asked(with(7, 0));
    assert!(call.press('6').concat().contains("invalid"));
    call.press('9');
    assert!(call.press('3').concat().contains("invalid"));
}

#[test]
fn a_single_category_or_unit_is_chosen_without_asking() {
    let mut call = Call::welcomed(with(1, 1));
    assert_eq!(
        call.played(),
        ["note category 0", "note unit 0", "play consent_two_short hint_repeat"]
    );
}

#[test]
fn the_unit_is_asked_as_the_category_is() {
    let mut call = Call::asked(with(0, 6));
    let more = "option(unit_3=4) option(unit_4=5) option_more option_unsure";
    assert_eq!(
        call.press('*'),
        [
            "hush",
            &format!("play unit_intro option(unit_0=1) option(unit_1=2) option(unit_2=3) {more}")
        ]
    );
    call.wait(2);
    call.press('9');
    assert_eq!(call.press('1'), ["note unit 5", "hush", "play chosen(unit_5)"]);
    assert_eq!(call.played(), ["play consent_two_short"]);
}

#[test]
fn a_unit_without_answer_is_skipped_after_three_tries_of_7_s() {
    let mut call = Call::asked(with(0, 2));
    for _ in 0..2 {
        call.played();
        assert!(call.after(7).concat().contains("no_input"));
    }
    call.played();
    assert_eq!(call.after(7), ["note unit unsure", "play skip_ahead consent_two_short"]);
}
