//! The demo's journey as docs/caller-journey.md and config/demo.yaml have it: what a caller must
//! hear, and what must lie in the folder afterwards. The checks report what is wrong instead of
//! breaking off, so that a test can also demand that they find a fault.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

use crate::clock::wait_for;
use crate::hear::{Hearing, Listener, listing, names};
use crate::prompts::{self, Clips};
use crate::server::Server;
use crate::sound::{decode, seconds_of};
use crate::voice::{compare, compare_pieces, condition};
use crate::{Context, Failure, Result};

/// The demo's open line: Czech first, five categories, two units.
pub const OPEN: &str = "+420200000001";

/// Up to the menus of the chosen language: the greeting in the default language, each language in
/// itself.
pub const OPENING: [&str; 6] = [
    "cs/welcome",
    "cs/names/org_demo",
    "cs/lang_option",
    "cs/digits/1.final",
    "en/lang_option",
    "en/digits/2.final",
];
/// What follows in the chosen language. The caller takes the first category and the second unit.
const BEFORE_RECORDING: &str = "info_hint notice_short category_intro \
    names/category_fraud option digits/1.final names/category_corruption option digits/2.final \
    names/category_harassment option digits/3.final names/category_safety option digits/4.final \
    names/category_other option digits/5.final option_unsure hint_repeat \
    chosen names/category_fraud unit_intro names/unit_praha option digits/1.final \
    names/unit_brno option digits/2.final option_unsure chosen names/unit_brno \
    consent_two_short record_short stay_hint";
/// From the review to the farewell; the digits of the code are compared by themselves.
const AFTER_REVIEW: &str =
    "code_intro_short code_is code_again code_menu sent next_steps_cz farewell";
/// How long a report may take to be listed after its call.
const LISTED: Duration = Duration::from_secs(40);

/// The shipped clips.
///
/// # Errors
/// They cannot be read.
pub fn clips() -> Result<&'static Clips> {
    static CLIPS: OnceLock<std::result::Result<Clips, String>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prompts");
    let clips = CLIPS.get_or_init(|| prompts::load(&folder).map_err(|why| why.to_string()));
    clips.as_ref().map_err(|why| Failure::new(why.as_str()))
}

/// A listener that knows the shipped clips.
///
/// # Errors
/// They cannot be read.
pub fn listener() -> Result<Arc<Listener>> {
    static LISTENER: OnceLock<std::result::Result<Arc<Listener>, String>> = OnceLock::new();
    let listener = LISTENER.get_or_init(|| {
        let learned = clips().and_then(Listener::new);
        learned.map(Arc::new).map_err(|why| why.to_string())
    });
    listener.clone().map_err(|why| Failure::new(why.as_str()))
}

/// How long these clips last one after the other, in seconds; pieces follow each other at 0.1 s.
///
/// # Errors
/// A clip is not there.
pub fn length_of(clip_names: &[&str]) -> Result<f64> {
    let known = clips()?;
    let length = |name: &&str| {
        let clip = known.get(*name).because(|| format!("no clip {name}"))?;
        Ok(seconds_of(clip.len()) + 0.1)
    };
    clip_names.iter().map(length).sum()
}

/// All prompts of a call, in order; the review menu as often as it was listened to, and once more.
#[must_use]
pub fn expected(language: &str, reviews: usize) -> Vec<String> {
    let middle = vec!["review_menu"; reviews].join(" ");
    let after = [BEFORE_RECORDING, &middle, AFTER_REVIEW].join(" ");
    let spoken = after.split_whitespace().map(|name| format!("{language}/{name}"));
    OPENING.iter().map(|name| (*name).to_owned()).chain(spoken).collect()
}

/// What was heard without the digits of the code, and these as read the first and second time.
#[must_use]
pub fn apart(hearings: &[Hearing]) -> (Vec<String>, [String; 2]) {
    let (mut rest, mut codes, mut reading) = (Vec::new(), [String::new(), String::new()], None);
    for name in names(hearings) {
        let (language, prompt) = name.split_once('/').unwrap_or_default();
        match (prompt.strip_prefix("digits/"), reading) {
            (Some(digit), Some(time)) => {
                let code: &mut String = if time == 0 { &mut codes[0] } else { &mut codes[1] };
                let _ = write!(code, "{language}{}", digit.split('.').next().unwrap_or_default());
            }
            _ => {
                reading = match prompt {
                    "code_is" => Some(0),
                    "code_again" => Some(1),
                    _ => None,
                };
                rest.push(name.to_owned());
            }
        }
    }
    (rest, codes)
}

/// That exactly these prompts were heard, in order and to their end.
///
/// # Errors
/// Others were heard, or one was cut: the sentence lists what was heard.
pub fn check_heard(hearings: &[Hearing], expected: &[&str]) -> Result<()> {
    if names(hearings) != expected {
        return Err(Failure::new(format!("not as expected:\n{}", listing(hearings))));
    }
    check_whole(hearings)
}

/// That the whole journey was heard, nothing else, nothing cut, and the same code twice: sixteen
/// digits.
///
/// # Errors
/// What is wrong, with what was heard.
pub fn check_journey(hearings: &[Hearing], language: &str, reviews: usize) -> Result<()> {
    let (rest, [first, second]) = apart(hearings);
    if rest != expected(language, reviews) {
        return Err(Failure::new(format!("not the journey:\n{}", listing(hearings))));
    }
    if first != second || first.matches(language).count() != 16 {
        return Err(Failure::new(format!("the code was read as {first} and as {second}")));
    }
    check_whole(hearings)
}

fn check_whole(hearings: &[Hearing]) -> Result<()> {
    match hearings.iter().find(|hearing| !hearing.is_whole()) {
        Some(cut) => Err(Failure::new(format!("a prompt was cut: {cut}"))),
        None => Ok(()),
    }
}

/// The one report there is, once it is there.
///
/// # Errors
/// There is none, or there are several.
pub fn only_report(server: &Server) -> Result<Value> {
    wait_for("a report", LISTED, || {
        let reports = server.json(&["reports"])?;
        Ok(match reports.as_array().map(Vec::as_slice) {
            Some([report]) => Some(report.clone()),
            _ => None,
        })
    })
}

/// That the only report says what was chosen (fraud, Brno), and its sound is what was spoken.
///
/// # Errors
/// What is wrong with it.
pub fn check_report(server: &Server, language: &str, ended: &str, spoken: &[i16]) -> Result<()> {
    let report = only_report(server)?;
    let wanted = [
        ("language", language),
        ("category", "fraud"),
        ("unit", "brno"),
        ("consent", "audio"),
        ("ended", ended),
        ("line", "Hlavní linka"),
    ];
    if let Some((field, _)) = wanted.iter().find(|(field, value)| report[*field] != *value) {
        return Err(Failure::new(format!("wrong {field} in {report}")));
    }
    let path = report["audio"].as_str().because(|| format!("no sound in {report}"))?;
    let audio = decode(&server.data().join(path))?;
    check_sound(&audio, report["seconds"].as_f64(), spoken)
}

/// What is stored is as long as it says, to the second that was begun, and is what was spoken.
fn check_sound(audio: &[i16], seconds: Option<f64>, spoken: &[i16]) -> Result<()> {
    let length = seconds_of(audio.len());
    let (alike, likeness) = (compare_pieces(audio, spoken)?, compare(audio, spoken)?);
    let agrees = seconds.is_some_and(|seconds| (seconds - length).abs() <= 1.0);
    let clipped = condition(audio).clipped;
    if agrees && alike > 0.9 && likeness.gain_db.abs() < 1.0 && clipped == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{length} s of sound are listed as {seconds:?}; alike {alike}, {likeness:?}, {clipped} clipped"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(names: &[&str]) -> Vec<Hearing> {
        let hearing = |name: &&str| Hearing {
            name: (*name).to_owned(),
            start_s: 0.0,
            end_s: 1.0,
            from_s: 0.0,
            to_s: 1.0,
            has_start: true,
            has_end: true,
            score: 1.0,
            wave: 1.0,
        };
        names.iter().map(hearing).collect()
    }

    #[test]
    fn order_number_and_wholeness_count() {
        let mut calls = heard(&["a", "b"]);
        assert!(check_heard(&calls, &["a", "b"]).is_ok());
        assert!(check_heard(&calls, &["b", "a"]).is_err());
        assert!(check_heard(&calls, &["a"]).is_err());
        assert!(check_heard(&[], &["a"]).is_err());
        calls[1].has_end = false;
        assert!(check_heard(&calls, &["a", "b"]).is_err());
    }

    #[test]
    fn a_code_that_is_read_otherwise_the_second_time_is_no_journey() {
        let with_codes = |second: &str| {
            let mut all = expected("cs", 1);
            let place = |all: &[String], name: &str| all.iter().position(|n| n == name).unwrap();
            let digits = |digit: &str| vec![format!("cs/digits/{digit}.middle"); 16];
            let again = place(&all, "cs/code_again") + 1;
            all.splice(again..again, digits(second));
            let first = place(&all, "cs/code_is") + 1;
            all.splice(first..first, digits("7"));
            heard(&all.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(check_journey(&with_codes("7"), "cs", 1).is_ok());
        assert!(check_journey(&with_codes("8"), "cs", 1).is_err());
        assert!(check_journey(&with_codes("7"), "en", 1).is_err());
    }
}
