//! `linka credit reconcile`: asks the card provider now, as the node does every hour.

use linka_payment::purchase::PurchaseId;

use crate::cli::CreditReconcile;
use crate::commands::{configured, the_card};
use crate::failure::Failure;
use crate::output;
use crate::payments::reconcile;

/// Asks for one purchase, or for all that are not settled.
pub(crate) async fn run(args: &CreditReconcile) -> Result<(), Failure> {
    let site = configured(&args.config).await?;
    let provider = the_card(&args.config, &site.config)?;
    let Some(id) = args.purchase else {
        let round = reconcile::all(&site.store, &provider).await?;
        output::line(format!("asked the card provider about {}", round.asked));
        return round.troubles().map_or(Ok(()), |troubles| Err(Failure::new(troubles)));
    };
    let found = site.store.purchase(PurchaseId(id)).await?;
    let row = found.ok_or_else(|| Failure::new(format!("there is no purchase {id}")))?;
    Ok(reconcile::purchase(&site.store, &provider, &row).await?)
}
