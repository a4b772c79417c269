//! Packs load completely or not at all, and say what is wrong.

use std::fs;
use std::path::Path;

use linka_model::{Lang, PromptKey};
use linka_speech::{
    Digit, Fault, Intonation, Manifest, Names, Part, PromptPack, Slot, decode_clip, load_clip,
};

use crate::support::{Scratch, Shipped, pack_dir, shipped};

#[test]
fn shipped_packs_load_with_every_prompt_and_digit() {
    for (Shipped { pack, .. }, lang) in shipped().iter().zip([Lang::CS, Lang::EN]) {
        assert_eq!(pack.language(), lang);
        assert!(!pack.version().is_empty());
        for key in PromptKey::ALL {
            let clips = pack.say(*key).iter().filter(|part| matches!(part, Part::Clip(_))).count();
            assert!(clips >= 1, "{}", key.as_str());
            assert!(!pack.text(*key).is_empty());
        }
        for digit in Digit::ALL {
            let [middle, last] =
                [Intonation::Middle, Intonation::Final].map(|i| pack.digit(digit, i).duration());
            assert!(middle.as_millis().abs_diff(last.as_millis()) < 100, "{digit:?}");
        }
    }
}

#[test]
fn every_clip_stands_beside_its_own_text() {
    let [Shipped { pack, .. }, _] = shipped();
    for (key, file) in [
        (PromptKey::Welcome, "welcome.ogg"),
        (PromptKey::Sent, "sent.ogg"),
        (PromptKey::NextStepsCz, "next_steps_cz.ogg"),
    ] {
        let Some(Part::Clip(clip)) = pack.say(key).first() else { panic!("no clip") };
        assert_eq!(**clip, *load_clip(&pack_dir("cs").join(file)).unwrap(), "{file}");
    }
    let seven = load_clip(&pack_dir("cs").join("digits/7.final.ogg")).unwrap();
    assert_eq!(**pack.digit(Digit::D7, Intonation::Final), *seven);
}

#[test]
fn slots_stand_where_the_text_has_them() {
    for Shipped { pack, .. } in shipped() {
        let shape = |key| -> Vec<Option<Slot>> {
            let slot = |part: &Part| match part {
                Part::Clip(_) => None,
                Part::Slot(slot) => Some(*slot),
            };
            pack.say(key).iter().map(slot).collect()
        };
        assert_eq!(shape(PromptKey::Welcome), [None, Some(Slot::Org)]);
        assert_eq!(shape(PromptKey::Option), [Some(Slot::Option), None, Some(Slot::Key)]);
        assert_eq!(shape(PromptKey::Chosen), [None, Some(Slot::Option)]);
        assert_eq!(shape(PromptKey::LangOption), [None, Some(Slot::Key)]);
        assert_eq!(shape(PromptKey::CodeIs), [None, Some(Slot::Digits)]);
        assert_eq!(shape(PromptKey::InboxCount), [None, Some(Slot::N)]);
        assert_eq!(shape(PromptKey::RendezvousOffer), [None, Some(Slot::Date), None]);
        assert_eq!(shape(PromptKey::Farewell), [None]);
    }
}

#[test]
fn clip_for_a_call_is_as_long_as_the_shipped_one() {
    let path = pack_dir("en").join("names/org_demo.ogg");
    let shipped_ms = decode_clip(&path).unwrap().len() / 16;
    let call_ms = load_clip(&path).unwrap().samples / 8;
    assert!(shipped_ms.abs_diff(call_ms) <= 1, "{shipped_ms} {call_ms}");
}

#[test]
fn names_load_in_spoken_order_with_their_own_audio() {
    let [_, Shipped { names, .. }] = shipped();
    let ids: Vec<_> = names.organisations.iter().map(|name| name.id.as_str()).collect();
    assert_eq!(ids, ["demo", "no_credit"]);
    assert_eq!(names.categories.len(), 12);
    assert_eq!(names.units.len(), 3);
    let ostrava = names.units.last().unwrap();
    assert_eq!(ostrava.text, "Ostrava warehouse");
    assert_eq!(*ostrava.clip, *load_clip(&pack_dir("en").join("names/unit_ostrava.ogg")).unwrap());
}

#[test]
fn missing_audio_file_is_named_with_the_way_to_mend_it() {
    let scratch = Scratch::pack("missing", "cs");
    fs::remove_file(scratch.0.join("digits/4.final.ogg")).unwrap();
    let error = PromptPack::load(&scratch.0).unwrap_err();
    assert!(matches!(error.fault, Fault::Unreadable(_)));
    let message = error.to_string();
    assert!(message.contains("digits/4.final.ogg"), "{message}");
    assert!(message.contains("cargo xtask prompts"), "{message}");
}

#[test]
fn file_that_is_no_sound_is_named() {
    let scratch = Scratch::pack("damaged", "cs");
    fs::write(scratch.0.join("sent.ogg"), b"OggS and then nothing").unwrap();
    let error = PromptPack::load(&scratch.0).unwrap_err();
    assert!(matches!(error.fault, Fault::Decode(_)), "{error}");
    assert!(error.file.ends_with("sent.ogg"));
}

#[test]
fn folder_without_a_pack_is_refused() {
    let error = PromptPack::load(Path::new("/nonexistent")).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/pack.yaml"), "{error}");
}

/// Parses the English pack with one text replaced.
fn parse_with(from: &str, to: &str) -> Result<Manifest, Fault> {
    let yaml = fs::read_to_string(pack_dir("en").join("pack.yaml")).unwrap();
    assert!(yaml.contains(from), "{from}");
    Manifest::parse(&yaml.replacen(from, to, 1))
}

#[test]
fn pack_must_have_every_prompt_and_no_other() {
    let renamed = parse_with("  sent:\n", "  send:\n").unwrap_err();
    assert!(matches!(renamed, Fault::MissingPrompt(PromptKey::Sent)), "{renamed}");
    let extra = "  music:\n    meaning: m\n    text: t\n    files: [m.ogg]\n  sent:\n";
    let added = parse_with("  sent:\n", extra).unwrap_err();
    assert!(matches!(&added, Fault::UnknownPrompt(name) if name == "music"), "{added}");
    let digit = parse_with("  \"7\":", "  \"77\":").unwrap_err();
    assert!(matches!(digit, Fault::MissingDigit("7")), "{digit}");
}

#[test]
fn yaml_is_read_strictly_and_errors_name_the_line() {
    let unknown = parse_with("author:", "auther:").unwrap_err();
    // `author` stands in the eighth line of the file.
    assert!(matches!(&unknown, Fault::Yaml(text) if text.contains("line 8")), "{unknown}");
    let twice = parse_with("language: en\n", "language: en\nlanguage: cs\n").unwrap_err();
    assert!(matches!(&twice, Fault::Yaml(text) if text.contains("language")), "{twice}");
    let language = parse_with("language: en", "language: English").unwrap_err();
    assert!(language.to_string().contains("ISO 639-1"), "{language}");
}

#[test]
fn files_must_match_the_pieces_of_a_text() {
    let error = parse_with("[sent.ogg]", "[sent.1.ogg, sent.2.ogg]").unwrap_err();
    assert!(matches!(error, Fault::FileCount { pieces: 1, files: 2, .. }), "{error}");
    let slot = parse_with("{org}", "{organisation}").map(|_| ());
    // The first `{org}` of the file stands in a comment: nothing changes.
    assert!(slot.is_ok());
    let slot = parse_with("reporting line of {org}", "reporting line of {club}").unwrap_err();
    assert!(matches!(&slot, Fault::Slots(prompt, _) if prompt == "welcome"), "{slot}");
}

#[test]
fn file_outside_the_pack_is_refused() {
    for path in ["../sent.ogg", "/etc/passwd.ogg", "a//b.ogg", "sent.opus", "a b.ogg", ".ogg"] {
        let error = parse_with("[sent.ogg]", &format!("[\"{path}\"]")).unwrap_err();
        assert!(error.to_string().contains("no audio file of a pack"), "{path}: {error}");
    }
}

#[test]
fn voice_settings_outside_the_programs_range_are_refused() {
    for (from, to, setting) in [
        ("speed: 155", "speed: 900", "speed"),
        ("pitch: 50", "pitch: 120", "pitch"),
        ("amplitude: 60", "amplitude: 201", "amplitude"),
        ("voice: en-gb", "voice: \"--help\"", "voice"),
    ] {
        let error = parse_with(from, to).unwrap_err();
        assert!(matches!(error, Fault::Voice { setting: s, .. } if s == setting), "{error}");
    }
}

#[test]
fn names_are_limited_and_never_empty() {
    let name = |n: usize| format!("  - {{ id: n{n}, text: T, file: n.ogg }}\n");
    let many: String = (0..201).map(name).collect();
    let error = Names::parse(&format!("organisations: []\ncategories:\n{many}units: []\n"));
    assert!(matches!(error.unwrap_err(), Fault::TooManyNames(200)));
    let empty = "organisations: [{ id: a, text: \" \", file: n.ogg }]\ncategories: []\nunits: []\n";
    assert!(matches!(Names::parse(empty).unwrap_err(), Fault::TextLength { .. }));
}
