//! `linka credit`: buy, grant, withdraw, refund; a running node sees it at the next INVITE.

mod budget;
mod buy;
mod listing;
mod reconcile;
mod refund;
mod refunds;

use crate::cli::{Credit, CreditAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::{booking, output};

/// Does what is asked.
pub(crate) async fn run(args: Credit) -> Result<(), Failure> {
    match args.action {
        CreditAction::Grant { org, amount, reason, data } => {
            let store = existing(&data.data).await?;
            let available = booking::grant(&store, &org, amount, &reason).await?;
            output::line(format!("granted {amount} to {org}; available: {available}"));
        }
        CreditAction::Withdraw { org, amount, all: _, reason, data } => {
            let store = existing(&data.data).await?;
            let taken = booking::withdraw(&store, &org, amount, &reason).await?;
            output::line(format!("withdrew {taken} from {org}"));
        }
        CreditAction::Buy(args) => buy::run(&args).await?,
        CreditAction::Purchases(args) => listing::run(&args).await?,
        CreditAction::Refund(args) => refund::run(&args).await?,
        CreditAction::Refunds(args) => refunds::run(args).await?,
        CreditAction::Reconcile(args) => reconcile::run(&args).await?,
        CreditAction::Budget(args) => budget::run(&args).await?,
    }
    Ok(())
}
