//! Which order a payment is for. Symbol and currency decide; digits in a free text only suggest.

use linka_model::{Currency, Micros};

use crate::VariableSymbol;
use crate::purchase::PurchaseId;
use crate::statement::{Entry, Identity};

/// Runs of digits in a free text that are looked at.
const RUNS_MAX: usize = 50;

/// An order that waits for money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenOrder {
    /// Its name.
    pub order: PurchaseId,
    /// What its payments are recognised by; no two open orders share one.
    pub symbol: VariableSymbol,
    /// The currency it is to be paid in.
    pub currency: Currency,
    /// What was asked.
    pub asked: Micros,
    /// What came already.
    pub received: Micros,
}

/// An entry that was credited to an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditedEntry {
    /// The order that it paid.
    pub order: PurchaseId,
    /// The entry.
    pub identity: Identity,
    /// The symbol that it bore.
    pub symbol: Option<u64>,
}

/// What an entry means for the orders. Amounts are what was received or went back, above zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Match {
    /// It pays an order to the last unit.
    Exact {
        /// The order.
        order: PurchaseId,
        /// What came.
        amount: Micros,
    },
    /// It pays an order in part.
    PartPayment {
        /// The order.
        order: PurchaseId,
        /// What came.
        amount: Micros,
        /// What is still missing.
        missing: Micros,
    },
    /// It pays an order and more; all of it is credited.
    Overpaid {
        /// The order.
        order: PurchaseId,
        /// What came.
        amount: Micros,
        /// By how much it is more than was asked.
        over: Micros,
    },
    /// It takes a credited entry back.
    Reversal {
        /// The order that the entry had paid.
        order: PurchaseId,
        /// What goes back.
        amount: Micros,
        /// The entry that is taken back.
        of: Identity,
    },
    /// A person has to look at it.
    Unmatched {
        /// Why.
        reason: Reason,
        /// An order whose symbol stands in the free text, where there is just one.
        suggestion: Option<PurchaseId>,
    },
    /// The bank has not booked it: it counts for nothing until it has.
    NotBooked,
    /// It was credited by an earlier import.
    Repeated(PurchaseId),
    /// Money that went out and was never credited: fees, payments of the operator's own.
    NotOurs,
}

/// Why nobody but a person can say what a payment is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It bears no symbol, or two.
    NoSymbol,
    /// Its symbol has wrong check digits: mistyped, or of somebody else.
    WrongCheckDigits,
    /// No open order has its symbol.
    NoOrder,
    /// The order with its symbol is to be paid in another currency.
    OtherCurrency,
    /// A payment of the same day, amount and symbol was credited under another reference.
    Twin,
    /// It took money out and names an order, and the bank does not say that it takes a payment back.
    WentOut,
}

impl Reason {
    /// What a person is told, and what to look at.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSymbol => "it bears no variable symbol, or two",
            Self::WrongCheckDigits => "its variable symbol has wrong check digits",
            Self::NoOrder => "no open order has its variable symbol",
            Self::OtherCurrency => "the order with its variable symbol is in another currency",
            Self::Twin => {
                "a payment of the same day, amount and symbol is credited under another reference: \
                 the same one from another export, or a second one"
            }
            Self::WentOut => {
                "money went out under the variable symbol of an order: \
                 a payment that came back, or one of yours"
            }
        }
    }
}

/// The symbols that an entry may name an order by: its own, and those among the digits of its texts.
pub fn symbols(entry: &Entry) -> Vec<VariableSymbol> {
    let own = entry.variable_symbol.and_then(|number| VariableSymbol::try_from(number).ok());
    let mut all: Vec<VariableSymbol> = own.into_iter().chain(in_texts(entry)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Finds the order of an entry. What came in pays one of `orders`, those that still lack money; what
/// went out takes back one of `credited`, the entries that still stand, and there `orders` are all
/// whose symbols it bears.
///
/// Only a debit that the bank marks as a reversal takes credit back by itself. Another may be money
/// that the operator has sent back, whose credit stands: a person has to say.
pub fn match_entry(orders: &[OpenOrder], credited: &[CreditedEntry], entry: &Entry) -> Match {
    if !entry.booked {
        return Match::NotBooked;
    }
    if let Some(known) = credited.iter().find(|known| known.identity == entry.identity) {
        return Match::Repeated(known.order);
    }
    if entry.amount < Micros::ZERO {
        return went_out(orders, credited, entry);
    }
    if entry.reversal || entry.amount == Micros::ZERO {
        // A debit of the operator's own that came back, or a line without money.
        return Match::NotOurs;
    }
    match order_of(orders, entry) {
        Ok(open) if credited.iter().any(|known| is_twin(known, entry)) => {
            Match::Unmatched { reason: Reason::Twin, suggestion: Some(open.order) }
        }
        Ok(order) => payment(order, entry.amount),
        Err(reason) => Match::Unmatched { reason, suggestion: suggestion(orders, entry) },
    }
}

fn order_of<'a>(orders: &'a [OpenOrder], entry: &Entry) -> Result<&'a OpenOrder, Reason> {
    let number = entry.variable_symbol.ok_or(Reason::NoSymbol)?;
    let symbol = VariableSymbol::try_from(number).map_err(|_| Reason::WrongCheckDigits)?;
    let order = orders.iter().find(|order| order.symbol == symbol).ok_or(Reason::NoOrder)?;
    if order.currency == entry.currency { Ok(order) } else { Err(Reason::OtherCurrency) }
}

fn payment(open: &OpenOrder, amount: Micros) -> Match {
    let order = open.order;
    let missing = open.asked.0.saturating_sub(open.received.0).saturating_sub(amount.0);
    match missing {
        0 => Match::Exact { order, amount },
        1.. => Match::PartPayment { order, amount, missing: Micros(missing) },
        _ => Match::Overpaid { order, amount, over: Micros(-missing) },
    }
}

/// The same payment may come by two exports that name it differently; credited twice it would never
/// be noticed.
fn is_twin(known: &CreditedEntry, entry: &Entry) -> bool {
    let (known_as, now) = (&known.identity, &entry.identity);
    known.symbol.is_some()
        && known.symbol == entry.variable_symbol
        && (&known_as.account, known_as.amount, known_as.date)
            == (&now.account, now.amount, now.date)
}

/// A reversal with the account, symbol and amount of a credited entry takes that one back.
fn went_out(orders: &[OpenOrder], credited: &[CreditedEntry], entry: &Entry) -> Match {
    let same = |known: &&CreditedEntry| {
        known.identity.account == entry.identity.account
            && known.identity.amount.checked_add(entry.amount) == Some(Micros::ZERO)
            && known.symbol.is_some()
            && known.symbol == entry.variable_symbol
    };
    let taken = credited.iter().filter(same).min_by_key(|known| &known.identity);
    let named = order_of(orders, entry).ok().map(|order| order.order);
    let suggestion = taken.map(|known| known.order).or(named);
    match taken {
        Some(known) if entry.reversal => Match::Reversal {
            order: known.order,
            amount: known.identity.amount,
            of: known.identity.clone(),
        },
        _ if entry.reversal => Match::Unmatched { reason: Reason::NoOrder, suggestion },
        _ if suggestion.is_some() => Match::Unmatched { reason: Reason::WentOut, suggestion },
        _ => Match::NotOurs,
    }
}

/// The one order in this currency whose symbol is among the digits of the free text.
fn suggestion(orders: &[OpenOrder], entry: &Entry) -> Option<PurchaseId> {
    let mut found: Vec<PurchaseId> = in_texts(entry)
        .flat_map(|symbol| orders.iter().filter(move |order| order.symbol == symbol))
        .filter(|order| order.currency == entry.currency)
        .map(|order| order.order)
        .collect();
    found.sort_unstable();
    found.dedup();
    if let [only] = *found { Some(only) } else { None }
}

/// Symbols of ours among the runs of digits in the free texts.
fn in_texts(entry: &Entry) -> impl Iterator<Item = VariableSymbol> + '_ {
    let texts = [entry.text.as_str(), entry.reference.as_deref().unwrap_or_default()];
    let runs = texts.into_iter().flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    runs.filter(|run| !run.is_empty()).take(RUNS_MAX).filter_map(|run| run.parse().ok())
}
