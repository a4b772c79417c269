//! Writes what people get to read from linka: mails, proforma invoices, statements.
//!
//! Pure: facts go in, bytes come out. Nothing is sent, stored or looked up here, and the same facts
//! give the same bytes. No letter bears anything of a caller: there is no field for it.

mod amount;
mod clean;
mod date;
mod error;
mod language;
mod link;
mod mail;
mod paper;
mod party;
mod payment;
mod proforma;
mod statement;

pub use amount::Amount;
pub use date::{Date, Hour, Month};
pub use error::LetterError;
pub use language::Language;
pub use link::Link;
pub use mail::{CreditLevel, FeeReminder, Mail, Rendered};
pub use party::Party;
pub use payment::{Payment, Reference};
pub use proforma::{Proforma, ProformaLine, Vat, VatRate};
pub use statement::{CALLS_MAX, Call, CallSum, MOVEMENTS_MAX, Movement, MovementKind, Statement};
