//! `linka credit`: grant and withdraw; a running node sees it at the next INVITE.

use crate::cli::{Credit, CreditAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::{booking, output};

/// Grants or withdraws.
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
    }
    Ok(())
}
