//! Entries of bank statements: each is taken once, and pays, takes back, or waits for a person.

use linka_model::Micros;
use linka_payment::matching::{CreditedEntry, Match, OpenOrder, Reason, match_entry, symbols};
use linka_payment::purchase::{Event, Provider, Purchase, PurchaseId};
use linka_payment::statement::{Entry, Identity};
use uuid::Uuid;

use crate::credit::balance;
use crate::database::in_time;
use crate::orgs::uuid;
use crate::purchases::{Find, PurchaseRow, find, nowhere, tell};
use crate::sql::{Access, Query, Tx};
use crate::{Notice, PayTo, Store, StoreError, outbox};

/// So many unmatched entries are listed at most.
const UNMATCHED_MAX: u32 = 10_000;
/// So many entries of one amount and symbol are looked at when one is taken back.
const STANDING_MAX: u32 = 100;
/// Longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 1000;
/// Longest note that is kept, in characters.
const NOTE_CHARS_MAX: usize = 600;

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

/// An entry that waits for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnmatchedEntry {
    /// Its name.
    pub id: Uuid,
    /// The account it came to.
    pub account: String,
    /// The day of booking.
    pub day: String,
    /// How much: below zero where it takes something back.
    pub amount: Micros,
    /// In which currency.
    pub currency: String,
    /// The number that the payer gave.
    pub symbol: Option<i64>,
    /// What the payer wrote.
    pub note: String,
    /// Why it waits.
    pub reason: String,
    /// A purchase that it may be for.
    pub suggestion: Option<PurchaseId>,
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
            let orders = candidates(&mut tx, entry).await?;
            let standing = standing(&mut tx, entry).await?;
            let found = match_entry(&orders, &standing, entry);
            let booked = settle(&mut tx, entry, found, now_ms).await?;
            tx.commit().await?;
            Ok(booked)
        })
        .await
    }

    /// Entries that wait for a person, the oldest first.
    pub async fn unmatched(&self) -> Result<Vec<UnmatchedEntry>, StoreError> {
        in_time(async {
            let rows: Vec<UnmatchedColumns> = Query::new(
                "SELECT id, account, day, amount, currency, symbol, note, reason, suggestion
                 FROM bank_entry WHERE state = 'unmatched' ORDER BY day, id LIMIT $1",
            )
            .fetch_all(UNMATCHED_MAX, &mut self.reader().await?)
            .await?;
            rows.into_iter().map(UnmatchedEntry::try_from).collect()
        })
        .await
    }

    /// A person says which purchase an entry pays.
    pub async fn assign(
        &self,
        entry: Uuid,
        purchase: PurchaseId,
        now_ms: i64,
    ) -> Result<PurchaseRow, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (amount, currency, account) = waiting(&mut tx, entry).await?;
            let row = find(&mut tx, Find::Id(purchase)).await?.ok_or_else(nowhere)?;
            if row.purchase.provider() != Provider::Invoice {
                let why = "only a purchase on an invoice is paid by bank transfer";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            let currency = currency.parse().map_err(|_| StoreError::Unreadable("currency"))?;
            let paid = Event::Paid { object: entry.to_string(), amount, currency };
            let row = tell(&mut tx, row, &[paid], now_ms).await?;
            decide(&mut tx, entry, "credited", Some(purchase)).await?;
            let came = Came { id: entry, amount, account: &account };
            came.tell(&mut tx, &row, now_ms).await?;
            tx.commit().await?;
            Ok(row)
        })
        .await
    }

    /// A person has sent the money back to the payer, or sees that it is not about credit.
    pub async fn give_back(&self, entry: Uuid) -> Result<Micros, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (amount, ..) = waiting_any(&mut tx, entry).await?;
            decide(&mut tx, entry, "returned", None).await?;
            tx.commit().await?;
            Ok(amount)
        })
        .await
    }
}

async fn is_known(tx: &mut Tx<'_>, identity: &Identity) -> Result<bool, StoreError> {
    let known: Option<(String,)> = Query::new("SELECT id FROM bank_entry WHERE id = $1")
        .bind(identity.id().to_string())
        .fetch_optional(tx)
        .await?;
    Ok(known.is_some())
}

/// The orders whose symbols the entry bears, as far as they lack money.
async fn candidates(tx: &mut Tx<'_>, entry: &Entry) -> Result<Vec<OpenOrder>, StoreError> {
    let mut orders = Vec::new();
    for symbol in symbols(entry) {
        let Some(row) = find(tx, Find::Symbol(symbol)).await? else { continue };
        if lacks_money(&row.purchase) {
            orders.push(OpenOrder {
                order: row.purchase.id(),
                symbol,
                currency: row.purchase.currency(),
                asked: row.purchase.asked(),
                received: row.purchase.received(),
            });
        }
    }
    Ok(orders)
}

fn lacks_money(purchase: &Purchase) -> bool {
    purchase.received() < purchase.asked()
}

/// Credited entries that a debit of this amount and symbol could take back.
async fn standing(tx: &mut Tx<'_>, entry: &Entry) -> Result<Vec<CreditedEntry>, StoreError> {
    let amount = Micros(entry.amount.0.saturating_neg());
    let symbol = entry.variable_symbol.and_then(|number| i64::try_from(number).ok());
    let (Some(symbol), true) = (symbol, amount > Micros::ZERO) else { return Ok(Vec::new()) };
    let rows: Vec<(String, String, String)> = Query::new(
        "SELECT bank_reference, day, purchase FROM bank_entry
         WHERE state = 'credited' AND account = $1 AND amount = $2 AND symbol = $3
         ORDER BY day, bank_reference LIMIT $4",
    )
    .bind(&entry.identity.account)
    .bind(amount.0)
    .bind(symbol)
    .fetch_all(STANDING_MAX, tx)
    .await?;
    let known = |(bank_reference, day, purchase): (String, String, String)| {
        let date = day.parse().map_err(|_| StoreError::Unreadable("day"))?;
        let account = entry.identity.account.clone();
        let identity = Identity { account, bank_reference, amount, date };
        let order = PurchaseId(uuid(&purchase)?);
        Ok(CreditedEntry { order, identity, symbol: entry.variable_symbol })
    };
    rows.into_iter().map(known).collect()
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

/// A transfer that became credit, of which the payer is told.
struct Came<'a> {
    id: Uuid,
    amount: Micros,
    account: &'a str,
}

impl Came<'_> {
    async fn tell(
        &self,
        tx: &mut Tx<'_>,
        row: &PurchaseRow,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let (id, received) = (row.purchase.id().0, self.amount);
        let missing = row.purchase.asked().checked_sub(row.purchase.received());
        let notice = match missing.filter(|missing| *missing > Micros::ZERO) {
            Some(missing) => Notice::PaymentPartlyReceived {
                purchase: id,
                received,
                asked: row.purchase.asked(),
                missing,
                pay_to: self.pay_to(row),
            },
            None => {
                let available = balance(tx, row.org).await?.1;
                Notice::PaymentReceived { purchase: id, received, available }
            }
        };
        outbox::queue(tx, Some(row.org), &notice, self.id, now_ms).await
    }

    /// The account that the first part came to.
    fn pay_to(&self, row: &PurchaseRow) -> PayTo {
        let euro = row.purchase.currency().as_str() == "EUR";
        let reference = row
            .symbol
            .map(|symbol| if euro { symbol.rf().as_str().to_owned() } else { symbol.to_string() });
        let reference = reference.unwrap_or_default();
        PayTo { iban: self.account.to_owned(), bic: None, reference }
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

/// What is written of an entry beside what the bank says.
struct Fate {
    state: &'static str,
    purchase: Option<PurchaseId>,
    reason: Option<String>,
    suggestion: Option<PurchaseId>,
}

impl Fate {
    const fn of(state: &'static str, purchase: PurchaseId) -> Self {
        Self { state, purchase: Some(purchase), reason: None, suggestion: None }
    }

    /// What the payer wrote, where a person has to read it.
    fn note(&self, entry: &Entry) -> String {
        if self.reason.is_none() {
            return String::new();
        }
        let parts = [entry.reference.as_deref().unwrap_or_default(), entry.text.as_str()];
        let note = parts.join(" ");
        note.trim().chars().take(NOTE_CHARS_MAX).collect()
    }
}

async fn write(tx: &mut Tx<'_>, entry: &Entry, fate: &Fate) -> Result<(), StoreError> {
    let identity = &entry.identity;
    let symbol = entry.variable_symbol.and_then(|number| i64::try_from(number).ok());
    Query::new(
        "INSERT INTO bank_entry (id, account, bank_reference, amount, currency, day, symbol, note,
             state, reason, suggestion, purchase)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(identity.id().to_string())
    .bind(&identity.account)
    .bind(&identity.bank_reference)
    .bind(identity.amount.0)
    .bind(entry.currency.as_str())
    .bind(identity.date.to_string())
    .bind(symbol)
    .bind(fate.note(entry))
    .bind(fate.state)
    .bind(fate.reason.clone())
    .bind(fate.suggestion.map(|purchase| purchase.to_string()))
    .bind(fate.purchase.map(|purchase| purchase.to_string()))
    .execute(tx)
    .await?;
    Ok(())
}

/// An entry leaves the queue, or no longer stands.
async fn decide(
    tx: &mut Tx<'_>,
    entry: Uuid,
    state: &'static str,
    purchase: Option<PurchaseId>,
) -> Result<(), StoreError> {
    let decided = Query::new(
        "UPDATE bank_entry SET state = $1, purchase = $2, reason = NULL, note = '' WHERE id = $3",
    )
    .bind(state)
    .bind(purchase.map(|purchase| purchase.to_string()))
    .bind(entry.to_string())
    .execute(tx)
    .await?;
    if decided == 1 { Ok(()) } else { Err(no_entry()) }
}

/// Amount, currency and account of an entry that brought money and waits for a person.
async fn waiting(tx: &mut Tx<'_>, entry: Uuid) -> Result<(Micros, String, String), StoreError> {
    let found = waiting_any(tx, entry).await?;
    if found.0 > Micros::ZERO {
        Ok(found)
    } else {
        let why = "the entry took money out: it pays nothing. Correct the credit by hand";
        Err(StoreError::Conflict(why.to_owned()))
    }
}

async fn waiting_any(
    on: &mut impl Access,
    entry: Uuid,
) -> Result<(Micros, String, String), StoreError> {
    let row: Option<(i64, String, String)> = Query::new(
        "SELECT amount, currency, account FROM bank_entry WHERE id = $1 AND state = 'unmatched'",
    )
    .bind(entry.to_string())
    .fetch_optional(on)
    .await?;
    let (amount, currency, account) = row.ok_or_else(no_entry)?;
    Ok((Micros(amount), currency, account))
}

fn no_entry() -> StoreError {
    StoreError::NotFound("the unmatched entry".to_owned())
}

/// A row of the queue.
#[derive(sqlx::FromRow)]
struct UnmatchedColumns {
    id: String,
    account: String,
    day: String,
    amount: i64,
    currency: String,
    symbol: Option<i64>,
    note: String,
    reason: String,
    suggestion: Option<String>,
}

impl TryFrom<UnmatchedColumns> for UnmatchedEntry {
    type Error = StoreError;

    fn try_from(row: UnmatchedColumns) -> Result<Self, StoreError> {
        let suggestion = row.suggestion.as_deref().map(uuid).transpose()?;
        Ok(Self {
            id: uuid(&row.id)?,
            account: row.account,
            day: row.day,
            amount: Micros(row.amount),
            currency: row.currency,
            symbol: row.symbol,
            note: row.note,
            reason: row.reason,
            suggestion: suggestion.map(PurchaseId),
        })
    }
}
