//! Bank statements: who has paid, read from what the bank sends.
//!
//! Both readers give the same [`Statement`], and neither gives one whose closing balance is not the
//! opening balance and the sum of its booked entries: a file that lost an entry is refused whole.

mod camt053;
mod fio;
mod symbols;
mod xml;

pub use camt053::read as read_camt053;
pub use fio::read as read_fio;

use std::collections::BTreeSet;

use linka_model::{Currency, Micros};
use uuid::Uuid;

use crate::Date;

/// Largest file that is read, in bytes; a month of a busy account has a tenth of it.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// Longest reference of a bank's that is kept, in characters; the standards end at 35 and 140.
const REFERENCE_CHARS_MAX: usize = 255;
/// Characters of an entry's free text that are kept.
const TEXT_CHARS_MAX: usize = 500;

/// Names entries across imports.
const ENTRY_NAMESPACE: Uuid = Uuid::from_u128(0x5f0b_8d5e_7c1a_4b62_9d38_1e64_aa27_c0f3);

/// What happened on an account between two balances.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The account: its IBAN, or the bank's own number where there is none.
    pub account: String,
    /// Its currency, and that of every booked entry.
    pub currency: Currency,
    /// What was booked on it before.
    pub opening: Micros,
    /// What is booked on it after.
    pub closing: Micros,
    /// What happened, in the bank's order; pending entries too, which count for nothing.
    pub entries: Vec<Entry>,
}

/// One movement of money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it is recognised by when it comes again.
    pub identity: Identity,
    /// More than zero: came in; less: went out.
    pub amount: Micros,
    /// In which currency.
    pub currency: Currency,
    /// Whether the bank has booked it. Nothing else counts.
    pub booked: bool,
    /// The day of booking.
    pub date: Date,
    /// The number that the payer gave as the order's symbol, right or wrong.
    pub variable_symbol: Option<u64>,
    /// The structured reference as it was sent.
    pub reference: Option<String>,
    /// What else the payer wrote.
    pub text: String,
    /// Whether it takes an earlier entry back.
    pub reversal: bool,
}

/// What makes an entry the same at the next import: account, bank's reference, amount and day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity {
    /// The account.
    pub account: String,
    /// The bank's own reference of the movement.
    pub bank_reference: String,
    /// The amount, signed.
    pub amount: Micros,
    /// The day of booking.
    pub date: Date,
}

impl Identity {
    /// The same in one value, as a purchase and the ledger name it.
    pub fn id(&self) -> Uuid {
        let Self { account, bank_reference, amount, date } = self;
        let name = format!("{account}\n{bank_reference}\n{}\n{date}", amount.0);
        Uuid::new_v5(&ENTRY_NAMESPACE, name.as_bytes())
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Too long to be read.
    #[error("the file has {0} bytes, at most {FILE_BYTES_MAX} are read: export a shorter time")]
    TooLarge(usize),
    /// It is not in a form that we know.
    #[error("the file is no statement that can be read: {0}")]
    Form(String),
    /// Something in it is missing or wrong.
    #[error("{place}: {reason}")]
    Content {
        /// The statement, the entry, the field.
        place: String,
        /// What is wrong, and how to mend it.
        reason: String,
    },
    /// An entry is missing from it, or is in it twice.
    #[error(
        "account {account}: the closing balance is {closing}, but opening balance and entries make \
         {computed}: the file is not complete, export it again"
    )]
    Balance {
        /// Which account.
        account: String,
        /// What the bank says.
        closing: Micros,
        /// What its entries say.
        computed: Micros,
    },
}

impl StatementError {
    fn content(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Content { place: place.into(), reason: reason.into() }
    }
}

impl Statement {
    /// The statement, if its balances and booked entries agree in sum and currency, and no two of its
    /// payments are one and the same.
    fn checked(self) -> Result<Self, StatementError> {
        let mut sum = self.opening;
        let mut seen = BTreeSet::new();
        for entry in self.entries.iter().filter(|entry| entry.booked) {
            let place = || format!("account {}, entry {}", self.account, entry.bank_reference());
            if entry.bank_reference().chars().count() > REFERENCE_CHARS_MAX {
                let reason =
                    format!("the reference is longer than {REFERENCE_CHARS_MAX} characters");
                return Err(StatementError::content(place(), reason));
            }
            if !seen.insert(&entry.identity) {
                let reason = format!(
                    "two entries have this reference, the amount {} and the day {}: they cannot be \
                     told apart. Export the statement again, or in the bank's other format",
                    entry.amount, entry.date
                );
                return Err(StatementError::content(place(), reason));
            }
            if entry.currency != self.currency {
                let reason = format!("is in {}, the account in {}", entry.currency, self.currency);
                return Err(StatementError::content(place(), reason));
            }
            sum = sum
                .checked_add(entry.amount)
                .ok_or_else(|| StatementError::content(place(), "the sum does not fit"))?;
        }
        if sum == self.closing {
            return Ok(self);
        }
        let Self { account, closing, .. } = self;
        Err(StatementError::Balance { account, closing, computed: sum })
    }
}

impl Entry {
    fn bank_reference(&self) -> &str {
        &self.identity.bank_reference
    }
}

/// The file as text, within the limit.
fn utf8(file: &[u8]) -> Result<&str, StatementError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(StatementError::TooLarge(file.len()));
    }
    let text = core::str::from_utf8(file).map_err(|error| {
        let place = error.valid_up_to();
        StatementError::Form(format!("byte {place} is not UTF-8; export the statement in UTF-8"))
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// As much of the payer's texts as is kept, on one line.
fn free_text<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let words = parts.into_iter().flat_map(str::split_whitespace);
    let joined = words.fold(String::new(), |mut text, word| {
        if text.len() <= 4 * TEXT_CHARS_MAX {
            let blank = if text.is_empty() { "" } else { " " };
            text.push_str(blank);
            text.push_str(word);
        }
        text
    });
    joined.chars().take(TEXT_CHARS_MAX).collect()
}
