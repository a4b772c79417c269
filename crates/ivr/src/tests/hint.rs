//! S3.

use super::call::{Call, langs, script, short_script};
use crate::Script;

const HINT: &str = "play info_hint notice_short";
const INFORMATION: &str = "play info_how notice info_channels";
const CATEGORIES: &str = "play category_intro option(category_0=1) option(category_1=2) \
                          option(category_2=3) option_unsure hint_repeat";

fn two_languages() -> Script {
    Script { languages: langs(&["en", "cs"]), ..script() }
}

#[test]
fn no_key_means_a_new_report_and_there_is_no_wait() {
    assert_eq!(Call::welcomed(script()).played(), [CATEGORIES]);
}

#[test]
fn key_1_and_hash_go_on() {
    for key in ['1', '#'] {
        assert_eq!(Call::welcomed(script()).press(key), ["hush", CATEGORIES]);
    }
}

#[test]
fn key_4_informs_and_comes_back() {
    let mut call = Call::welcomed(script());
    assert_eq!(call.press('4'), ["hush", INFORMATION]);
    assert_eq!(call.played(), [HINT]);
}

#[test]
fn star_says_the_long_form() {
    let mut call = Call::welcomed(script());
    assert_eq!(call.press('*'), ["hush", "play notice main_new main_info"]);
    assert_eq!(call.press('1'), ["hush", CATEGORIES]);
}

#[test]
fn the_long_form_offers_the_languages_only_where_there_are_several() {
    let mut call = Call::welcomed(two_languages());
    call.press('1');
    assert_eq!(call.press('*'), ["hush", "play notice main_new main_info main_language"]);
}

#[test]
fn key_9_leads_back_to_the_languages_and_their_choice_back_to_the_hint() {
    let mut call = Call::welcomed(two_languages());
    call.press('1');
    assert_eq!(call.press('9'), ["hush", "play lang_option(=1) cs:lang_option(=2)"]);
    assert_eq!(call.press('2'), ["note language cs", "hush", "play cs:info_hint cs:notice_short"]);
}

#[test]
fn key_9_is_wrong_where_there_is_one_language() {
    let told = "play invalid info_hint notice_short";
    assert_eq!(Call::welcomed(script()).press('9'), ["hush", told]);
}

#[test]
fn inbox_and_person_are_not_offered_and_their_keys_are_wrong() {
    for key in ['0', '2', '3', '5', '6', '7', '8'] {
        let told = "play invalid info_hint notice_short";
        assert_eq!(Call::welcomed(script()).press(key), ["hush", told], "{key}");
    }
}

#[test]
fn a_wrong_key_keeps_the_long_form_and_the_third_goes_on() {
    let mut call = Call::welcomed(script());
    call.press('*');
    for _ in 0..2 {
        assert_eq!(call.press('2'), ["hush", "play invalid notice main_new main_info"]);
    }
    assert_eq!(call.press('2'), ["hush", CATEGORIES]);
}

#[test]
fn keys_of_the_hint_do_not_count_any_more_when_the_next_menu_speaks() {
    let mut call = Call::welcomed(script());
    call.played();
    assert!(call.press('4').concat().contains("invalid"));
}

#[test]
fn information_is_repeated_by_star_and_left_by_hash_or_a_key_of_the_hint() {
    let mut call = Call::welcomed(script());
    call.press('4');
    assert_eq!(call.press('*'), ["hush", INFORMATION]);
    assert_eq!(call.press('4'), ["hush", INFORMATION]);
    assert_eq!(call.press('#'), ["hush", HINT]);
    call.press('4');
    assert_eq!(call.press('1'), ["hush", CATEGORIES]);
}

#[test]
fn a_wrong_key_in_the_information_leads_back_to_the_hint() {
    let mut call = Call::welcomed(script());
    call.press('4');
    assert_eq!(call.press('7'), ["hush", "play invalid info_hint notice_short"]);
}

#[test]
fn a_line_without_questions_asks_for_consent_at_once() {
    let mut call = Call::welcomed(short_script());
    assert_eq!(
        call.played(),
        ["note category unsure", "note unit unsure", "play consent_two_short hint_repeat"]
    );
}
