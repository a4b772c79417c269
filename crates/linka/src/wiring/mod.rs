//! The engine's ports, implemented on store and speech.

mod books;
mod directory;
mod ledger;
mod origin;
mod refusals;
mod reports;
mod term;
mod voice;

pub(crate) use books::Books;
pub(crate) use directory::{Directory, admission};
pub(crate) use ledger::Ledger;
pub(crate) use origin::classifier;
pub(crate) use refusals::Refusals;
pub(crate) use reports::Reports;
pub(crate) use term::tend;
pub(crate) use voice::{LineVoice, Sounds};
