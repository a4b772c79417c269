//! Keeps organisations, lines, rate cards, calls and the ledger in a database (SQLite in a file, or
//! a PostgreSQL server), and the reports of callers in folders of their own.
//!
//! The store knows nothing of how calls are carried. Time is an argument (milliseconds since 1970,
//! as the wall clock says) and so is every identifier: the store reads no clock and makes nothing
//! up. Rule numbers (M, I, O, C, P) are explained in docs/metering.md.

mod assignment;
mod audit;
mod away;
mod bank;
mod budgets;
mod calls;
mod cards;
mod case_code;
mod clock;
mod complaint;
mod contacts;
mod credit;
mod credit_watch;
mod database;
mod durable;
mod error;
mod fees;
mod folding;
mod journal;
mod ledger;
mod lines;
mod listings;
mod mail_listing;
mod mails;
mod node;
mod notice;
mod numbers;
mod orders;
mod org_settings;
mod orgs;
mod outage;
mod outbox;
mod partner_month;
mod partners;
mod plain;
#[cfg(test)]
mod plans;
mod poster;
mod purchases;
mod recovery;
mod replay;
pub mod reports;
mod rules;
mod sql;
mod statements;
mod takeover;
mod term;
mod watch;

pub use assignment::{QUARANTINE_DAYS_MAX, QUARANTINE_DAYS_MIN, Release};
pub use audit::{Audit, Checked, FINDINGS_MAX, Finding, Wrong};
pub use away::Replayed;
pub use bank::{Booked, UnmatchedEntry};
pub use calls::{Admission, Closing, Heartbeat, NewCall};
pub use cards::{CardVersion, Pinned};
pub use case_code::{CaseCodes, CodeHash, CodeHashError, FRESH_SECRET_LEN};
pub use contacts::{CONTACTS_MAX, Contact};
pub use database::{QUERY_DEADLINE, Server, ServerError, Store};
pub use error::StoreError;
pub use fees::{FeeListing, FeeRound};
pub use lines::{LineRow, NotSwitched};
pub use listings::{CallListing, LineListing};
pub use mail_listing::{MailListing, Which};
pub use mails::{ATTEMPTS_MAX, About, Failure, Outgoing};
pub use node::{Node, NodeName, QUEUE_MAX};
pub use notice::{FeeReminder, LowCredit, Notice, PayTo};
pub use numbers::{NewNumber, NumberListing};
pub use orders::{NewLine, OrderListing};
pub use org_settings::OrgListing;
pub use partner_month::{PartnerDebt, PartnerStated};
pub use partners::{NewPartner, PartnerId, PartnerRow};
pub use poster::BATCH_MAX;
pub use purchases::{
    Asked, BankDebt, Checkout, Means, NewPurchase, NewRefund, PurchaseRow, RefundPart, RefundRow,
    Told,
};
pub use recovery::Recovered;
pub use rules::TermRules;
pub use statements::{STATED_MAX, Stated, StatedCall, StatedMonth, StatedMovement, StatedSum};
pub use takeover::Tending;
