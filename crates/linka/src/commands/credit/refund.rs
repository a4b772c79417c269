//! `linka credit refund`: unused credit goes back to the payments that it came from (M17).

use linka_engine::clock;
use linka_payment::purchase::Provider;

use crate::cli::CreditRefund;
use crate::commands::{card, configured};
use crate::failure::Failure;
use crate::payments::reconcile;
use crate::{output, provision};

/// Takes the credit out, and says where it goes.
pub(crate) async fn run(args: &CreditRefund) -> Result<(), Failure> {
    let site = configured(&args.config).await?;
    let org = provision::org(&site.store, &args.org).await?;
    // Without the provider nothing is begun, where a card may have to get its money back.
    let provider = card(&args.config.config, &site.config)?;
    let id = uuid::Uuid::from_u128(clock::random());
    let parts = site.store.refund(id, org, args.amount, clock::wall_ms()).await?;
    for part in &parts {
        let purchase = &part.purchase.purchase;
        let what = format!("{} {}", part.amount, purchase.currency());
        output::line(match purchase.provider() {
            Provider::Invoice => {
                let symbol = part.purchase.symbol.map(|symbol| symbol.to_string());
                let symbol = symbol.unwrap_or_default();
                format!("{what}: send it to the account that paid variable symbol {symbol}")
            }
            Provider::Partner => format!("{what}: taken off what the partner owes"),
            Provider::Grant => format!("{what}: was granted"),
            Provider::Card => {
                let provider = provider.as_ref().ok_or_else(|| {
                    Failure::new(format!("{what} is held: cards are off, add payments.card"))
                })?;
                reconcile::send(&site.store, provider, part).await?;
                format!("{what}: goes back to the card")
            }
        });
    }
    Ok(())
}
