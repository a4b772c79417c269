//! Says what a call costs and which postings it makes.
//!
//! Pure: `now` is an argument, identifiers follow from the call's own, and nothing is stored. All
//! amounts are whole micro-units; floating point is denied in this crate (rule M1 of
//! docs/metering.md, which explains every rule number used here).
#![deny(clippy::float_arithmetic, clippy::float_cmp)]

pub mod calendar;
mod card;
mod card_file;
mod card_folder;
mod entry;
mod explain;
mod grace;
mod low_credit;
mod meter;
pub mod offers;
pub mod plan;
mod rate;
mod recovery;
mod remark;

pub use card::{CardId, Country, NameError, RateCard};
pub use card_folder::{CardFile, Folder, read_folder};
pub use explain::Explanation;

pub use entry::{EntryId, Posting, PostingResult};
pub use grace::{GRACE_MAX_S, default_overdraft};
pub use low_credit::{Shortage, Thresholds};
pub use meter::{Bill, Meter, Notice, TICK_MAX};
pub use rate::{Rate, RateError};
pub use recovery::{OpenHold, recover};
pub use remark::{CardError, Warning};
