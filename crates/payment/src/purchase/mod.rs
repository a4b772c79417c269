//! A purchase of credit, however it is paid: one state machine for card, invoice, partner and grant.
//!
//! A purchase remembers the facts that its provider has told: payments, sums refunded, disputes.
//! Facts only ever join, so the order in which they arrive, and how often, makes no difference (I17).
//! State and movements of the ledger follow from the facts alone; applying an event gives the
//! movements that its fact adds. Whoever stores the new purchase and those movements in one
//! transaction credits exactly once.

mod facts;
mod ledger;

use core::fmt;

use linka_model::{Currency, Micros};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use facts::Facts;
pub use ledger::{Kind, Movement, MovementId};

/// Names a purchase; we make it before the provider hears of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PurchaseId(pub Uuid);

impl fmt::Display for PurchaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who says that a purchase is paid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The card provider: the whole amount at once.
    Card,
    /// A bank: what was received, in parts or too much.
    Invoice,
    /// A partner takes it on its account: the whole amount at once.
    Partner,
    /// The operator gives it: the whole amount at once.
    Grant,
}

/// What a provider has told. Objects are named by the provider and have at most 255 bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The provider waits for money: a pay page is open, an invoice is sent.
    Opened,
    /// Money is there.
    Paid {
        /// The payment: a payment intent, an entry of a statement, a receivable, a grant.
        object: String,
        /// How much was received.
        amount: Micros,
        /// In which currency.
        currency: Currency,
    },
    /// A bank took a payment back: it counts as never received.
    Reversed {
        /// The entry that takes it back.
        object: String,
        /// How much goes back.
        amount: Micros,
        /// In which currency.
        currency: Currency,
    },
    /// Nothing came in time.
    Expired,
    /// The payment was refused.
    Failed,
    /// Money went back on our order.
    Refunded {
        /// What was refunded: a charge, a payment.
        object: String,
        /// All that has been refunded of it until now.
        total: Micros,
        /// In which currency.
        currency: Currency,
    },
    /// Refunds failed after they were told: that money never went.
    RefundsFailed {
        /// What was refunded: a charge.
        object: String,
        /// All that counts as refunded of it now.
        left: Micros,
        /// The refunds that failed, each with its amount.
        failed: Vec<(String, Micros)>,
        /// In which currency.
        currency: Currency,
    },
    /// The payer's bank takes the money until a dispute is decided.
    DisputeOpened {
        /// The dispute.
        object: String,
        /// How much is disputed.
        amount: Micros,
        /// In which currency.
        currency: Currency,
    },
    /// The dispute is decided.
    DisputeClosed {
        /// The dispute.
        object: String,
        /// How much was disputed.
        amount: Micros,
        /// In which currency.
        currency: Currency,
        /// Whether the money stays here.
        won: bool,
    },
}

/// Where a purchase stands. Money that came counts whatever was said before: a purchase that expired
/// or failed is credited when it is paid after all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The provider has not heard of it.
    Created,
    /// It waits for money.
    Pending,
    /// Less came than was asked; what came is credited.
    PartlyPaid,
    /// All of it came and is credited.
    Credited,
    /// Nothing came in time.
    Expired,
    /// The payment was refused.
    Failed,
    /// A part of the money went back, by refunds or lost disputes.
    PartlyRefunded,
    /// All of the money went back, by refunds or lost disputes.
    Refunded,
    /// A dispute is open: its amount is held.
    Disputed,
}

impl Provider {
    /// As it is written in columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Invoice => "invoice",
            Self::Partner => "partner",
            Self::Grant => "grant",
        }
    }
}

impl State {
    /// As it is written in columns and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::PartlyPaid => "partly_paid",
            Self::Credited => "credited",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::PartlyRefunded => "partly_refunded",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
        }
    }
}

/// What an event has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// The purchase as it is to be stored.
    pub purchase: Purchase,
    /// Its new state.
    pub state: State,
    /// What the ledger has to write, in this order; nothing where the event was known.
    pub movements: Vec<Movement>,
}

/// What an inquiry has changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reconciled {
    /// What was taken.
    pub transition: Transition,
    /// What was refused: a person has to look, or it comes true when more is known.
    pub refused: Vec<Refusal>,
}

/// Why an event is not taken. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Told in another currency than ordered.
    #[error("purchase {purchase} was ordered in {asked}, the provider says {told}: look there")]
    Currency {
        /// Which purchase.
        purchase: PurchaseId,
        /// What was ordered.
        asked: Currency,
        /// What was told.
        told: Currency,
    },
    /// Another amount than ordered, where the whole is due at once.
    #[error("purchase {purchase} was ordered at {asked} and paid at {paid}: look at the provider")]
    Amount {
        /// Which purchase.
        purchase: PurchaseId,
        /// What was ordered.
        asked: Micros,
        /// What came.
        paid: Micros,
    },
    /// A second payment, where one is due.
    #[error("purchase {purchase} is paid by {known}; {other} is a second payment: refund it")]
    SecondPayment {
        /// Which purchase.
        purchase: PurchaseId,
        /// The payment that was credited.
        known: String,
        /// The other one.
        other: String,
    },
    /// The same object with another content.
    #[error(
        "purchase {0}: {1} was told before with another amount or outcome: look at the provider"
    )]
    Contradiction(PurchaseId, String),
    /// More went back than came.
    #[error("purchase {0}: {1} takes back more than was paid: look at the provider")]
    TooMuch(PurchaseId, String),
    /// The event makes no sense for this provider.
    #[error("purchase {0}: no such event comes for a purchase that is paid this way")]
    OtherProvider(PurchaseId),
    /// An amount that is not above zero.
    #[error("purchase {0}: {1} has no amount above zero")]
    NoAmount(PurchaseId, String),
    /// A name that is empty or too long.
    #[error("purchase {0}: an object needs a name of 1 to {OBJECT_BYTES_MAX} bytes")]
    Name(PurchaseId),
    /// More facts than any honest purchase has.
    #[error("purchase {0} has {FACTS_MAX} payments or refunds already: look at the provider")]
    TooMany(PurchaseId),
}

/// Longest name of a provider's object, in bytes.
pub const OBJECT_BYTES_MAX: usize = 255;

/// Most facts of one kind that a purchase remembers.
pub const FACTS_MAX: usize = 100;

/// A purchase with all that is known of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Purchase {
    id: PurchaseId,
    provider: Provider,
    asked: Micros,
    currency: Currency,
    facts: Facts,
}

impl Purchase {
    /// An order of credit, `asked` above zero; `None` otherwise.
    pub fn new(
        id: PurchaseId,
        provider: Provider,
        asked: Micros,
        currency: Currency,
    ) -> Option<Self> {
        let facts = Facts::default();
        (asked > Micros::ZERO).then_some(Self { id, provider, asked, currency, facts })
    }

    /// Takes what a provider has told.
    pub fn apply(&self, event: &Event) -> Result<Transition, Refusal> {
        let mut purchase = self.clone();
        purchase.learn(event)?;
        let before = ledger::movements(self.provider, &self.facts);
        let mut movements = ledger::movements(self.provider, &purchase.facts);
        movements.retain(|movement| !before.contains(movement));
        Ok(Transition { state: purchase.state(), purchase, movements })
    }

    /// Takes how things stand at the provider: all that an inquiry says, in any order. A dispute that
    /// is decided is told as closed alone. What is refused keeps nothing else out.
    ///
    /// What frees money is taken before what takes it: a dispute that was known as open may have been
    /// won, and refunded since.
    pub fn reconcile(&self, told: &[Event]) -> Reconciled {
        let mut events: Vec<&Event> = told.iter().collect();
        events.sort_by_key(|event| match event {
            Event::Opened | Event::Paid { .. } | Event::Expired | Event::Failed => 0,
            Event::DisputeClosed { .. } => 1,
            Event::RefundsFailed { .. } => 2,
            Event::Refunded { .. } | Event::Reversed { .. } => 3,
            Event::DisputeOpened { .. } => 4,
        });
        let (purchase, movements) = (self.clone(), Vec::new());
        let mut all = Transition { state: self.state(), purchase, movements };
        let mut refused = Vec::new();
        for event in events {
            match all.purchase.apply(event) {
                Ok(one) => {
                    all.movements.extend(one.movements);
                    all = Transition { movements: all.movements, ..one };
                }
                Err(refusal) => refused.push(refusal),
            }
        }
        Reconciled { transition: all, refused }
    }

    /// Its name.
    pub const fn id(&self) -> PurchaseId {
        self.id
    }

    /// Who says that it is paid.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// What was ordered.
    pub const fn asked(&self) -> Micros {
        self.asked
    }

    /// In which currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// What came and was not taken back by the bank.
    pub fn received(&self) -> Micros {
        self.facts.received()
    }

    /// What went back, by refunds and lost disputes.
    pub fn returned(&self) -> Micros {
        if self.facts.is_paid() { self.facts.returned() } else { Micros::ZERO }
    }

    /// What is held by open disputes.
    pub fn disputed(&self) -> Micros {
        if self.facts.is_paid() { self.facts.disputed() } else { Micros::ZERO }
    }

    /// Whether a refund of it failed after it was told. Then what the provider says of a charge alone
    /// no longer tells how much ever went.
    pub fn has_failed_refunds(&self) -> bool {
        !self.facts.failed_refunds.is_empty()
    }

    /// Disputes of more than there was to hold: their names, what was told, and what is held.
    pub fn cut_disputes(&self) -> impl Iterator<Item = (&str, Micros, Micros)> {
        let disputes = self.facts.disputes.iter();
        let cut = disputes.filter(|(_, dispute)| dispute.held() < dispute.amount);
        cut.map(|(name, dispute)| (name.as_str(), dispute.amount, dispute.held()))
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        let (received, returned) = (self.received(), self.returned());
        if received <= Micros::ZERO {
            return self.facts.unpaid_state();
        }
        if self.facts.has_open_dispute() {
            State::Disputed
        } else if returned >= received {
            State::Refunded
        } else if returned > Micros::ZERO {
            State::PartlyRefunded
        } else if received < self.asked {
            State::PartlyPaid
        } else {
            State::Credited
        }
    }

    fn learn(&mut self, event: &Event) -> Result<(), Refusal> {
        self.check_shape(event)?;
        match event {
            Event::Opened => self.facts.opened = true,
            Event::Expired => self.facts.expired = true,
            Event::Failed => self.facts.failed = true,
            Event::Paid { object, amount, .. } => self.paid(object, *amount)?,
            Event::Reversed { object, amount, .. } => self.reversed(object, *amount)?,
            Event::Refunded { object, total, .. } => {
                self.facts.refunded(object, *total);
                self.check_returns(object)?;
            }
            Event::RefundsFailed { object, left, failed, .. } => {
                if !self.facts.refunds_failed(object, *left, failed) {
                    return Err(self.contradiction(object));
                }
                self.check_returns(object)?;
            }
            Event::DisputeOpened { object, amount, .. } => {
                self.disputed_by(object, *amount, facts::Outcome::Open)?;
            }
            Event::DisputeClosed { object, amount, won, .. } => {
                let outcome = if *won { facts::Outcome::Won } else { facts::Outcome::Lost };
                self.disputed_by(object, *amount, outcome)?;
            }
        }
        if self.facts.is_within_limits() { Ok(()) } else { Err(Refusal::TooMany(self.id)) }
    }

    /// Names and amounts are of a size that can be kept, in the currency of the order.
    fn check_shape(&self, event: &Event) -> Result<(), Refusal> {
        let (object, amount, told) = match event {
            Event::Opened | Event::Expired | Event::Failed => return Ok(()),
            Event::RefundsFailed { object, left, failed, currency } => {
                for (name, amount) in failed {
                    self.check_object(name, *amount, *currency)?;
                }
                // Nothing may be left of what went, but something must have failed.
                let some = if failed.is_empty() { 0 } else { left.0.saturating_add(1) };
                (object, Micros(some), *currency)
            }
            Event::Paid { object, amount, currency }
            | Event::Reversed { object, amount, currency }
            | Event::Refunded { object, total: amount, currency }
            | Event::DisputeOpened { object, amount, currency }
            | Event::DisputeClosed { object, amount, currency, .. } => (object, *amount, *currency),
        };
        self.check_object(object, amount, told)
    }

    fn check_object(&self, object: &str, amount: Micros, told: Currency) -> Result<(), Refusal> {
        let purchase = self.id;
        if object.is_empty() || object.len() > OBJECT_BYTES_MAX {
            Err(Refusal::Name(purchase))
        } else if amount <= Micros::ZERO {
            Err(Refusal::NoAmount(purchase, object.to_owned()))
        } else if told != self.currency {
            Err(Refusal::Currency { purchase, asked: self.currency, told })
        } else {
            Ok(())
        }
    }

    fn paid(&mut self, object: &str, paid: Micros) -> Result<(), Refusal> {
        let purchase = self.id;
        if self.provider != Provider::Invoice {
            if paid != self.asked {
                return Err(Refusal::Amount { purchase, asked: self.asked, paid });
            }
            let mut others = self.facts.payments.keys().filter(|known| *known != object);
            if let Some(known) = others.next().cloned() {
                return Err(Refusal::SecondPayment { purchase, known, other: object.to_owned() });
            }
        }
        let known = self.facts.payments.entry(object.to_owned()).or_insert(paid);
        if *known == paid { self.check_sum(object) } else { Err(self.contradiction(object)) }
    }

    /// Only a bank takes payments back by themselves, and only what it has given.
    fn reversed(&mut self, object: &str, amount: Micros) -> Result<(), Refusal> {
        if self.provider != Provider::Invoice {
            return Err(Refusal::OtherProvider(self.id));
        }
        let known = self.facts.reversals.entry(object.to_owned()).or_insert(amount);
        if *known != amount {
            return Err(self.contradiction(object));
        }
        self.check_returns(object)
    }

    fn disputed_by(
        &mut self,
        object: &str,
        amount: Micros,
        outcome: facts::Outcome,
    ) -> Result<(), Refusal> {
        // What went for good can no longer be held. What another dispute holds may come free: then
        // this one is told too early.
        let room = Micros(self.most_that_can_go().0.saturating_sub(self.facts.returned().0));
        if self.facts.dispute(object, amount, outcome, room) {
            self.check_returns(object)
        } else {
            Err(self.contradiction(object))
        }
    }

    /// No more goes back than came; before the payment is known, no more than was asked.
    fn check_returns(&self, object: &str) -> Result<(), Refusal> {
        let most = self.most_that_can_go();
        let gone = self.facts.returned().checked_add(self.facts.disputed());
        let too_much = gone.is_none_or(|gone| gone > most);
        if too_much { Err(Refusal::TooMuch(self.id, object.to_owned())) } else { Ok(()) }
    }

    fn most_that_can_go(&self) -> Micros {
        match self.provider {
            Provider::Invoice => self.facts.received(),
            Provider::Card | Provider::Partner | Provider::Grant => self.asked,
        }
    }

    /// The payments together are an amount that can be counted.
    fn check_sum(&self, object: &str) -> Result<(), Refusal> {
        let payments = self.facts.payments.values();
        let sum = payments.copied().try_fold(Micros::ZERO, Micros::checked_add);
        if sum.is_some() { Ok(()) } else { Err(Refusal::TooMuch(self.id, object.to_owned())) }
    }

    fn contradiction(&self, object: &str) -> Refusal {
        Refusal::Contradiction(self.id, object.to_owned())
    }
}
