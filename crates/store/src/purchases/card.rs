//! What the card provider tells, once each, and how things stand with its pay pages.

use linka_payment::card::Who;
use linka_payment::purchase::{Event, PurchaseId, Refusal};

use super::row::{self, Find, PurchaseRow, find, update};
use super::tell::tell_all;
use super::{named, nowhere, tell};
use crate::database::in_time;
use crate::sql::{Query, Tx};
use crate::{Notice, Store, StoreError, outbox};

/// Longest refusal that is kept, in characters.
const REFUSAL_CHARS_MAX: usize = 1000;

/// A pay page that was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkout {
    /// For which purchase.
    pub purchase: PurchaseId,
    /// The provider's name of it.
    pub session: String,
}

/// What became of something that the provider told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// It is written; the purchase as it is now.
    Taken(Box<PurchaseRow>),
    /// It was taken before.
    Known,
    /// It contradicts what is known. That is written too, and a person has to look.
    Refused(Refusal),
    /// It takes back more than there is: what frees money may not have been told yet. The operator
    /// hears of it, and it has to be told again.
    Early(Refusal),
    /// It speaks of a purchase that is not ours.
    NotOurs,
    /// It speaks of a payment that is not known: ours, of which nobody has told yet, or another's.
    UnknownPayment,
}

/// How things stand with a purchase after its provider was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The purchase as it is now.
    pub row: PurchaseRow,
    /// What the provider said that was refused.
    pub refused: Vec<Refusal>,
}

impl Store {
    /// Writes which pay page a purchase has; it waits for money from now on.
    pub async fn checkout_opened(
        &self,
        opened: &Checkout,
        now_ms: i64,
    ) -> Result<PurchaseRow, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = find(&mut tx, Find::Id(opened.purchase)).await?.ok_or_else(nowhere)?;
            if row.session.as_ref().is_some_and(|known| *known != opened.session) {
                return Err(StoreError::Conflict("the purchase has another pay page".to_owned()));
            }
            let row = tell(&mut tx, row, &[Event::Opened], now_ms).await?;
            let row = PurchaseRow { session: Some(opened.session.clone()), ..row };
            update(&mut tx, &row).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// Takes an event of the card provider: its name, the facts, the entries and what follows from
    /// them stand together or not at all. Only then may it be answered.
    pub async fn tell_by_card(
        &self,
        event_id: &str,
        who: &Who,
        event: &Event,
        now_ms: i64,
    ) -> Result<Told, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            if is_known(&mut tx, event_id).await? {
                return Ok(Told::Known);
            }
            let row = match addressee(&mut tx, who).await? {
                Ok(row) => row,
                Err(stranger) => return Ok(stranger),
            };
            let id = row.purchase.id();
            let told = take(&mut tx, row, event, now_ms).await?;
            if let Told::Refused(refusal) | Told::Early(refusal) = &told {
                unsettle(&mut tx, id).await?;
                alarm(&mut tx, (event_id, id), refusal, now_ms).await?;
            }
            if !matches!(told, Told::Early(_)) {
                remember(&mut tx, (event_id, id), &told).await?;
            }
            tx.commit().await?;
            Ok(told)
        })
        .await
    }

    /// Notes that the provider has to be asked how things stand with a purchase. Says whether it is
    /// ours.
    pub async fn unsettle_by_card(&self, who: &Who) -> Result<bool, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let Ok(row) = addressee(&mut tx, who).await? else { return Ok(false) };
            unsettle(&mut tx, row.purchase.id()).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Takes how things stand at the provider, for webhooks that were lost or refused. What is refused
    /// keeps nothing else out.
    pub async fn reconcile_purchase(
        &self,
        id: PurchaseId,
        told: &[Event],
        now_ms: i64,
    ) -> Result<Asked, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let row = find(&mut tx, Find::Id(id)).await?.ok_or_else(nowhere)?;
            let (row, refused) = tell_all(&mut tx, row, told, now_ms).await?;
            tx.commit().await?;
            Ok(Asked { row, refused })
        })
        .await
    }

    /// Purchases by card that are not paid yet, disputed or unsettled, by number, after one of them. Those
    /// without a pay page were never told to the provider.
    pub async fn open_checkouts(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<PurchaseRow>, StoreError> {
        in_time(async { row::open_by_card(&mut self.reader().await?, after, limit).await }).await
    }
}

async fn is_known(tx: &mut Tx<'_>, event_id: &str) -> Result<bool, StoreError> {
    let known: Option<(String,)> = Query::new("SELECT id FROM payment_event WHERE id = $1")
        .bind(event_id)
        .fetch_optional(tx)
        .await?;
    Ok(known.is_some())
}

/// By our own name where the event bears it, else by the payment.
async fn addressee(tx: &mut Tx<'_>, who: &Who) -> Result<Result<PurchaseRow, Told>, StoreError> {
    let (found, stranger) = match (&who.purchase, &who.payment_intent) {
        (Some(id), _) => (find(tx, Find::Id(*id)).await?, Told::NotOurs),
        (None, Some(payment)) => (find(tx, Find::Payment(payment)).await?, Told::UnknownPayment),
        (None, None) => (None, Told::NotOurs),
    };
    Ok(found.ok_or(stranger))
}

/// Takes an event for its purchase. The sum that a charge says no longer tells how much ever went once
/// a refund of it failed: then the provider is asked.
async fn take(
    tx: &mut Tx<'_>,
    row: PurchaseRow,
    event: &Event,
    now_ms: i64,
) -> Result<Told, StoreError> {
    if matches!(event, Event::Refunded { .. }) && row.purchase.has_failed_refunds() {
        unsettle(tx, row.purchase.id()).await?;
        return Ok(Told::Taken(Box::new(PurchaseRow { unsettled: true, ..row })));
    }
    Ok(match tell(tx, row, core::slice::from_ref(event), now_ms).await {
        Ok(row) => Told::Taken(Box::new(row)),
        Err(StoreError::Payment(refusal @ Refusal::TooMuch(..))) => Told::Early(refusal),
        Err(StoreError::Payment(refusal)) => Told::Refused(refusal),
        Err(error) => return Err(error),
    })
}

async fn unsettle(tx: &mut Tx<'_>, purchase: PurchaseId) -> Result<(), StoreError> {
    Query::new("UPDATE purchase SET unsettled = 1 WHERE id = $1 AND unsettled = 0")
        .bind(purchase.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// The operator hears of what was refused; of the same event once.
async fn alarm(
    tx: &mut Tx<'_>,
    (event_id, purchase): (&str, PurchaseId),
    refusal: &Refusal,
    now_ms: i64,
) -> Result<(), StoreError> {
    let alarm = Notice::BooksAlarm { findings: vec![refusal.to_string()] };
    outbox::queue(tx, None, &alarm, named(purchase, event_id), now_ms).await
}

/// An event is remembered with what became of it.
async fn remember(
    tx: &mut Tx<'_>,
    (event_id, purchase): (&str, PurchaseId),
    told: &Told,
) -> Result<(), StoreError> {
    let refusal = match told {
        Told::Refused(refusal) => {
            Some(refusal.to_string().chars().take(REFUSAL_CHARS_MAX).collect::<String>())
        }
        Told::Taken(_) | Told::Known | Told::Early(_) | Told::NotOurs | Told::UnknownPayment => {
            None
        }
    };
    Query::new("INSERT INTO payment_event (id, purchase, refusal) VALUES ($1, $2, $3)")
        .bind(event_id)
        .bind(purchase.to_string())
        .bind(refusal)
        .execute(tx)
        .await?;
    Ok(())
}
