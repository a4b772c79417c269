//! Why a letter is not written.

/// Why a letter is not written. Nothing is left out or guessed instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// A day, hour or month that the calendar does not have.
    #[error("there is no time {0}")]
    NoSuchTime(String),
    /// A link that a letter should not lead to.
    #[error("`{link}` is no link for a letter: {why}")]
    Link {
        /// What was given, shortened.
        link: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A fact is missing or has the wrong form.
    #[error("{field}: {why}")]
    Fact {
        /// Which fact, by the name of its field.
        field: &'static str,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// There are more of something than a letter holds.
    #[error("{count} {what}, at most {max} fit in one document; split it")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Sums that do not add up.
    #[error("the {what} does not add up: the entries make {computed}, the document says {stated}")]
    Sum {
        /// Which sum.
        what: &'static str,
        /// What the entries make.
        computed: String,
        /// What was given.
        stated: String,
    },
    /// The document could not be drawn.
    #[error("the document could not be drawn: {0}")]
    Drawing(String),
}

impl LetterError {
    pub(crate) fn fact(field: &'static str, why: impl Into<String>) -> Self {
        Self::Fact { field, why: why.into() }
    }
}
