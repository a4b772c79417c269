//! `linka credit refund`: unused credit goes back to the payments that it came from (M17).

use linka_engine::clock;
use linka_payment::purchase::Provider;
use linka_store::{NewRefund, RefundPart};
use uuid::Uuid;

use crate::cli::CreditRefund;
use crate::commands::{card, configured};
use crate::failure::Failure;
use crate::payments::refunds;
use crate::{booking, output, provision};

/// Takes the credit out, says where every part of it goes, and only then sends what goes by card.
pub(crate) async fn run(args: &CreditRefund) -> Result<(), Failure> {
    let site = configured(&args.config).await?;
    let provider = card(&args.config.config, &site.config)?;
    let refund = NewRefund {
        id: Uuid::from_u128(clock::random()),
        org: provision::org(&site.store, &args.org).await?,
        wanted: args.amount,
        by_card: provider.is_some(),
    };
    let begin = async || site.store.refund(&refund, clock::wall_ms()).await;
    let parts = booking::certain(begin).await?;
    parts.iter().for_each(|part| output::line(way(part)));
    let mut troubles = Vec::new();
    for part in parts.iter().filter(|part| is_by_card(part)) {
        let Some(provider) = &provider else { continue };
        if let Err(trouble) = refunds::send(&site.store, provider, part).await {
            troubles.push(format!("{} to the card, refund {}: {trouble}", part.amount, part.id));
        }
    }
    if troubles.is_empty() { Ok(()) } else { Err(Failure::new(troubles.join("\n"))) }
}

fn is_by_card(part: &RefundPart) -> bool {
    part.purchase.purchase.provider() == Provider::Card
}

/// Which way the money goes.
fn way(part: &RefundPart) -> String {
    let purchase = &part.purchase.purchase;
    let what = format!("{} {}", part.amount, purchase.currency());
    match purchase.provider() {
        Provider::Invoice => {
            let symbol = part.purchase.symbol.map(|symbol| symbol.to_string());
            let symbol = symbol.unwrap_or_default();
            format!("{what}: send it to the account that paid variable symbol {symbol}")
        }
        Provider::Partner => format!("{what}: taken off what the partner owes"),
        Provider::Grant => format!("{what}: was granted"),
        Provider::Card => format!("{what}: goes back to the card"),
    }
}
