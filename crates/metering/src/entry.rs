//! Postings: what the meter asks the ledger to write (rules M7, M8).

use linka_model::{CallId, LineId, Micros, OrgId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names an entry of the ledger. It is made before the first attempt, so that a repeated attempt is
/// recognised and changes nothing (invariant I5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub Uuid);

impl EntryId {
    /// The hold with this sequence number of a call.
    pub fn hold(call: CallId, sequence: u32) -> Self {
        Self(Uuid::new_v5(&call.0, format!("hold {sequence}").as_bytes()))
    }

    /// The monthly fee of a line for the period that begins at this instant (M15).
    pub fn fee(line: LineId, period_start_ms: i64) -> Self {
        Self(Uuid::new_v5(&line.0, format!("fee {period_start_ms}").as_bytes()))
    }

    /// What comes back of a fee when a line is cancelled.
    pub fn fee_return(fee: Self) -> Self {
        Self(Uuid::new_v5(&fee.0, b"return"))
    }

    /// The post that resolves a hold.
    pub fn post(hold: Self) -> Self {
        Self(Uuid::new_v5(&hold.0, b"post"))
    }

    /// The void that resolves a hold.
    pub fn void(hold: Self) -> Self {
        Self(Uuid::new_v5(&hold.0, b"void"))
    }
}

/// One step of a call's reservation in the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    /// Reserve credit of the organisation for a stretch of the call.
    Hold {
        /// Names the reservation.
        id: EntryId,
        /// The call it is for.
        call: CallId,
        /// Who pays.
        org: OrgId,
        /// How much is set aside; zero on a free line.
        amount: Micros,
        /// Up to which second of the call credit is reserved when this is granted.
        until_s: u32,
        /// Grace of a recording: reserve against the overdraft limit too (M11, O5). Without it
        /// only what is available counts.
        grace: bool,
    },
    /// Take what is due out of a reservation and give the rest back.
    Post {
        /// Names the entry.
        id: EntryId,
        /// The hold that it resolves.
        pending: EntryId,
        /// What is taken: more than zero, at most what was held.
        amount: Micros,
    },
    /// Give a whole reservation back. Where the hold was never written, this changes nothing.
    Void {
        /// Names the entry.
        id: EntryId,
        /// The hold that it resolves.
        pending: EntryId,
    },
}

impl Posting {
    /// The entry's own name.
    pub const fn id(&self) -> EntryId {
        match self {
            Self::Hold { id, .. } | Self::Post { id, .. } | Self::Void { id, .. } => *id,
        }
    }

    /// What resolves a hold: a post of what is due, a void where nothing is.
    pub(crate) fn resolving(hold: EntryId, due: Micros) -> Self {
        if due > Micros::ZERO {
            Self::Post { id: EntryId::post(hold), pending: hold, amount: due }
        } else {
            Self::Void { id: EntryId::void(hold), pending: hold }
        }
    }
}

/// What the ledger answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PostingResult {
    /// It stands in the ledger, written now or by an earlier attempt.
    Done,
    /// The credit does not cover it; nothing was written.
    NoCredit,
    /// No answer: it may stand in the ledger or not. Ask again with the same posting.
    Unavailable,
    /// The ledger will never take it: another posting stands under this name, or the node's term
    /// is over (I5, I20). Asking again is useless.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_repeat_for_the_same_step_and_differ_for_every_other() {
        let (a, b) = (CallId(Uuid::from_u128(1)), CallId(Uuid::from_u128(2)));
        assert_eq!(EntryId::hold(a, 0), EntryId::hold(a, 0));
        let hold = EntryId::hold(a, 0);
        let all = [
            hold,
            EntryId::hold(a, 1),
            EntryId::hold(b, 0),
            EntryId::post(hold),
            EntryId::void(hold),
            EntryId::fee(LineId(a.0), 0),
            EntryId::fee(LineId(a.0), 1),
            EntryId::fee(LineId(b.0), 0),
            EntryId::fee_return(EntryId::fee(LineId(a.0), 0)),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|other| other != one));
        }
    }
}
