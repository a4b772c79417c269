//! Arguments of `linka statements` and `linka partners statement`.

use std::path::PathBuf;

use clap::Args;
use linka_letters::Month;

use super::{Books, Data};

#[derive(Args)]
pub(crate) struct Statements {
    /// The organisation's name
    #[arg(long, value_name = "NAME")]
    pub(crate) org: String,
    /// The month, as the organisation's zone has it, for example 2026-10
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: Month,
    /// Write it as a document; the configuration says who issues it (payments.issuer)
    #[arg(long, value_name = "FILE", requires = "config")]
    pub(crate) pdf: Option<PathBuf>,
    /// Write it as comma-separated values
    #[arg(long, value_name = "FILE", requires = "config")]
    pub(crate) csv: Option<PathBuf>,
    /// Print it as one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// The organisation's address on the document, once a line
    #[arg(long, value_name = "LINE")]
    pub(crate) address: Vec<String>,
    /// The language of the document
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = ["cs", "en"])]
    pub(crate) language: String,
    #[command(flatten)]
    pub(crate) books: Books,
}

#[derive(Args)]
pub(crate) struct PartnerStatement {
    /// The partner's name
    #[arg(value_name = "PARTNER")]
    pub(crate) name: String,
    /// The month, as the partner's zone has it, for example 2026-10
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: Month,
    /// As one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) data: Data,
}
