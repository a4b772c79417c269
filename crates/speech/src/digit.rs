//! The keys of a telephone as a voice names them.

/// A key of the telephone that a pack can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the twelve keys explain themselves")]
pub enum Digit {
    D0,
    D1,
    D2,
    D3,
    D4,
    D5,
    D6,
    D7,
    D8,
    D9,
    Star,
    Hash,
}

/// Where in a row a digit is spoken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intonation {
    /// More follows: the voice stays up.
    Middle,
    /// The last one: the voice falls.
    Final,
}

impl Digit {
    /// Every key, in the order of a pack.
    pub const ALL: [Self; 12] = [
        Self::D0,
        Self::D1,
        Self::D2,
        Self::D3,
        Self::D4,
        Self::D5,
        Self::D6,
        Self::D7,
        Self::D8,
        Self::D9,
        Self::Star,
        Self::Hash,
    ];

    /// The key as a pack writes it: `0` to `9`, `star`, `hash`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::D0 => "0",
            Self::D1 => "1",
            Self::D2 => "2",
            Self::D3 => "3",
            Self::D4 => "4",
            Self::D5 => "5",
            Self::D6 => "6",
            Self::D7 => "7",
            Self::D8 => "8",
            Self::D9 => "9",
            Self::Star => "star",
            Self::Hash => "hash",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|digit| digit.as_str() == name)
    }

    /// The key of the character on it: `0` to `9`, `*`, `#`.
    pub fn from_char(key: char) -> Option<Self> {
        match key {
            '*' => Some(Self::Star),
            '#' => Some(Self::Hash),
            digit => {
                Self::from_name(digit.encode_utf8(&mut [0; 4])).filter(|_| digit.is_ascii_digit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_by_its_name() {
        for digit in Digit::ALL {
            assert_eq!(Digit::from_name(digit.as_str()), Some(digit));
        }
    }

    #[test]
    fn characters_on_a_telephone_are_keys_and_others_are_none() {
        assert_eq!(Digit::from_char('0'), Some(Digit::D0));
        assert_eq!(Digit::from_char('9'), Some(Digit::D9));
        assert_eq!(Digit::from_char('*'), Some(Digit::Star));
        assert_eq!(Digit::from_char('#'), Some(Digit::Hash));
        for none in ['A', 's', ' ', '٣'] {
            assert_eq!(Digit::from_char(none), None, "{none}");
        }
    }
}
