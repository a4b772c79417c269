//! Asks for money and reads who has paid: payment codes, bank statements, card payments.
//!
//! Pure: no clock, no socket, no file. Requests to a provider are values that somebody else sends,
//! and answers, webhooks and statements are bytes that somebody else received. Amounts are whole
//! micro-units; floating point is denied in this crate (rule M1 of docs/metering.md, which explains
//! every rule number used here).
#![deny(clippy::float_arithmetic, clippy::float_cmp)]

pub mod card;
mod date;
mod decimal;
mod iban;
pub mod matching;
pub mod minor_unit;
mod mod97;
pub mod payment_code;
pub mod purchase;
pub mod refund;
mod rf;
pub mod statement;
mod variable_symbol;

pub use date::{Date, DateError};
pub use iban::{Bic, Iban, IbanError};
pub use rf::{Rf, RfError};
pub use variable_symbol::{SymbolError, VariableSymbol};
