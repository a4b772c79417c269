//! The words of `linka fees`.

use clap::{Args, Subcommand};

use super::{Data, Listing};

// `--data` before `run` would be one that it does not hear.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Fees {
    #[command(subcommand)]
    pub(crate) action: Option<FeesAction>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Subcommand)]
pub(crate) enum FeesAction {
    /// Take what is due now, as the node does every hour
    Run {
        #[command(flatten)]
        data: Data,
    },
}
