//! What the ledger must do, worked out a second time and in the plainest way: one organisation, its
//! calls and their holds in lists.

use linka_metering::{EntryId, Posting, PostingResult};
use linka_model::{CallId, EndReason};
use linka_store::{Admission, Closing, NewCall};

use super::price::Price;

pub(super) const CHANNELS: usize = 3;

#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) id: EntryId,
    pub(super) amount: i64,
    pub(super) until_s: u32,
    pub(super) grace: bool,
    /// What resolved it: its name and what it took.
    pub(super) resolved: Option<(EntryId, i64)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct End {
    pub(super) billable_s: u32,
    pub(super) amount: i64,
    pub(super) reason: EndReason,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) new: NewCall,
    pub(super) price: Price,
    pub(super) node: usize,
    pub(super) hour_ms: i64,
    pub(super) holds: Vec<Hold>,
    /// How many holds were asked for, granted or not.
    pub(super) asked: u32,
    pub(super) elapsed_ms: u64,
    pub(super) proven_ms: Option<u64>,
    pub(super) end: Option<End>,
}

impl Call {
    pub(super) fn reserved_s(&self) -> u32 {
        self.holds.iter().map(|hold| hold.until_s).max().unwrap_or(0)
    }

    pub(super) fn posted(&self) -> i64 {
        self.holds.iter().filter_map(|hold| hold.resolved).map(|(_, amount)| amount).sum()
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(|hold| hold.resolved.is_none())
    }

    /// What is due is taken out of the open holds, the earliest first, and the rest given back.
    pub(super) fn settling(&self, cost: i64) -> Vec<Posting> {
        let mut due = cost - self.posted();
        let mut open: Vec<&Hold> = self.open().collect();
        open.sort_by_key(|hold| hold.until_s);
        let settle = |hold: &Hold| {
            let taken = due.clamp(0, hold.amount);
            due -= taken;
            resolution(hold.id, taken)
        };
        open.into_iter().map(settle).collect()
    }

    /// What is proven of a call whose node died: the last heartbeat, or the end of a posted hold.
    fn proof_ms(&self) -> Option<u64> {
        let posted = self.holds.iter().filter(|hold| hold.resolved.is_some_and(|by| by.1 > 0));
        let posted = posted.map(|hold| u64::from(hold.until_s) * 1000).max();
        self.proven_ms.max(posted)
    }
}

/// A post of what is due, a void where nothing is.
pub(super) fn resolution(hold: EntryId, amount: i64) -> Posting {
    if amount > 0 {
        let amount = linka_model::Micros(amount);
        Posting::Post { id: EntryId::post(hold), pending: hold, amount }
    } else {
        Posting::Void { id: EntryId::void(hold), pending: hold }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) credits: i64,
    pub(super) debits: i64,
    pub(super) overdraft: i64,
    pub(super) disputed: i64,
    pub(super) is_on: bool,
    pub(super) calls: Vec<Call>,
    /// Grants and withdrawals that stand, with their amounts.
    pub(super) moved: Vec<(EntryId, i64)>,
}

impl Model {
    pub(super) fn pending(&self) -> i64 {
        self.calls.iter().flat_map(Call::open).map(|hold| hold.amount).sum()
    }

    pub(super) fn available(&self) -> i64 {
        self.credits - self.debits - self.disputed - self.pending()
    }

    pub(super) fn running(&self) -> impl Iterator<Item = (usize, &Call)> {
        self.calls.iter().enumerate().filter(|(_, call)| call.end.is_none())
    }

    pub(super) fn find(&self, id: CallId) -> Option<usize> {
        self.calls.iter().position(|call| call.new.id == id)
    }

    pub(super) fn admit(&mut self, call: Call, first: &Posting) -> Admission {
        if let Some(known) = self.find(call.new.id) {
            if self.calls[known].end.is_some() {
                return Admission::Refused;
            }
            return admission(self.apply(first));
        }
        if !self.is_on {
            return Admission::Closed;
        }
        if self.running().count() >= CHANNELS {
            return Admission::LineFull;
        }
        self.calls.push(call);
        let answer = admission(self.apply(first));
        if answer != Admission::Admitted {
            self.calls.pop();
        }
        answer
    }

    pub(super) fn apply(&mut self, posting: &Posting) -> PostingResult {
        match *posting {
            Posting::Hold { id, call, amount, until_s, grace, .. } => {
                let hold = Hold { id, amount: amount.0, until_s, grace, resolved: None };
                self.reserve(call, hold)
            }
            Posting::Post { id, pending, amount } => self.resolve(pending, (id, amount.0)),
            Posting::Void { id, pending } => self.resolve(pending, (id, 0)),
        }
    }

    fn reserve(&mut self, call: CallId, hold: Hold) -> PostingResult {
        if let Some(known) = self.hold(hold.id) {
            let same = (known.amount, known.until_s, known.grace)
                == (hold.amount, hold.until_s, hold.grace);
            return if same { PostingResult::Done } else { PostingResult::Refused };
        }
        let room = self.available() + if hold.grace { self.overdraft } else { 0 };
        let running = self.calls.iter_mut().find(|c| c.new.id == call && c.end.is_none());
        let Some(call) = running else { return PostingResult::Refused };
        if hold.amount > room {
            return PostingResult::NoCredit;
        }
        call.holds.push(hold);
        PostingResult::Done
    }

    fn resolve(&mut self, hold: EntryId, by: (EntryId, i64)) -> PostingResult {
        let Some(hold) = self.hold(hold) else {
            return if by.1 == 0 { PostingResult::Done } else { PostingResult::Refused };
        };
        match hold.resolved {
            Some(known) if known == by => PostingResult::Done,
            None if by.1 <= hold.amount => {
                hold.resolved = Some(by);
                self.debits += by.1;
                PostingResult::Done
            }
            Some(_) | None => PostingResult::Refused,
        }
    }

    fn hold(&mut self, id: EntryId) -> Option<&mut Hold> {
        self.calls.iter_mut().flat_map(|call| &mut call.holds).find(|hold| hold.id == id)
    }

    /// What the call cost, or `None` where the closing conflicts with what stands.
    pub(super) fn close(&mut self, closing: &Closing) -> Option<i64> {
        let before = self.clone();
        let applied = closing.postings.iter().all(|p| self.apply(p) == PostingResult::Done);
        let Some(at) = self.find(closing.call) else { return applied.then_some(0) };
        let voids: Vec<Posting> =
            self.calls[at].open().map(|hold| resolution(hold.id, 0)).collect();
        for void in voids {
            self.apply(&void);
        }
        let (billable_s, reason) = (closing.billable_s, closing.reason);
        let end = End { billable_s, amount: self.calls[at].posted(), reason };
        let amount = end.amount;
        let stands = self.calls[at].end.get_or_insert_with(|| end.clone()) == &end;
        if applied && stands {
            return Some(amount);
        }
        *self = before;
        None
    }

    /// Settles a call that its node left open at its last proof.
    pub(super) fn recover(&mut self, at: usize) {
        let call = &self.calls[at];
        let proof_ms = call.proof_ms();
        let billable_s = proof_ms.map_or(0, seconds);
        let cost = proof_ms.map_or(0, |_| call.price.cost(billable_s));
        let closing = Closing {
            call: call.new.id,
            postings: call.settling(cost),
            billable_s,
            reason: EndReason::Crash,
        };
        assert_eq!(self.close(&closing), Some(cost), "I8: the cost of the last proof");
    }
}

/// A second begun is a second.
pub(super) fn seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1000)).expect("short")
}

fn admission(result: PostingResult) -> Admission {
    match result {
        PostingResult::Done => Admission::Admitted,
        PostingResult::NoCredit => Admission::NoCredit,
        PostingResult::Refused | PostingResult::Unavailable => Admission::Refused,
    }
}
