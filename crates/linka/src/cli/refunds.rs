//! `linka credit refunds`: refunds that are not done.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Data, Listing};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CreditRefunds {
    #[command(subcommand)]
    pub(crate) action: Option<RefundsAction>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Subcommand)]
pub(crate) enum RefundsAction {
    /// Note that the money was sent by a person
    Sent {
        /// The refund, as `linka credit refunds` names it
        refund: Uuid,
        #[command(flatten)]
        data: Data,
    },
    /// Give up a refund by card: the credit can be spent again
    Release {
        /// The refund, as `linka credit refunds` names it; look at the card provider first
        refund: Uuid,
        #[command(flatten)]
        data: Data,
    },
}
