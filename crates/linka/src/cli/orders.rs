//! The words of `linka orders`, `linka numbers` and `linka orgs`.

use clap::{Args, Subcommand};
use linka_metering::Country;
use linka_model::{Currency, Lang, LineId, LineKind, Micros};
use linka_store::QUARANTINE_DAYS_MIN;

use super::{Data, Listing};

#[derive(Args)]
pub(crate) struct Orders {
    #[command(subcommand)]
    pub(crate) action: OrdersAction,
}

#[derive(Subcommand)]
pub(crate) enum OrdersAction {
    /// List the orders that wait for a number, and those that were rejected
    List(Listing),
    /// Say which lines an organisation can order, at which price, and why not others
    Offers {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        #[command(flatten)]
        listing: Listing,
    },
    /// Order a line for an organisation
    Place {
        /// The organisation's name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// The line's name, new within the organisation
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The language that it speaks first, for example cs
        #[arg(long, value_name = "LANG")]
        language: Lang,
        #[command(flatten)]
        place: Place,
        /// Who orders it
        #[arg(long, value_name = "NAME", default_value = "the operator")]
        by: String,
        #[command(flatten)]
        data: Data,
    },
    /// Give an ordered line its number
    Assign {
        /// The order, as `linka orders list` names it
        #[arg(value_name = "ORDER", value_parser = order)]
        order: LineId,
        /// The number that its carrier registered
        #[arg(value_name = "NUMBER", required_unless_present = "from_pool")]
        number: Option<String>,
        /// The first free number of its country and kind
        #[arg(long, conflicts_with = "number")]
        from_pool: bool,
        #[command(flatten)]
        data: Data,
    },
    /// Refuse an order
    Reject {
        /// The order, as `linka orders list` names it
        #[arg(value_name = "ORDER", value_parser = order)]
        order: LineId,
        /// Why; the organisation reads it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
pub(crate) struct Numbers {
    #[command(subcommand)]
    pub(crate) action: NumbersAction,
}

#[derive(Subcommand)]
pub(crate) enum NumbersAction {
    /// Say what a number is, and how it is written
    Check {
        /// In E.164 form, for example +420800123456
        #[arg(value_name = "NUMBER", required = true)]
        numbers: Vec<String>,
    },
    /// Take numbers into the pool
    Add {
        /// Numbers, or files with one number a line (# begins a remark)
        #[arg(value_name = "NUMBER|FILE", required = true)]
        numbers: Vec<String>,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        data: Data,
    },
    /// List the pool
    List(Listing),
    /// Take a number from its line, for good; it rests, and can then be given to another line
    Release {
        /// The number
        #[arg(value_name = "NUMBER")]
        number: String,
        /// The number again: what is released cannot be had back
        #[arg(long, value_name = "NUMBER")]
        confirm: String,
        /// The organisation asked for it (else only a line whose fees were not paid loses its number)
        #[arg(long)]
        wished: bool,
        /// How long it rests, in days
        #[arg(long, value_name = "DAYS", default_value_t = QUARANTINE_DAYS_MIN)]
        quarantine: u32,
        #[command(flatten)]
        data: Data,
    },
    /// Give a number back to its carrier: no line gets it any more
    Retire {
        /// The number
        #[arg(value_name = "NUMBER")]
        number: String,
        #[command(flatten)]
        data: Data,
    },
    /// Free the numbers whose rest is over
    Free {
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
pub(crate) struct Orgs {
    #[command(subcommand)]
    pub(crate) action: OrgsAction,
}

#[derive(Subcommand)]
pub(crate) enum OrgsAction {
    /// Found an organisation with an empty account
    Add {
        /// Its name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The currency of its account, for good, for example CZK
        #[arg(long, value_name = "CODE")]
        currency: Currency,
        #[command(flatten)]
        data: Data,
    },
    /// List organisations with their credit and settings
    List(Listing),
    /// Set where the days of an organisation begin, and how far its recordings may overdraw
    Set {
        /// Its name
        #[arg(long, value_name = "NAME")]
        org: String,
        /// A time zone, for example Europe/Prague; before its first line is active
        #[arg(long, value_name = "ZONE", required_unless_present = "overdraft")]
        zone: Option<String>,
        /// How far recordings under way may overdraw the credit; 0 for no grace
        #[arg(long, value_name = "AMOUNT")]
        overdraft: Option<Micros>,
        #[command(flatten)]
        data: Data,
    },
}

/// Where a number is, and who pays for a call. It makes no group of arguments: as one it would bear
/// the name of the subcommand `place`.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Place {
    /// Two letters, for example CZ
    #[arg(long, value_name = "CODE", value_parser = country)]
    pub(crate) country: Country,
    /// landline or toll_free
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: LineKind,
}

fn country(code: &str) -> Result<Country, String> {
    Country::try_from(code.to_owned()).map_err(|error| error.to_string())
}

fn kind(name: &str) -> Result<LineKind, String> {
    LineKind::from_name(name).ok_or_else(|| "use landline or toll_free".to_owned())
}

fn order(id: &str) -> Result<LineId, String> {
    let id = uuid::Uuid::parse_str(id);
    id.map(LineId).map_err(|_| "an order is named as in `linka orders list`".to_owned())
}
