//! Texts with slots: what a voice reads, and what is filled in during a call.

use core::fmt;

use crate::digit::Digit;

/// What is filled into a text during a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slot {
    /// `{org}`: the spoken name of the organisation.
    Org,
    /// `{option}`: the spoken name of a category or unit.
    Option,
    /// `{key}`: one key of the telephone.
    Key,
    /// `{digits}`: a case code, four by four.
    Digits,
    /// `{n}`: a count.
    N,
    /// `{date}`: a day and hour.
    Date,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 6] =
        [Self::Org, Self::Option, Self::Key, Self::Digits, Self::N, Self::Date];

    /// The slot as a text writes it between braces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Option => "option",
            Self::Key => "key",
            Self::Digits => "digits",
            Self::N => "n",
            Self::Date => "date",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.as_str() == name)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.as_str())
    }
}

/// A stretch of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stretch {
    /// Words to be read, with the punctuation that ends them for the ear.
    Words(String),
    /// A slot.
    Slot(Slot),
}

/// What is wrong with the braces of a text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SlotError {
    /// A brace without its partner.
    #[error("a brace is not closed")]
    Unclosed,
    /// A word between braces that is no slot.
    #[error(
        "{{{0}}} is no slot; there are {{org}}, {{option}}, {{key}}, {{digits}}, {{n}}, {{date}}"
    )]
    Unknown(String),
}

/// Splits a text at its slots. Punctuation alone is not worth a file and is dropped.
pub(crate) fn split(text: &str) -> Result<Vec<Stretch>, SlotError> {
    let mut stretches = Vec::new();
    let mut rest = text;
    while let Some((words, tail)) = rest.split_once('{') {
        let (name, tail) = tail.split_once('}').ok_or(SlotError::Unclosed)?;
        let slot = Slot::from_name(name).ok_or_else(|| SlotError::Unknown(name.to_owned()))?;
        stretches.extend(words_before_slot(words).map(Stretch::Words));
        stretches.push(Stretch::Slot(slot));
        rest = tail;
    }
    if rest.contains('}') {
        return Err(SlotError::Unclosed);
    }
    stretches.extend(words_at_end(rest).map(Stretch::Words));
    Ok(stretches)
}

/// Names the keys in a text by their words: a digit that stands alone is read as `name` says, since
/// a program reads `1.` as an ordinal in some languages.
pub(crate) fn name_digits(text: &str, name: impl Fn(Digit) -> String) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches(is_punctuation);
        let mut characters = bare.chars();
        match (characters.next().and_then(Digit::from_char), characters.next()) {
            (Some(digit), None) => name(digit) + word.get(bare.len()..).unwrap_or_default(),
            (Some(_), Some(_)) | (None, _) => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A comma keeps the voice up: something follows.
fn words_before_slot(words: &str) -> Option<String> {
    let bare = bare_start(words)?.trim_end_matches([':', ',', ';', ' ']);
    Some(if bare.ends_with(['.', '?', '!']) { bare.to_owned() } else { format!("{bare},") })
}

/// A full stop lets the voice fall.
fn words_at_end(words: &str) -> Option<String> {
    let bare = bare_start(words)?.trim_end();
    Some(if bare.ends_with(is_punctuation) { bare.to_owned() } else { format!("{bare}.") })
}

fn bare_start(words: &str) -> Option<&str> {
    let bare = words.trim_start_matches(|c: char| c.is_whitespace() || is_punctuation(c));
    bare.contains(char::is_alphanumeric).then_some(bare)
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ':' | ';' | '?' | '!')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Stretch {
        Stretch::Words(text.to_owned())
    }

    #[test]
    fn text_without_slots_is_one_stretch() {
        assert_eq!(split("Good day."), Ok(vec![words("Good day.")]));
    }

    #[test]
    fn voice_stays_up_before_a_slot_and_falls_at_the_end() {
        assert_eq!(
            split("Call on {date} and enter your code"),
            Ok(vec![words("Call on,"), Stretch::Slot(Slot::Date), words("and enter your code.")])
        );
    }

    #[test]
    fn punctuation_round_a_slot_is_not_a_stretch_of_its_own() {
        assert_eq!(
            split("{option}: press {key}."),
            Ok(vec![Stretch::Slot(Slot::Option), words("press,"), Stretch::Slot(Slot::Key)])
        );
    }

    #[test]
    fn unknown_slots_and_open_braces_are_refused() {
        assert_eq!(split("{days} days"), Err(SlotError::Unknown("days".to_owned())));
        assert_eq!(split("press {key"), Err(SlotError::Unclosed));
        assert_eq!(split("press key}"), Err(SlotError::Unclosed));
    }

    #[test]
    fn digit_alone_is_named_and_a_digit_in_a_word_is_not() {
        let name = |digit: Digit| format!("<{}>", digit.as_str());
        assert_eq!(
            name_digits("Ready: 1. Not 12, nor B2; 3", name),
            "Ready: <1>. Not 12, nor B2; <3>"
        );
    }
}
