//! The monthly statement: how the balance of an organisation came about.

mod csv;
mod page;
mod sums;
mod table;
mod words;

use linka_model::{Currency, Micros, OriginClass};

use crate::{Date, Hour, Language, LetterError, Month, Party};

/// Calls, and sums of calls, in one statement.
pub const CALLS_MAX: usize = 100_000;
/// Fees, top-ups and other movements in one statement.
pub const MOVEMENTS_MAX: usize = 10_000;

/// What a statement says. Days and hours are those of the organisation's zone.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// The language that it is written in.
    pub language: Language,
    /// Who states.
    pub issuer: Party,
    /// Whose balance it is.
    pub organisation: Party,
    /// The month.
    pub month: Month,
    /// Day of issue.
    pub issued: Date,
    /// Whether the month still goes on, or calls of it do: the document says so.
    pub unfinished: bool,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Balance brought forward.
    pub opening: Micros,
    /// Calls, in the order in which they are listed.
    pub calls: Vec<Call>,
    /// Sums of calls that are kept no longer one by one, listed before the others.
    pub folded: Vec<CallSum>,
    /// Everything else that changed the balance.
    pub movements: Vec<Movement>,
    /// Balance carried forward. It must be what the entries make.
    pub closing: Micros,
}

/// A call as an accountant sees it (rule M18): nothing of the caller's, and no minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The hour in which it began.
    pub begun: Hour,
    /// The line's name.
    pub line: String,
    /// Where it came from, as far as prices care.
    pub origin: OriginClass,
    /// Seconds begun.
    pub billable_seconds: u64,
    /// Which version of a rate card priced it.
    pub card: String,
    /// What it cost: zero or more.
    pub cost: Micros,
}

/// What the calls to a line of one class of origin at one price came to (O9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallSum {
    /// The line's name.
    pub line: String,
    /// Where they came from, as far as prices care.
    pub origin: OriginClass,
    /// Which version of a rate card priced them.
    pub card: String,
    /// How many.
    pub calls: u64,
    /// Seconds begun.
    pub billable_seconds: u64,
    /// What they cost: zero or more.
    pub cost: Micros,
}

/// A change of the balance that is no call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Movement {
    /// The day of the entry.
    pub date: Date,
    /// What it was.
    pub kind: MovementKind,
    /// For whom or why: a line's name, a reference.
    pub text: String,
    /// What it did to the balance: below zero for a debit.
    pub change: Micros,
}

/// Kinds of movements, in the order of a summary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MovementKind {
    /// A monthly fee: a debit.
    Fee,
    /// Credit that was bought or granted: a credit.
    TopUp,
    /// Credit paid back to whoever bought it: a debit.
    Refund,
    /// A correction, in either direction.
    Correction,
}

impl Statement {
    /// Draws the statement on as many A4 pages as it takes. The same facts give the same bytes.
    ///
    /// Refused are facts that do not add up to [`Self::closing`], calls and movements outside of
    /// the month, and more of them than [`CALLS_MAX`] and [`MOVEMENTS_MAX`].
    pub fn pdf(&self) -> Result<Vec<u8>, LetterError> {
        let sums = self.check()?;
        page::draw(self, &sums)
    }

    /// The same as a table of comma-separated values (RFC 4180) in UTF-8.
    ///
    /// The column `amount` is rounded like the lines of the document, `exact` has all six places;
    /// both add up from `opening` to `closing`. Text that a spreadsheet would take for a formula
    /// begins with an apostrophe. It refuses what [`Self::pdf`] refuses.
    pub fn csv(&self) -> Result<Vec<u8>, LetterError> {
        let sums = self.check()?;
        Ok(csv::write(self, &sums))
    }
}
