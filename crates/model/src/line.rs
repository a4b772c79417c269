//! Organisations and their lines.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Currency;

/// Names a line for ever; its number may change hands, this does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineId(pub Uuid);

/// Names an organisation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrgId(pub Uuid);

/// An organisation: it holds the lines and the credit that they share (one currency for life, M2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Org {
    /// Its identity.
    pub id: OrgId,
    /// Its name as people write it.
    pub name: String,
    /// The currency of its account.
    pub currency: Currency,
}

/// What a caller pays for reaching a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The caller pays the price of their own tariff.
    Landline,
    /// The caller pays nothing (a "green" number).
    TollFree,
}

impl LineKind {
    /// As it is written in files and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Landline => "landline",
            Self::TollFree => "toll_free",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Landline, Self::TollFree].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Where a line stands in its life. The toggle (on, off) is a flag of its own beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Ordered; the number is not registered yet.
    ProcessingOrder,
    /// The number is registered; no credit has been booked yet.
    TopUpCredit,
    /// Can be set up and switched on.
    Ready,
    /// A monthly fee is owed; still reachable.
    PastDue,
    /// A monthly fee was owed too long; not reachable, the number is kept.
    Suspended,
    /// Waits for a person who confirms that the number may go.
    ReleasePending,
    /// The number is gone.
    Released,
    /// The order was refused.
    Rejected,
}

impl LineState {
    const ALL: [Self; 8] = [
        Self::ProcessingOrder,
        Self::TopUpCredit,
        Self::Ready,
        Self::PastDue,
        Self::Suspended,
        Self::ReleasePending,
        Self::Released,
        Self::Rejected,
    ];

    /// As it is written in files and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessingOrder => "processing_order",
            Self::TopUpCredit => "top_up_credit",
            Self::Ready => "ready",
            Self::PastDue => "past_due",
            Self::Suspended => "suspended",
            Self::ReleasePending => "release_pending",
            Self::Released => "released",
            Self::Rejected => "rejected",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether callers reach a line in this state, given that it is switched on and has credit.
    pub const fn admits_calls(self) -> bool {
        matches!(self, Self::Ready | Self::PastDue)
    }
}

/// Where a call comes from, as far as prices care. All that is kept of the caller's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginClass {
    /// A fixed line of the same country.
    Fixed,
    /// A mobile of the same country.
    Mobile,
    /// A public telephone, where a trusted trunk says so.
    Payphone,
    /// Another country.
    Abroad,
    /// Withheld or not classifiable.
    Unknown,
}

impl OriginClass {
    /// Every class, in the order of a price list.
    pub const ALL: [Self; 5] =
        [Self::Fixed, Self::Mobile, Self::Payphone, Self::Abroad, Self::Unknown];

    /// As it is written in files and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Mobile => "mobile",
            Self::Payphone => "payphone",
            Self::Abroad => "abroad",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_states_and_kinds_read_back() {
        for state in LineState::ALL {
            assert_eq!(LineState::from_name(state.as_str()), Some(state));
        }
        assert_eq!(LineKind::from_name("toll_free"), Some(LineKind::TollFree));
        assert_eq!(LineState::from_name("on"), None);
    }

    #[test]
    fn only_ready_and_past_due_lines_admit_calls() {
        let reachable: Vec<_> = LineState::ALL.into_iter().filter(|s| s.admits_calls()).collect();
        assert_eq!(reachable, [LineState::Ready, LineState::PastDue]);
    }
}
