//! A ledger of one account, as small as the rules allow, to hold meters against.

use std::collections::BTreeMap;

use linka_metering::{EntryId, OpenHold, Posting, PostingResult};
use linka_model::{CallId, Micros};

/// One account with its reservations; it checks its own books after every step.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) credits: i64,
    /// How far grace may go below zero.
    pub(crate) overdraft: i64,
    pub(crate) debits: i64,
    pub(crate) pending: i64,
    holds: Vec<Hold>,
    entries: BTreeMap<EntryId, Posting>,
}

struct Hold {
    id: EntryId,
    call: CallId,
    amount: i64,
    /// What was taken of it; `None` while it is open.
    taken: Option<i64>,
}

impl Ledger {
    pub(crate) fn with_credit(credits: i64) -> Self {
        Self { credits, ..Self::default() }
    }

    /// Applies a posting once; a repetition is answered and changes nothing (I5).
    pub(crate) fn apply(&mut self, posting: Posting) -> PostingResult {
        if let Some(known) = self.entries.get(&posting.id()) {
            assert_eq!(*known, posting, "same name, other content");
            return PostingResult::Done;
        }
        let debits_before = self.debits;
        let result = self.write(posting);
        if result == PostingResult::Done {
            self.entries.insert(posting.id(), posting);
        }
        assert!(self.debits >= debits_before, "I14: debits never decrease");
        let floor = self.credits + self.overdraft;
        assert!(self.debits + self.pending <= floor, "I2, I10: never below the floor");
        result
    }

    fn write(&mut self, posting: Posting) -> PostingResult {
        match posting {
            Posting::Hold { id, call, amount: Micros(amount), grace, .. } => {
                assert!(amount >= 0);
                let floor = if grace { self.overdraft } else { 0 };
                if self.credits + floor - self.debits - self.pending < amount {
                    return PostingResult::NoCredit;
                }
                self.pending += amount;
                self.holds.push(Hold { id, call, amount, taken: None });
            }
            Posting::Post { pending, amount: Micros(amount), .. } => {
                assert!(amount > 0);
                assert!(self.resolve(pending, amount), "posted what was never held");
            }
            Posting::Void { pending, .. } => {
                self.resolve(pending, 0);
            }
        }
        PostingResult::Done
    }

    fn resolve(&mut self, pending: EntryId, amount: i64) -> bool {
        let Some(hold) = self.holds.iter_mut().find(|hold| hold.id == pending) else {
            return false;
        };
        assert_eq!(hold.taken, None, "I4: resolved twice");
        assert!(amount <= hold.amount, "I4: more posted than held");
        hold.taken = Some(amount);
        self.pending -= hold.amount;
        self.debits += amount;
        true
    }

    /// The sum of the posts of a call.
    pub(crate) fn posted(&self, call: CallId) -> i64 {
        self.holds.iter().filter(|h| h.call == call).filter_map(|h| h.taken).sum()
    }

    /// The open reservations of a call, oldest first.
    pub(crate) fn open(&self, call: CallId) -> Vec<OpenHold> {
        let open = self.holds.iter().filter(|h| h.call == call && h.taken.is_none());
        open.map(|h| OpenHold { hold: h.id, amount: Micros(h.amount) }).collect()
    }
}
