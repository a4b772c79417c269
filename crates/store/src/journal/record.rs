//! What stands in the journal: the requests of calls that the database could not be asked. Names of
//! calls, entries and organisations, amounts and lengths; of the time, the hour (O9); of callers,
//! nothing.

use std::collections::BTreeMap;

use linka_metering::Posting;
use linka_model::{CallId, EndReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::term::Term;
use crate::{Closing, Heartbeat};

/// A request that was answered on the word of the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// Whose journal this is: always the first record. What follows is refused once this term is
    /// over (I20).
    Term { node: Uuid, epoch: i64 },
    /// Postings of running calls.
    Post { postings: Vec<Posting>, hour_ms: i64 },
    /// How long calls have lasted (M13): call and milliseconds.
    Prove { heartbeats: Vec<(CallId, u64)> },
    /// The end of a call.
    Close { call: CallId, postings: Vec<Posting>, billable_s: u32, reason: EndReason, hour_ms: i64 },
}

/// So many proofs are written down at once.
const PROOFS_MAX: usize = 50;

impl Record {
    pub(crate) const fn term(term: &Term) -> Self {
        Self::Term { node: term.node, epoch: term.epoch }
    }

    pub(crate) fn prove(heartbeats: &[Heartbeat]) -> Self {
        let beats = heartbeats.iter().map(|beat| (beat.call, beat.elapsed_ms));
        Self::Prove { heartbeats: beats.collect() }
    }

    pub(crate) fn close(closing: &Closing, hour_ms: i64) -> Self {
        let Closing { call, postings, billable_s, reason } = closing.clone();
        Self::Close { call, postings, billable_s, reason, hour_ms }
    }
}

/// The term of a journal, and what is to be written under it: of all proofs of a call the longest,
/// then the rest in its order. `None` where there is nothing.
pub(crate) fn plan(records: Vec<Record>) -> Option<(Term, Vec<Record>)> {
    let mut rest = records.into_iter();
    let Some(Record::Term { node, epoch }) = rest.next() else { return None };
    let mut proofs: BTreeMap<CallId, u64> = BTreeMap::new();
    let mut others = Vec::new();
    for record in rest {
        match record {
            Record::Prove { heartbeats } => {
                for (call, elapsed_ms) in heartbeats {
                    let longest = proofs.entry(call).or_insert(elapsed_ms);
                    *longest = elapsed_ms.max(*longest);
                }
            }
            Record::Term { .. } | Record::Post { .. } | Record::Close { .. } => others.push(record),
        }
    }
    let proofs: Vec<_> = proofs.into_iter().collect();
    let proofs = proofs.chunks(PROOFS_MAX).map(|some| Record::Prove { heartbeats: some.to_vec() });
    Some((Term { node, epoch }, proofs.chain(others).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(call: u128, elapsed_ms: u64) -> Record {
        Record::Prove { heartbeats: vec![(CallId(Uuid::from_u128(call)), elapsed_ms)] }
    }

    #[test]
    fn the_longest_proof_of_each_call_goes_first() {
        let term = Record::Term { node: Uuid::nil(), epoch: 3 };
        let post = Record::Post { postings: vec![], hour_ms: 0 };
        let records =
            vec![term, proof(1, 5), post.clone(), proof(2, 4), proof(1, 15), proof(1, 10)];
        let (term, plan) = plan(records).unwrap();
        let calls = [1, 2].map(|call| CallId(Uuid::from_u128(call)));
        let proofs = Record::Prove { heartbeats: vec![(calls[0], 15), (calls[1], 4)] };
        assert_eq!((term.epoch, plan), (3, vec![proofs, post]));
    }

    #[test]
    fn records_without_a_term_belong_to_nobody() {
        assert!(plan(vec![]).is_none());
        assert!(plan(vec![proof(1, 5)]).is_none());
    }
}
