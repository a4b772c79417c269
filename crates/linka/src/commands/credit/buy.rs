//! `linka credit buy`: an order of credit, paid by transfer, by card or by a partner.

use std::path::PathBuf;

use linka_engine::clock;
use linka_letters::{Language, Party};
use linka_payment::purchase::PurchaseId;
use linka_store::{Means, NewPurchase, Notice, PurchaseRow, Store};

use crate::cli::{CreditBuy, Customer, Method};
use crate::commands::{Configured, configured, the_card};
use crate::failure::Failure;
use crate::payments::proforma::{Invoice, Waits};
use crate::payments::reconcile;
use crate::{booking, output, provision};

/// Orders it, and says how it is paid.
pub(crate) async fn run(args: &CreditBuy) -> Result<(), Failure> {
    let site = configured(&args.config).await?;
    match args.method {
        Method::Invoice => invoice(args, &site).await,
        Method::Partner => partner(args, &site.store).await,
        Method::Card => card(args, &site).await,
    }
}

async fn order(args: &CreditBuy, store: &Store, means: Means) -> Result<PurchaseRow, Failure> {
    let org = provision::org(store, &args.org).await?;
    let id = PurchaseId(uuid::Uuid::from_u128(clock::random()));
    let order = NewPurchase { id, org, means, amount: args.amount };
    booking::certain(async || store.order_credit(&order, clock::wall_ms()).await).await
}

async fn partner(args: &CreditBuy, store: &Store) -> Result<(), Failure> {
    let name = args.partner.as_deref().unwrap_or_default();
    let partner = provision::partner(store, name).await?;
    let row = order(args, store, Means::Partner(partner.id)).await?;
    let available = store.available(row.org).await?;
    output::line(format!(
        "{} bought {} for {}; available: {available}",
        partner.name, args.amount, args.org
    ));
    Ok(())
}

async fn card(args: &CreditBuy, site: &Configured) -> Result<(), Failure> {
    let provider = the_card(&args.config, &site.config)?;
    let row = order(args, &site.store, Means::Card).await?;
    let (url, row) = reconcile::open(&site.store, &provider, &row).await?;
    let purchase = &row.purchase;
    output::line(format!("purchase {}: {} {}", purchase.id(), args.amount, purchase.currency()));
    output::line(format!("pay at {url}"));
    Ok(())
}

async fn invoice(args: &CreditBuy, site: &Configured) -> Result<(), Failure> {
    // Whatever keeps an invoice from being drawn is found before anything is ordered.
    let org = site.store.org_by_name(&args.org).await?;
    if let Some(org) = &org
        && site.config.payments.account(org.currency).is_none()
    {
        let why = format!("payments: there is no account in {}: add one", org.currency);
        return Err(Failure::new(why));
    }
    let customer = party(&args.org, &args.customer)?;
    let row = order(args, &site.store, Means::Invoice).await?;
    let language = if args.language == "cs" { Language::Czech } else { Language::English };
    let payments = &site.config.payments;
    let billed = Invoice { payments, purchase: &row, customer, language }.bill()?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("proforma-{}.pdf", billed.symbol)));
    std::fs::write(&out, &billed.pdf)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", out.display())))?;
    output::line(format!(
        "purchase {}: {} {}",
        row.purchase.id(),
        args.amount,
        row.purchase.currency()
    ));
    output::line(format!(
        "pay to {}, variable symbol {}, by {}",
        billed.account, billed.symbol, billed.due
    ));
    output::line(format!("proforma invoice: {}", out.display()));
    tell(&site.store, &row, billed.notice()).await
}

/// The organisation hears by mail that its order waits for money.
async fn tell(store: &Store, row: &PurchaseRow, notice: Waits) -> Result<(), Failure> {
    let purchase = row.purchase.id().0;
    let Waits { due_ms, pay_to } = notice;
    let notice = Notice::PurchaseWaits { purchase, amount: row.purchase.asked(), due_ms, pay_to };
    Ok(store.tell(Some(row.org), &notice, purchase, clock::wall_ms()).await?)
}

fn party(org: &str, customer: &Customer) -> Result<Party, Failure> {
    if customer.address.is_empty() {
        return Err(Failure::new("an invoice names the payer: add --address, once a line"));
    }
    Ok(Party {
        name: customer.name.clone().unwrap_or_else(|| org.to_owned()),
        address: customer.address.clone(),
        company_id: customer.company_id.clone(),
        vat_id: customer.vat_id.clone(),
    })
}
