//! Recordings composed of known clips, sent through an outside program's G.711.

use std::fs;
use std::process::Command;

use super::*;
use crate::child::run;
use crate::sound;
use crate::voice::say;

const CS_DIGITS: [&str; 10] =
    ["nula", "jedna", "dvě", "tři", "čtyři", "pět", "šest", "sedm", "osm", "devět"];
const EN_DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// Two languages with the same prompts, their digits, and two names.
fn clips() -> Clips {
    let mut clips = Clips::new();
    for (name, text) in [
        ("cs/welcome", "Dobrý den, dovolali jste se na linku pro oznámení."),
        ("cs/category", "Čeho se oznámení týká? Vyberte prosím z nabídky."),
        ("cs/consent", "Smíme hovor nahrát? Ano, stiskněte jedna. Ne, stiskněte tři."),
        ("cs/record", "Mluvte po zaznění tónu. Konec potvrďte křížkem."),
        ("cs/farewell", "Děkujeme, na slyšenou."),
        ("cs/names/fraud", "Podvod"),
        ("en/welcome", "Hello, you have reached the reporting line."),
        ("en/category", "What is your report about? Please choose from the menu."),
        ("en/consent", "May we record the call? Yes, press one. No, press three."),
        ("en/farewell", "Thank you, goodbye."),
        ("en/names/fraud", "Fraud"),
    ] {
        clips.insert(name.to_owned(), say(text, &name[..2]).unwrap());
    }
    for (language, words) in [("cs", CS_DIGITS), ("en", EN_DIGITS)] {
        for (digit, word) in words.iter().enumerate() {
            clips.insert(format!("{language}/digits/{digit}"), say(word, language).unwrap());
            let rising = format!("{word}?");
            clips.insert(
                format!("{language}/digits/{digit}_middle"),
                say(&rising, language).unwrap(),
            );
        }
    }
    clips
}

/// Lays the clips behind each other with `gap_ms` of silence before each.
fn compose(clips: &Clips, names: &[&str], gap_ms: usize) -> Vec<i16> {
    let mut recording = Vec::new();
    for name in names {
        recording.resize(recording.len() + gap_ms * 8, 0);
        recording.extend(&clips[*name]);
    }
    recording.resize(recording.len() + 4_000, 0);
    recording
}

/// Through sox's A-law (`al`) or µ-law (`ul`).
fn through(samples: &[i16], encoding: &str) -> Vec<i16> {
    let folder = tempfile::tempdir().unwrap();
    let (wav, coded) = (folder.path().join("in.wav"), folder.path().join("coded.raw"));
    sound::write_wav(&wav, samples).unwrap();
    run(Command::new("sox").arg("-D").arg(&wav).args(["-t", encoding]).arg(&coded)).unwrap();
    let mut back = Command::new("sox");
    back.args(["-t", encoding, "-r", "8000", "-c", "1"]).arg(&coded);
    run(back.args(["-e", "signed", "-b", "16"]).arg(&wav)).unwrap();
    assert!(fs::metadata(&coded).unwrap().len() >= samples.len() as u64);
    sound::decode(&wav).unwrap()
}

fn heard(clips: &Clips, recording: &[i16]) -> Vec<Hearing> {
    Listener::new(clips).unwrap().hear(recording).unwrap()
}

const CALL: [&str; 12] = [
    "cs/welcome",
    "cs/category",
    "cs/names/fraud",
    "cs/consent",
    "cs/record",
    "cs/digits/4_middle",
    "cs/digits/4_middle",
    "cs/digits/0_middle",
    "cs/digits/9",
    "cs/digits/7",
    "en/farewell",
    "cs/farewell",
];

#[test]
fn a_call_is_heard_exactly_through_both_laws() {
    let clips = clips();
    let recording = compose(&clips, &CALL, 250);
    for encoding in ["al", "ul"] {
        let hearings = heard(&clips, &through(&recording, encoding));
        assert_eq!(names(&hearings), CALL, "{encoding}\n{}", listing(&hearings));
        assert!(hearings.iter().all(Hearing::is_whole), "{}", listing(&hearings));
        assert!(hearings.iter().all(|h| h.wave > 0.95), "{}", listing(&hearings));
    }
}

#[test]
fn starts_are_where_the_clips_were_laid() {
    let clips = clips();
    let recording = through(&compose(&clips, &["cs/welcome", "cs/record"], 500), "al");
    let hearings = heard(&clips, &recording);
    let second = 0.5 + seconds_of(clips["cs/welcome"].len()) + 0.5;
    for (hearing, laid) in hearings.iter().zip([0.5, second]) {
        // `from_s` says how far into the clip its first sound is.
        assert!((hearing.start_s - hearing.from_s - laid).abs() < 0.01, "{hearing}");
    }
    assert_eq!(hearings.len(), 2);
}

#[test]
fn a_key_that_cuts_a_prompt_is_seen() {
    let clips = clips();
    let mut recording = vec![0; 2_000];
    recording.extend(&clips["cs/consent"][..14_400]); // 1.8 s of about 4
    recording.extend(&clips["cs/record"]);
    let hearings = heard(&clips, &through(&recording, "al"));
    assert_eq!(names(&hearings), ["cs/consent", "cs/record"], "{}", listing(&hearings));
    let [cut, whole] = hearings.as_slice() else { unreachable!() };
    assert!(cut.has_start && !cut.has_end && whole.is_whole(), "{}", listing(&hearings));
    assert!((cut.to_s - 1.8).abs() < 0.1, "{cut}");
}

#[test]
fn a_prompt_whose_first_words_are_lost_is_seen() {
    let clips = clips();
    let recording = through(&clips["cs/welcome"][6_400..], "al");
    let hearings = heard(&clips, &recording);
    assert_eq!(names(&hearings), ["cs/welcome"]);
    assert!(!hearings[0].has_start && hearings[0].has_end, "{}", hearings[0]);
    assert!((hearings[0].from_s - 0.8).abs() < 0.1, "{}", hearings[0]);
}

#[test]
fn slips_of_a_jitter_buffer_do_not_hide_a_prompt() {
    let clips = clips();
    let mut recording = Vec::new();
    for (n, part) in clips["cs/consent"].chunks(4_000).enumerate() {
        // Every half second 2 ms are doubled or left out.
        recording.extend(if n % 2 == 0 { part } else { part.get(16..).unwrap_or(part) });
        if n % 2 == 0 {
            recording.extend(&part[part.len() - 16..]);
        }
    }
    let hearings = heard(&clips, &through(&recording, "al"));
    assert_eq!(names(&hearings), ["cs/consent"], "{}", listing(&hearings));
    assert!(hearings[0].is_whole(), "{}", hearings[0]);
}

#[test]
fn lost_packets_do_not_hide_a_prompt() {
    let clips = clips();
    let mut recording = compose(&clips, &["cs/welcome", "cs/category"], 300);
    for packet in recording.chunks_mut(160).skip(3).step_by(20) {
        packet.fill(0); // 5 % lost, without concealment
    }
    let hearings = heard(&clips, &through(&recording, "al"));
    assert_eq!(names(&hearings), ["cs/welcome", "cs/category"], "{}", listing(&hearings));
}

#[test]
fn the_other_language_is_told_apart() {
    let clips = clips();
    let wrong = compose(&clips, &["en/welcome", "en/consent", "en/digits/3"], 300);
    let hearings = heard(&clips, &through(&wrong, "al"));
    assert_eq!(names(&hearings), ["en/welcome", "en/consent", "en/digits/3"]);
}

#[test]
fn silence_a_tone_and_a_strange_voice_are_nothing() {
    let clips = clips();
    assert!(heard(&clips, &[0; 40_000]).is_empty());
    assert!(heard(&clips, &[]).is_empty());
    assert!(heard(&clips, &crate::voice::sine(1_000.0, 3.0, -20.0)).is_empty());
    let strange = say("Wczoraj widziałem, że magazynier wynosi części.", "pl").unwrap();
    let hearings = heard(&clips, &through(&strange, "al"));
    assert!(hearings.is_empty(), "{}", listing(&hearings));
}

/// The spectra alone would take it for the prompt.
#[test]
fn the_same_words_in_another_voice_are_not_the_clip() {
    let clips = clips();
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (folder.path().join("own.wav"), folder.path().join("other.wav"));
    sound::write_wav(&own, &clips["cs/welcome"]).unwrap();
    let mut sox = Command::new("sox");
    run(sox.arg("-D").arg(&own).arg(&other).args(["pitch", "60"])).unwrap(); // 0.6 of a semitone
    let hearings = heard(&clips, &through(&sound::decode(&other).unwrap(), "al"));
    assert!(hearings.is_empty(), "{}", listing(&hearings));
}

#[test]
fn shuffled_pieces_of_a_prompt_are_not_the_prompt() {
    let clips = clips();
    let pieces: Vec<&[i16]> = clips["cs/consent"].chunks(2_000).collect();
    let shuffled: Vec<i16> = pieces.iter().rev().copied().flatten().copied().collect();
    let hearings = heard(&clips, &through(&shuffled, "al"));
    // A word of it may survive, such as the digit; a sentence may not.
    let sentence = |name: &&str| !name.contains("digits");
    assert_eq!(
        names(&hearings).iter().filter(|n| sentence(n)).count(),
        0,
        "{}",
        listing(&hearings)
    );
}

#[test]
fn waiting_for_one_clip_finds_it_alone() {
    let clips = clips();
    let recording = compose(&clips, &["cs/welcome", "cs/category"], 300);
    let listener = Listener::new(&clips).unwrap();
    assert_eq!(names(&listener.hear_one("cs/category", &recording).unwrap()), ["cs/category"]);
    assert!(listener.hear_one("cs/record", &recording).unwrap().is_empty());
    assert!(listener.hear_one("cs/unknown", &recording).is_err());
}

#[test]
fn two_minutes_are_told_apart_from_among_two_hundred_clips() {
    let mut clips = clips();
    let text = "Toto je delší věta, která se v nahrávce nevyskytuje, číslo";
    for n in 0..150 {
        clips.insert(format!("cs/extra/{n}"), say(&format!("{text} {n}"), "cs").unwrap());
    }
    let (mut recording, mut expected) = (Vec::new(), Vec::new());
    while recording.len() < 120 * sound::RATE {
        recording.extend(compose(&clips, &CALL, 250));
        expected.extend(CALL);
    }
    let hearings = Listener::new(&clips).unwrap().hear(&recording).unwrap();
    assert_eq!(names(&hearings), expected, "{}", listing(&hearings));
}
