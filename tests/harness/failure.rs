//! Why a step of a test could not be done. One type for the whole harness: a test only ever prints
//! it, so it is a sentence, and every layer puts its own circumstance in front.

use std::fmt;

/// What every step of the harness returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// A sentence for the person who reads the failed test.
pub struct Failure(String);

impl Failure {
    /// A failure that has no other cause.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `fn test() -> Result<()>` prints its error by `Debug`: line breaks stay line breaks.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every foreign error becomes its own sentence. (`Failure` itself is no `Error`, or this would
/// collide with the reflexive `From`.)
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Puts the circumstance in front of an error, or gives an absent value its reason.
pub trait Context<T> {
    /// `because(|| "reading demo.json")` turns "No such file" into "reading demo.json: No such file".
    ///
    /// # Errors
    /// The error of `self` with the circumstance in front, or the circumstance alone for `None`.
    fn because<S: Into<String>>(self, circumstance: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<Failure>> Context<T> for std::result::Result<T, E> {
    fn because<S: Into<String>>(self, circumstance: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| {
            let Failure(cause) = error.into();
            Failure(format!("{}: {cause}", circumstance().into()))
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn because<S: Into<String>>(self, circumstance: impl FnOnce() -> S) -> Result<T> {
        self.ok_or_else(|| Failure(circumstance().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circumstance_stands_before_the_cause() {
        let wrong: std::result::Result<u8, _> = "x".parse::<u8>();
        let failure = wrong.because(|| "reading the port").unwrap_err();
        assert_eq!(failure.to_string(), "reading the port: invalid digit found in string");
    }

    #[test]
    fn an_absent_value_is_told_by_its_circumstance() {
        assert_eq!(None::<u8>.because(|| "no port").unwrap_err().to_string(), "no port");
    }
}
