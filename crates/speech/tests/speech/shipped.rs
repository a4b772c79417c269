//! What is shipped in `prompts/` obeys its rules, measured on the files themselves.

use std::collections::BTreeSet;
use std::fs;

use linka_model::PromptKey;
use linka_speech::{Manifest, Names, check, decode_clip};

use crate::support::{LANGUAGES, pack_dir, recipes};

#[test]
fn every_shipped_clip_has_the_level_and_the_short_silence_of_decision_25() {
    for language in LANGUAGES {
        for recipe in recipes(language) {
            let path = pack_dir(language).join(recipe.file.as_path());
            let flaws = check::clip(&decode_clip(&path).unwrap());
            assert!(flaws.is_empty(), "{}: {flaws:?}", path.display());
        }
    }
}

#[test]
fn every_clip_is_about_as_long_as_its_text() {
    for language in LANGUAGES {
        for recipe in recipes(language) {
            let path = pack_dir(language).join(recipe.file.as_path());
            let seconds = decode_clip(&path).unwrap().len() as f64 / 16_000.0;
            // Speech runs at 8 to 22 characters a second; 0.14 s of every clip is silence.
            // A figure stands for a word of about four letters.
            let letters = recipe.say.chars().map(|c| if c.is_ascii_digit() { 4 } else { 1 });
            let rate = f64::from(letters.sum::<i32>()) / (seconds - 0.14);
            assert!((8.0..=22.0).contains(&rate), "{}: {rate:.1} a second", path.display());
        }
    }
}

#[test]
fn every_audio_file_belongs_to_exactly_one_text() {
    for language in LANGUAGES {
        let recipes = recipes(language);
        let files: BTreeSet<_> = recipes.iter().map(|recipe| recipe.file.clone()).collect();
        assert_eq!(files.len(), recipes.len());
        assert_eq!(check::unnamed(&pack_dir(language), &recipes), []);
    }
}

#[test]
fn clips_are_mono_16_khz_and_five_languages_stay_below_15_megabytes() {
    let mut bytes_sum = 0;
    for language in LANGUAGES {
        for recipe in recipes(language) {
            let bytes = fs::read(pack_dir(language).join(recipe.file.as_path())).unwrap();
            bytes_sum += bytes.len();
            let pcm = linka_audio::decode_file(bytes.clone(), "ogg").unwrap();
            assert_eq!(pcm.rate, 16_000);
            // Vorbis I, section 4.2.2: one byte of channels after `\x01vorbis` and the version.
            let head = bytes.windows(7).position(|at| at == b"\x01vorbis").unwrap();
            assert_eq!(bytes[head + 11], 1, "channels");
        }
    }
    assert!(bytes_sum / LANGUAGES.len() * 5 < 15_000_000, "{bytes_sum}");
}

#[test]
fn consent_without_a_transcriber_offers_keys_1_and_3_only() {
    for language in LANGUAGES {
        let offered = |key| digits(&text(language, key));
        assert_eq!(offered(PromptKey::ConsentTwoShort), "13");
        assert_eq!(offered(PromptKey::ConsentTwoAsk), "13");
        assert_eq!(offered(PromptKey::ConsentShort), "123");
        assert_eq!(offered(PromptKey::ConsentAsk), "123");
    }
}

#[test]
fn days_are_words_so_that_they_are_declined() {
    for key in [PromptKey::NextSteps, PromptKey::NextStepsCz] {
        for language in LANGUAGES {
            let text = text(language, key);
            assert!(digits(&text).is_empty() && !text.contains('{'), "{text}");
        }
    }
    assert!(text("en", PromptKey::NextSteps).contains("within three months"));
    assert!(text("en", PromptKey::NextStepsCz).contains("within thirty days"));
    assert!(text("cs", PromptKey::NextSteps).contains("do tří měsíců"));
    assert!(text("cs", PromptKey::NextStepsCz).contains("do třiceti dnů"));
}

#[test]
fn languages_offer_the_same_keys_slots_and_names() {
    for key in PromptKey::ALL {
        let [cs, en] = LANGUAGES.map(|language| text(language, *key));
        assert_eq!(digits(&cs), digits(&en), "{}", key.as_str());
        assert_eq!(cs.matches('{').count(), en.matches('{').count(), "{}", key.as_str());
    }
    let ids = LANGUAGES.map(|language| {
        let names = Names::load(&pack_dir(language)).unwrap();
        names.all().map(|name| name.id.clone()).collect::<Vec<_>>()
    });
    assert_eq!(ids[0], ids[1]);
    // Two organisations, twelve categories, three units.
    assert_eq!(ids[0].len(), 17);
}

fn text(language: &str, key: PromptKey) -> String {
    let manifest = Manifest::load(&pack_dir(language)).unwrap();
    manifest.prompts.into_iter().find(|prompt| prompt.key == key).unwrap().text
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
