//! Entries of bank statements: each is taken once, and pays, takes back, or waits for a person.

mod came;
mod look;
mod queue;
mod sent_back;
mod written;

use linka_model::Micros;
use linka_payment::matching::{Match, Reason, match_entry};
use linka_payment::purchase::{Event, PurchaseId};
use linka_payment::statement::Entry;

use came::Came;
use look::{candidates, is_known, standing};
pub use queue::UnmatchedEntry;
use sent_back::sent_back;
use written::{Fate, decide, write};

use crate::database::in_time;
use crate::purchases::{Find, PurchaseRow, find, nowhere, tell};
use crate::sql::Tx;
use crate::{Store, StoreError};

/// Longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 1000;

/// What became of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Booked {
    /// It paid a purchase: all of it, a part, or more.
    Credited {
        /// The purchase as it is now.
        purchase: Box<PurchaseRow>,
        /// What came.
        amount: Micros,
    },
    /// It is money that the operator has sent back to a payer: nothing that stands as credit.
    SentBack {
        /// What went.
        amount: Micros,
    },
    /// It took back what had paid a purchase.
    TakenBack {
        /// The purchase as it is now.
        purchase: Box<PurchaseRow>,
        /// What went.
        amount: Micros,
    },
    /// A person has to look.
    Unmatched {
        /// Why.
        reason: String,
    },
    /// It was taken by an earlier import.
    Known,
    /// It counts for nothing: not booked yet, or the operator's own payments.
    Passed,
}

impl Store {
    /// Takes an entry of a statement of the operator's account, in one transaction; known ones change
    /// nothing.
    pub async fn take_bank_entry(&self, entry: &Entry, now_ms: i64) -> Result<Booked, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            if is_known(&mut tx, &entry.identity).await? {
                return Ok(Booked::Known);
            }
            let booked = match sent_back(&mut tx, entry).await? {
                Some(booked) => booked,
                None => {
                    let orders = candidates(&mut tx, entry).await?;
                    let standing = standing(&mut tx, entry).await?;
                    let found = match_entry(&orders, &standing, entry);
                    settle(&mut tx, entry, found, now_ms).await?
                }
            };
            tx.commit().await?;
            Ok(booked)
        })
        .await
    }
}

/// Does what the entry means. What its purchase refuses waits for a person.
async fn settle(
    tx: &mut Tx<'_>,
    entry: &Entry,
    found: Match,
    now_ms: i64,
) -> Result<Booked, StoreError> {
    let object = entry.identity.id().to_string();
    let currency = entry.currency;
    match found {
        Match::Exact { order, amount }
        | Match::PartPayment { order, amount, .. }
        | Match::Overpaid { order, amount, .. } => {
            let paid = Event::Paid { object, amount, currency };
            match told(tx, order, paid, now_ms).await? {
                Ok(purchase) => {
                    write(tx, entry, &Fate::of("credited", order)).await?;
                    let account = &entry.identity.account;
                    let came = Came { id: entry.identity.id(), amount, account };
                    came.tell(tx, &purchase, now_ms).await?;
                    Ok(Booked::Credited { purchase, amount })
                }
                Err(reason) => wait(tx, entry, reason, Some(order)).await,
            }
        }
        Match::Reversal { order, amount, of } => {
            let reversed = Event::Reversed { object, amount, currency };
            match told(tx, order, reversed, now_ms).await? {
                Ok(purchase) => {
                    decide(tx, of.id(), "taken_back", Some(order)).await?;
                    write(tx, entry, &Fate::of("reversal", order)).await?;
                    Ok(Booked::TakenBack { purchase, amount })
                }
                Err(reason) => wait(tx, entry, reason, Some(order)).await,
            }
        }
        Match::Unmatched { reason, suggestion } => {
            wait(tx, entry, Reason::as_str(reason).to_owned(), suggestion).await
        }
        Match::NotBooked | Match::NotOurs => Ok(Booked::Passed),
        Match::Repeated(_) => Ok(Booked::Known),
    }
}

/// Tells the purchase; the inner error says why it refuses.
async fn told(
    tx: &mut Tx<'_>,
    order: PurchaseId,
    event: Event,
    now_ms: i64,
) -> Result<Result<Box<PurchaseRow>, String>, StoreError> {
    let row = find(tx, Find::Id(order)).await?.ok_or_else(nowhere)?;
    match tell(tx, row, &[event], now_ms).await {
        Ok(row) => Ok(Ok(Box::new(row))),
        Err(StoreError::Payment(refusal)) => Ok(Err(refusal.to_string())),
        Err(error) => Err(error),
    }
}

async fn wait(
    tx: &mut Tx<'_>,
    entry: &Entry,
    reason: String,
    suggestion: Option<PurchaseId>,
) -> Result<Booked, StoreError> {
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    let fate =
        Fate { state: "unmatched", purchase: None, reason: Some(reason.clone()), suggestion };
    write(tx, entry, &fate).await?;
    Ok(Booked::Unmatched { reason })
}
