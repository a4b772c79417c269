//! The comparison of shipped audio with its text spoken again turns red when it should.

use std::fs;
use std::path::Path;
use std::thread;

use linka_audio::tone;
use linka_speech::check::{self, Finding, Flaw};
use linka_speech::{Manifest, Recipe, Synthesizer, decode_clip, encode_ogg, polish};

use crate::support::{LANGUAGES, Scratch, pack_dir, recipes, require_programs};

/// Speaks recipes again and checks the files in `dir` against them.
fn findings(language: &str, dir: &Path, recipes: &[Recipe]) -> Vec<Finding> {
    let voice = Manifest::load(&pack_dir(language)).unwrap().voice;
    let synthesizer = Synthesizer::new(voice);
    let check = |recipe: &Recipe| {
        let rendered = polish(synthesizer.speak(&recipe.say).unwrap()).unwrap();
        check::file(dir, recipe, &rendered)
    };
    recipes.iter().flat_map(check).collect()
}

/// A few texts of different length, digits among them.
fn sample(language: &str) -> Vec<Recipe> {
    recipes(language).into_iter().step_by(15).collect()
}

#[test]
fn shipped_audio_says_every_text() {
    require_programs();
    thread::scope(|scope| {
        for language in LANGUAGES {
            let all = move || findings(language, &pack_dir(language), &recipes(language));
            scope.spawn(move || assert_eq!(all(), []));
        }
    });
}

#[test]
fn pack_of_tones_is_found() {
    require_programs();
    let scratch = Scratch::new("tones");
    let recipes = sample("cs");
    for recipe in &recipes {
        // As long as the text and at the level that is asked: only the sound is wrong.
        let shipped = decode_clip(&pack_dir("cs").join(recipe.file.as_path())).unwrap();
        let ms = u32::try_from(shipped.len() / 16).unwrap();
        // `tone` makes 8 kHz samples: each twice is the same tone at 16 kHz.
        let wave: Vec<i16> = tone(440.0, ms, -21.0).into_iter().flat_map(|s| [s, s]).collect();
        encode_ogg(&wave, &scratch.0.join(recipe.file.as_path())).unwrap();
    }
    let findings = findings("cs", &scratch.0, &recipes);
    let unlike = findings.iter().filter(|finding| matches!(finding.flaw, Flaw::Unlike { .. }));
    assert_eq!(unlike.count(), recipes.len(), "{findings:?}");
}

#[test]
fn pack_of_silence_is_found() {
    require_programs();
    let scratch = Scratch::new("silence");
    let recipes = sample("en");
    for recipe in &recipes {
        encode_ogg(&[0; 16_000], &scratch.0.join(recipe.file.as_path())).unwrap();
    }
    let findings = findings("en", &scratch.0, &recipes);
    for recipe in &recipes {
        let path = scratch.0.join(recipe.file.as_path());
        let of_file = |kind: fn(&Flaw) -> bool| {
            findings.iter().any(|finding| finding.file == path && kind(&finding.flaw))
        };
        assert!(of_file(|flaw| matches!(flaw, Flaw::Level { .. })), "{}", path.display());
        assert!(of_file(|flaw| matches!(flaw, Flaw::Silence { .. })), "{}", path.display());
        assert!(of_file(|flaw| matches!(flaw, Flaw::Unlike { .. })), "{}", path.display());
    }
}

#[test]
fn two_files_that_changed_places_are_found_and_no_other() {
    require_programs();
    let scratch = Scratch::pack("swapped", "en");
    let recipes = sample("en");
    let [first, second] = [&recipes[1], &recipes[2]].map(|r| scratch.0.join(r.file.as_path()));
    let keep = scratch.0.join("keep");
    fs::rename(&first, &keep).unwrap();
    fs::rename(&second, &first).unwrap();
    fs::rename(&keep, &second).unwrap();
    let findings = findings("en", &scratch.0, &recipes);
    let wrong = |path: &Path| findings.iter().any(|finding| finding.file == path);
    assert!(wrong(&first) && wrong(&second), "{findings:?}");
    assert!(findings.iter().all(|f| f.file == first || f.file == second), "{findings:?}");
}

#[test]
fn same_word_in_the_other_intonation_is_found() {
    for language in LANGUAGES {
        for digit in ["0", "1", "4", "7", "9", "star"] {
            let path = |end: &str| pack_dir(language).join(format!("digits/{digit}.{end}.ogg"));
            let [middle, last] = ["middle", "final"].map(|end| decode_clip(&path(end)).unwrap());
            assert!(!check::likeness(&middle, &last).is_empty(), "{language} {digit}");
        }
    }
}

#[test]
fn cut_and_late_clips_are_told_apart_from_good_ones() {
    let clip = decode_clip(&pack_dir("cs").join("sent.ogg")).unwrap();
    assert_eq!(check::likeness(&clip, &clip), []);
    // 10 ms later is still the same clip; half of it is not.
    let late = [vec![0; 160], clip.clone()].concat();
    assert_eq!(check::likeness(&late, &clip), []);
    let half = check::likeness(&clip[..clip.len() / 2], &clip);
    assert!(matches!(half[..], [Flaw::Length { .. }, Flaw::Unlike { .. }]), "{half:?}");
}

#[test]
fn missing_and_superfluous_files_are_found() {
    let scratch = Scratch::pack("strays", "cs");
    fs::rename(scratch.0.join("sent.ogg"), scratch.0.join("stray.ogg")).unwrap();
    let recipes = recipes("cs");
    let sent = recipes.iter().find(|recipe| recipe.file.as_path() == Path::new("sent.ogg"));
    let missing = check::file(&scratch.0, sent.unwrap(), &[]);
    assert!(matches!(missing[..], [Finding { flaw: Flaw::Unreadable(_), .. }]), "{missing:?}");
    let strays = check::unnamed(&scratch.0, &recipes);
    let stray = Finding { file: scratch.0.join("stray.ogg"), flaw: Flaw::Unnamed };
    assert_eq!(strays, [stray]);
}
