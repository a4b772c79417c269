//! Arguments of `linka contacts`, `linka mails` and `linka jobs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use linka_model::Lang;
use uuid::Uuid;

/// Whose books: those of a data folder, or those that a configuration names.
#[derive(Args)]
pub(crate) struct Books {
    /// Folder with database and reports
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    pub(crate) data: PathBuf,
    /// The configuration file of the node, instead of its folder
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Contacts {
    #[command(subcommand)]
    pub(crate) action: ContactsAction,
}

#[derive(Subcommand)]
pub(crate) enum ContactsAction {
    /// Send the mails of an organisation to an address too, or change its language
    Add {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// Where mails go, for example somebody@example.org
        #[arg(value_name = "ADDRESS")]
        address: String,
        /// In which language; what is not Czech or Slovak is English
        #[arg(long, value_name = "LANG", default_value = "en")]
        language: Lang,
        #[command(flatten)]
        books: Books,
    },
    /// Send no more mails to an address
    Remove {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// The address, as it is listed
        #[arg(value_name = "ADDRESS")]
        address: String,
        #[command(flatten)]
        books: Books,
    },
    /// List who gets the mails of an organisation
    List {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// As one JSON array instead of a table
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        books: Books,
    },
}

#[derive(Args)]
pub(crate) struct Mails {
    #[command(subcommand)]
    pub(crate) action: MailsAction,
}

#[derive(Subcommand)]
pub(crate) enum MailsAction {
    /// List the latest mails, and what is to be told and has no reader yet
    List {
        /// Only those that were given up
        #[arg(long)]
        dead: bool,
        /// As one JSON array instead of a table
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        books: Books,
    },
    /// Show what a mail tells
    Show {
        #[command(flatten)]
        mail: OneMail,
    },
    /// Send a mail that was given up from its first attempt on
    Retry {
        #[command(flatten)]
        mail: OneMail,
    },
    /// Give a mail up that is still to be sent
    Drop {
        #[command(flatten)]
        mail: OneMail,
    },
}

/// A mail, and where it is kept.
#[derive(Args)]
pub(crate) struct OneMail {
    /// Its identity, as `linka mails list` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: Uuid,
    #[command(flatten)]
    pub(crate) books: Books,
}

#[derive(Args)]
pub(crate) struct Jobs {
    #[command(subcommand)]
    pub(crate) action: JobsAction,
}

#[derive(Subcommand)]
pub(crate) enum JobsAction {
    /// List what a node does by itself, and how often
    List,
    /// Do it once, now
    Run {
        /// Which job, as `linka jobs list` names it
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        books: Books,
    },
}
