//! S2.

use super::call::{Call, langs, script};
use crate::Script;

const MENU: &str = "play cs:lang_option(=1) lang_option(=2) de:lang_option(=3)";

fn three() -> Script {
    Script { languages: langs(&["cs", "en", "de"]), ..script() }
}

fn nine() -> Script {
    let codes = ["cs", "en", "de", "sk", "pl", "uk", "vi", "hu", "ro"];
    Script { languages: langs(&codes), ..script() }
}

#[test]
fn each_language_is_offered_in_itself_and_the_default_comes_first() {
    assert_eq!(Call::greeted(three()).played(), [MENU]);
}

#[test]
fn a_digit_chooses_the_language_of_everything_that_follows() {
    let mut call = Call::welcomed(three());
    assert_eq!(call.press('3'), ["note language de", "hush", "play de:info_hint de:notice_short"]);
}

#[test]
fn the_menu_waits_4_s_and_repeats_once_and_takes_the_default() {
    let mut call = Call::welcomed(three());
    call.played();
    assert_eq!(call.after(4), [MENU]);
    call.played();
    assert_eq!(call.after(4), ["note language cs", "play cs:info_hint cs:notice_short"]);
}

#[test]
fn a_wrong_key_is_told_and_counts_as_a_try() {
    let mut call = Call::welcomed(three());
    let told = "play cs:invalid cs:lang_option(=1) lang_option(=2) de:lang_option(=3)";
    assert_eq!(call.press('4'), ["hush", told]);
    assert_eq!(call.press('8'), ["note language cs", "hush", "play cs:info_hint cs:notice_short"]);
}

#[test]
fn star_repeats_and_is_no_try() {
    let mut call = Call::welcomed(three());
    for _ in 0..5 {
        call.wait(2);
        assert_eq!(call.press('*'), ["hush", MENU]);
    }
    call.played();
    assert_eq!(call.after(4), [MENU]);
}

#[test]
fn hash_skips_to_the_wait() {
    let mut call = Call::welcomed(three());
    assert_eq!(call.press('#'), ["hush"]);
    assert_eq!(call.after(4), [MENU]);
}

#[test]
fn seven_languages_fill_a_page_and_9_turns_it_and_comes_round() {
    let mut call = Call::greeted(nine());
    let first = "play cs:lang_option(=1) lang_option(=2) de:lang_option(=3) sk:lang_option(=4) \
                 pl:lang_option(=5) uk:lang_option(=6) vi:lang_option(=7) cs:option_more";
    let second = "play hu:lang_option(=1) ro:lang_option(=2) cs:option_more";
    assert_eq!(call.played(), [first]);
    assert_eq!(call.press('9'), ["hush", second]);
    assert_eq!(call.press('9'), ["hush", first]);
    call.press('9');
    assert_eq!(call.press('2'), ["note language ro", "hush", "play ro:info_hint ro:notice_short"]);
}

#[test]
fn key_9_is_wrong_where_one_page_holds_all() {
    let mut call = Call::welcomed(three());
    let told = "play cs:invalid cs:lang_option(=1) lang_option(=2) de:lang_option(=3)";
    assert_eq!(call.press('9'), ["hush", told]);
}
