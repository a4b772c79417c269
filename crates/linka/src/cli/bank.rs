//! The words of `linka bank`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{ConfigFile, Data, Listing};

#[derive(Args)]
pub(crate) struct Bank {
    #[command(subcommand)]
    pub(crate) action: BankAction,
}

#[derive(Subcommand)]
pub(crate) enum BankAction {
    /// Read a statement (camt.053, or Fio's JSON) and credit what it brings; again changes nothing
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List payments that no program can place
    Unmatched(Unmatched),
}

#[derive(Args)]
pub(crate) struct Unmatched {
    #[command(subcommand)]
    pub(crate) action: Option<UnmatchedAction>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Subcommand)]
pub(crate) enum UnmatchedAction {
    /// Say which purchase an entry pays
    Assign {
        /// The entry, as the list names it
        #[arg(value_name = "ENTRY")]
        entry: Uuid,
        /// The purchase, as `linka credit purchases` names it
        #[arg(value_name = "PURCHASE")]
        purchase: Uuid,
        #[command(flatten)]
        data: Data,
    },
    /// Say that a debit took back a payment of this purchase: its credit goes
    TakeBack {
        /// The entry, as the list names it
        #[arg(value_name = "ENTRY")]
        entry: Uuid,
        /// The purchase, as `linka credit purchases` names it
        #[arg(value_name = "PURCHASE")]
        purchase: Uuid,
        #[command(flatten)]
        data: Data,
    },
    /// Note that the money goes back to its payer, or is not about credit
    Return {
        /// The entry, as the list names it
        #[arg(value_name = "ENTRY")]
        entry: Uuid,
        #[command(flatten)]
        data: Data,
    },
}
