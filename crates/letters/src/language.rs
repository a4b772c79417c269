//! The languages in which letters are written.

use linka_model::Lang;

/// A language that every letter is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Czech.
    Czech,
    /// English.
    English,
}

impl Language {
    /// Both, for those who want every letter in each.
    pub const ALL: [Self; 2] = [Self::Czech, Self::English];

    /// The language of a letter to somebody who reads `lang`: Czech for Czech and Slovak readers,
    /// English for all others.
    pub fn for_reader_of(lang: Lang) -> Self {
        match lang.as_str() {
            "cs" | "sk" => Self::Czech,
            _ => Self::English,
        }
    }

    /// The two letters of ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Czech => "cs",
            Self::English => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub(crate) const fn pick<T: Copy>(self, czech: T, english: T) -> T {
        match self {
            Self::Czech => czech,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_without_a_language_of_ours_get_english() {
        for (lang, language) in
            [("cs", Language::Czech), ("sk", Language::Czech), ("pl", Language::English)]
        {
            assert_eq!(Language::for_reader_of(lang.parse().unwrap()), language);
        }
    }
}
