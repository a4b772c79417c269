//! Actions written as short lines, so that a test compares whole lists and still reads well.

use crate::{Action, Fact, Key, Name, Utterance};
use linka_model::{Lang, PromptKey};

/// One line per action: `hush`, `play notice_short info_hint`, `record 1`, `submit reviewed` …
pub(super) fn lines(actions: &[Action]) -> Vec<String> {
    actions.iter().map(line).collect()
}

fn line(action: &Action) -> String {
    match action {
        Action::Play { utterances, .. } => {
            let words: Vec<_> = utterances.iter().map(word).collect();
            format!("play {}", words.join(" "))
        }
        Action::StopPlaying => "hush".into(),
        Action::StartRecording { part } => format!("record {part}"),
        Action::PauseRecording => "pause".into(),
        Action::ResumeRecording => "resume".into(),
        Action::StopRecording => "stop".into(),
        Action::DiscardPart { part } => format!("discard {part}"),
        Action::Note(fact) => format!("note {}", note(fact)),
        Action::Submit { ended } => format!("submit {}", ended.as_str()),
        Action::HangUp(reason) => format!("hang up {}", reason.as_str()),
    }
}

/// English goes without a mark; `category_1=3` is category 1 on key 3.
fn word(utterance: &Utterance) -> String {
    match utterance {
        Utterance::Prompt { lang, key } => prompt(*lang, *key),
        Utterance::Filled { lang, key, name, key_digit } => {
            let name = name.map(name_word).unwrap_or_default();
            let digit = key_digit.map(|key| format!("={}", symbol(key))).unwrap_or_default();
            format!("{}({name}{digit})", prompt(*lang, *key))
        }
        Utterance::Code { lang, key } => format!("{}(digits)", prompt(*lang, *key)),
        Utterance::Silence(length) => format!("{}ms", length.as_millis()),
        Utterance::Tone => "TONE".into(),
        Utterance::ShortTone => "beep".into(),
        Utterance::PlayBack => "playback".into(),
    }
}

fn prompt(lang: Lang, key: PromptKey) -> String {
    if lang == Lang::EN { key.as_str().into() } else { format!("{lang}:{}", key.as_str()) }
}

fn name_word(name: Name) -> String {
    match name {
        Name::Org => "org".into(),
        Name::Category(index) => format!("category_{index}"),
        Name::Unit(index) => format!("unit_{index}"),
    }
}

fn note(fact: &Fact) -> String {
    let index = |index: &Option<usize>| index.map_or("unsure".into(), |index| index.to_string());
    match fact {
        Fact::Language(lang) => format!("language {lang}"),
        Fact::Category(category) => format!("category {}", index(category)),
        Fact::Unit(unit) => format!("unit {}", index(unit)),
        Fact::Consent { consent, lang, key, prompt } => {
            let key = key.map_or("no key".into(), |key| format!("key {}", symbol(key)));
            format!("consent {} {lang} {key} {}", consent.as_str(), prompt.as_str())
        }
        Fact::CodeSpoken => "code spoken".into(),
    }
}

const SYMBOLS: &str = "0123456789*#";

/// `7` for [`Key::D7`].
pub(super) fn symbol(key: Key) -> char {
    let place = Key::ALL.iter().position(|each| *each == key).unwrap();
    SYMBOLS.chars().nth(place).unwrap()
}

/// [`Key::D7`] for `7`.
pub(super) fn key(symbol: char) -> Key {
    Key::ALL[SYMBOLS.find(symbol).unwrap()]
}
