//! Keys of a telephone.

/// A key that a caller can press (RFC 4733 section 3.2, events 0 to 11). A to D do not exist on
/// telephones and are dropped before they get here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// 0
    D0,
    /// 1
    D1,
    /// 2
    D2,
    /// 3
    D3,
    /// 4
    D4,
    /// 5
    D5,
    /// 6
    D6,
    /// 7
    D7,
    /// 8
    D8,
    /// 9
    D9,
    /// `*`
    Star,
    /// `#`
    Hash,
}

impl Key {
    /// Every key, in the order of RFC 4733's event codes.
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

    /// The key of a telephone event, if it is one of the twelve.
    pub fn from_event(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The key that chooses the option at `index` of a page: the first is on 1, the ninth on 9.
    pub(crate) fn of_option(index: usize) -> Option<Self> {
        if index < 9 { Self::ALL.get(index + 1).copied() } else { None }
    }

    /// The option of a page that this key chooses; the reverse of [`Self::of_option`].
    pub(crate) fn option(self) -> Option<usize> {
        (0..9).find(|index| Self::of_option(*index) == Some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_events_0_to_11_are_keys_and_a_to_d_are_not() {
        assert_eq!(Key::from_event(0), Some(Key::D0));
        assert_eq!(Key::from_event(9), Some(Key::D9));
        assert_eq!(Key::from_event(10), Some(Key::Star));
        assert_eq!(Key::from_event(11), Some(Key::Hash));
        assert_eq!(Key::from_event(12), None);
    }

    #[test]
    fn the_first_option_is_on_1_and_0_star_and_hash_choose_none() {
        assert_eq!(Key::of_option(0), Some(Key::D1));
        assert_eq!(Key::of_option(8), Some(Key::D9));
        assert_eq!(Key::of_option(9), None);
        assert_eq!(Key::D7.option(), Some(6));
        for key in [Key::D0, Key::Star, Key::Hash] {
            assert_eq!(key.option(), None);
        }
    }
}
