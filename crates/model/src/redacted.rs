//! A value that must live a moment longer but may never be seen.

use core::fmt;

/// Holds a value of the caller's and shows nothing of it: `Debug` prints a placeholder, there is no
/// `Display` and no `Serialize`. (Rules C1, C2 of docs/security.md.)
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Looks inside. Each use of this is a place to review.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        assert_eq!(format!("{:?}", Redacted::new("+420700111222")), "(redacted)");
    }
}
