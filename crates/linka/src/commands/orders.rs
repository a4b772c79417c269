//! `linka orders`: what can be ordered, the queue, and what the operator does with it.

use linka_engine::clock;
use linka_metering::offers::{Offer, offers};
use linka_model::{LineState, Org};
use linka_store::{NewLine, Store};
use serde::Serialize;

use crate::cli::{Listing, Orders, OrdersAction};
use crate::commands::existing;
use crate::failure::Failure;
use crate::numbering::{self, Number};
use crate::{output, provision};

/// Lists, orders, assigns or rejects.
pub(crate) async fn run(args: Orders) -> Result<(), Failure> {
    match args.action {
        OrdersAction::List(listing) => list(&listing).await,
        OrdersAction::Offers { org, listing } => {
            let store = existing(&listing.data.data).await?;
            let org = organisation(&store, &org).await?;
            show(&offered(&store, &org).await?, &listing, &org)
        }
        OrdersAction::Place { org, name, language, place, by, data } => {
            let store = existing(&data.data).await?;
            let org = organisation(&store, &org).await?;
            let (country, kind) = (place.country, place.kind);
            let (id, at_ms) = (clock::new_line(), clock::wall_ms());
            let setup = provision::first_setup(language)?;
            let org_id = org.id;
            let order =
                NewLine { id, org: org_id, name, language, country, kind, setup, by, at_ms };
            refuse_not_offered(&store, &org, &order).await?;
            store.order_line(&order).await?;
            output::line(format!("ordered: {}", id.0));
            Ok(())
        }
        OrdersAction::Assign { order, number, from_pool: _, data } => {
            let store = existing(&data.data).await?;
            output::line(assign(&store, order, number.as_deref()).await?);
            Ok(())
        }
        OrdersAction::Reject { order, reason, data } => {
            existing(&data.data).await?.reject_order(order, &reason, clock::wall_ms()).await?;
            output::line("rejected");
            Ok(())
        }
    }
}

async fn list(args: &Listing) -> Result<(), Failure> {
    let rows = existing(&args.data.data).await?.orders().await?;
    if args.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            let state = match row.rejection {
                Some(reason) => format!("rejected: {reason}"),
                None => "waits for its number".to_owned(),
            };
            let (who, what) = (row.organisation, row.name);
            vec![
                row.id,
                row.day,
                who,
                what,
                row.language,
                row.country,
                row.kind,
                row.ordered_by,
                state,
            ]
        })
        .collect();
    let head =
        ["order", "day", "organisation", "line", "language", "country", "kind", "by", "state"];
    output::table(&head, &cells, "No order waits.");
    Ok(())
}

async fn organisation(store: &Store, name: &str) -> Result<Org, Failure> {
    let missing =
        || Failure::new(format!("there is no organisation `{name}`; see `linka orgs list`"));
    store.org_by_name(name).await?.ok_or_else(missing)
}

async fn offered(store: &Store, org: &Org) -> Result<Vec<Offer>, Failure> {
    let prices = store.prices(org.currency, clock::wall_ms()).await?;
    let pools = store.pools().await?;
    Ok(offers(numbering::all(), org.currency, &prices, &pools))
}

async fn refuse_not_offered(store: &Store, org: &Org, order: &NewLine) -> Result<(), Failure> {
    let offers = offered(store, org).await?;
    let is_it = |offer: &&Offer| offer.country == order.country && offer.kind == order.kind;
    match offers.iter().find(is_it).map(|offer| &offer.verdict) {
        Some(Ok(_)) => Ok(()),
        Some(Err(why)) => Err(Failure::new(format!("this line cannot be ordered: {why}"))),
        None => {
            let country = &order.country;
            Err(Failure::new(format!(
                "this line cannot be ordered: linka knows no numbers of {country}"
            )))
        }
    }
}

#[derive(Serialize)]
struct OfferRow<'a> {
    country: &'a str,
    kind: &'static str,
    offered: bool,
    monthly_micro: Option<i64>,
    fixed_micro: Option<i64>,
    mobile_micro: Option<i64>,
    currency: &'a str,
    why_not: Option<String>,
}

fn show(offers: &[Offer], args: &Listing, org: &Org) -> Result<(), Failure> {
    if args.json {
        let row = |offer| OfferRow::of(offer, org);
        return output::json(&offers.iter().map(row).collect::<Vec<_>>());
    }
    let cells: Vec<Vec<String>> = offers
        .iter()
        .map(|offer| {
            let said = match &offer.verdict {
                Ok(price) => format!(
                    "{} a month; a minute from a fixed line {}, from a mobile {} ({})",
                    price.monthly, price.fixed, price.mobile, org.currency
                ),
                Err(why) => format!("not offered: {why}"),
            };
            vec![offer.country.to_string(), offer.kind.as_str().to_owned(), said]
        })
        .collect();
    output::table(&["country", "kind", "offer"], &cells, "Nothing can be ordered.");
    Ok(())
}

impl<'a> OfferRow<'a> {
    fn of(offer: &'a Offer, org: &'a Org) -> Self {
        let price = offer.verdict.as_ref().ok();
        Self {
            country: offer.country.as_str(),
            kind: offer.kind.as_str(),
            offered: price.is_some(),
            monthly_micro: price.map(|price| price.monthly.0),
            fixed_micro: price.map(|price| price.fixed.0),
            mobile_micro: price.map(|price| price.mobile.0),
            currency: org.currency.as_str(),
            why_not: offer.verdict.as_ref().err().map(ToString::to_string),
        }
    }
}

/// Gives the order this number, or the first free one; says what the line now waits for.
async fn assign(
    store: &Store,
    order: linka_model::LineId,
    number: Option<&str>,
) -> Result<String, Failure> {
    let (did, state) = match number {
        None => store.assign_from_pool(order, clock::wall_ms()).await?,
        Some(text) => {
            let row = store.line(order).await?;
            let row = row.ok_or_else(|| {
                Failure::new(format!("there is no order {}; see `linka orders list`", order.0))
            })?;
            let number = Number::read(text)?.must_be(&row.country, row.kind)?;
            let state = store.register_number(order, &number.did, clock::wall_ms()).await?;
            (number.did, state)
        }
    };
    let waits = match state {
        LineState::Ready => "the line is ready",
        LineState::PastDue => "the line works, and owes its monthly fee",
        LineState::ProcessingOrder
        | LineState::TopUpCredit
        | LineState::Suspended
        | LineState::ReleasePending
        | LineState::Released
        | LineState::Rejected => "the line waits for credit",
    };
    Ok(format!("assigned {did}: {waits}"))
}
