//! The meter of one running call (rules M3, M8, M11; the numbers are those of the closing reserve
//! in docs/metering.md).
//!
//! Leases of a call overlap: each new one starts where the last one ends, an older one is posted in
//! full only when its end has passed, and at the end of the call what is due is posted and the rest
//! voided. So the posts of a call always add up to its cost, and nothing is ever paid back.

use core::time::Duration;
use std::collections::VecDeque;

use linka_model::{CallId, Micros, OrgId};

use crate::grace::Grace;
use crate::recovery::distribute;
use crate::{EntryId, OpenHold, Posting, PostingResult, Rate};

/// The first lease reaches at least so far: enough to warn, to save and to say goodbye.
pub(crate) const CLOSING_RESERVE_S: u32 = 150;
/// Fewer seconds left than this: ask for more.
const EXTEND_BELOW: Duration = Duration::from_secs(135);
/// An extension reaches at least so much further.
const EXTENSION_S: u32 = 60;
/// Without an answer of the ledger, the warning is held back until so much is left: a ledger that
/// stumbles once shall not frighten a caller.
const UNKNOWN_WARNING: Duration = Duration::from_secs(120);
/// A running call is looked at least so often, so that a failed extension leaves 126 s.
pub const TICK_MAX: Duration = Duration::from_secs(9);
/// Without an answer of the ledger, it is asked again so soon.
const RETRY: Duration = Duration::from_secs(1);

/// Meters one call: reserves its credit ahead, posts what is used up, and makes the bill.
#[derive(Debug)]
pub struct Meter {
    call: CallId,
    org: OrgId,
    rate: Rate,
    /// When the 2xx was sent.
    answered_at: Option<Duration>,
    /// Leases granted and not yet known to be posted, oldest first: never more than reach over
    /// [`CLOSING_RESERVE_S`], save while the ledger is away.
    leases: VecDeque<Lease>,
    /// The lease asked for, until the ledger has said yes or no.
    asked: Option<Asked>,
    /// Up to which second credit is reserved.
    reserved_s: u32,
    /// The sum of the posts that the ledger has confirmed.
    posted: Micros,
    next_sequence: u32,
    next_tick: Duration,
    warned: bool,
    grace: Grace,
}

/// A granted reservation.
#[derive(Debug)]
struct Lease {
    held: OpenHold,
    until_s: u32,
    post: Post,
}

/// Where the post of a lease stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Post {
    /// Its end has not passed.
    NotDue,
    /// Asked; the answer is on its way.
    Asked,
    /// Asked without an answer: ask again.
    Unknown,
}

/// A reservation that was asked for.
#[derive(Debug)]
struct Asked {
    held: OpenHold,
    until_s: u32,
    /// Asked against the overdraft limit.
    grace: bool,
    /// The ledger gave no answer: ask again with the same posting.
    unknown: bool,
}

/// What the conversation must be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    /// No more credit: the call must be over at this instant.
    CreditEnds {
        /// The reserved boundary.
        at: Duration,
    },
    /// Credit came after all: the last [`Notice::CreditEnds`] no longer holds.
    CreditExtended,
}

/// What a call came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// The postings that close the call in the ledger. They may repeat what is on its way.
    pub postings: Vec<Posting>,
    /// Billable seconds; 0 when the call is not chargeable.
    pub billable_s: u32,
    /// What the call cost in all.
    pub amount: Micros,
}

impl Meter {
    /// Opens a meter before the call is answered. The posting is the first hold: only when the
    /// ledger grants it may the call be answered (M8).
    pub fn open(call: CallId, org: OrgId, rate: Rate) -> (Self, Posting) {
        let mut meter = Self {
            call,
            org,
            rate,
            answered_at: None,
            leases: VecDeque::new(),
            asked: None,
            reserved_s: 0,
            posted: Micros::ZERO,
            next_sequence: 0,
            next_tick: Duration::MAX,
            warned: false,
            grace: Grace::default(),
        };
        let first = meter.ask(rate.boundary_at_or_after(CLOSING_RESERVE_S), false);
        (meter, first)
    }

    /// Takes the ledger's answer to the first hold and says whether the call may be answered. After
    /// [`PostingResult::Unavailable`] the hold may stand: hand in [`Meter::close`]'s postings.
    pub fn admitted(&mut self, result: PostingResult) -> bool {
        let granted = result == PostingResult::Done;
        if granted && let Some(asked) = self.asked.take() {
            self.grant(asked);
        }
        granted
    }

    /// The 2xx is being sent: time starts to count (M3).
    pub fn answered(&mut self, now: Duration) {
        self.answered_at = Some(now);
        self.next_tick = now + TICK_MAX;
    }

    /// Looks at the running call: posts leases whose end has passed and asks for more when fewer
    /// than 135 s are left. Call it at [`Meter::deadline`] at the latest.
    pub fn tick(&mut self, now: Duration) -> Vec<Posting> {
        if self.answered_at.is_none() {
            return Vec::new();
        }
        self.next_tick = now + TICK_MAX;
        let mut postings = self.due_posts(now);
        postings.extend(self.extension(now));
        postings
    }

    /// Takes the ledger's answer to a posting of [`Meter::tick`].
    pub fn settle(
        &mut self,
        posting: EntryId,
        result: PostingResult,
        now: Duration,
    ) -> Option<Notice> {
        if self.asked.as_ref().is_some_and(|asked| asked.held.hold == posting) {
            self.settle_extension(result, now)
        } else {
            self.settle_post(posting, result, now);
            None
        }
    }

    /// A recording begins or ends. While it is under way, credit that is refused is asked for as
    /// grace before anybody is warned (M11); with its end the boundary stands.
    pub fn recording(&mut self, under_way: bool) {
        self.grace.recording(under_way);
    }

    /// When [`Meter::tick`] wants to be called next; `None` before the call is answered.
    pub fn deadline(&self) -> Option<Duration> {
        self.answered_at.map(|_| self.next_tick)
    }

    /// The reserved boundary: media is cut exactly there. Before the call is answered nothing runs
    /// and this is [`Duration::MAX`].
    pub fn reserved_until(&self) -> Duration {
        self.answered_at
            .map_or(Duration::MAX, |start| start + Duration::from_secs(u64::from(self.reserved_s)))
    }

    /// Time of the call up to `now`, in milliseconds; zero before it is answered. This is what a
    /// heartbeat proves (M13): write it only for calls that are chargeable.
    pub fn elapsed_ms(&self, now: Duration) -> u64 {
        let elapsed = self.answered_at.map_or(Duration::ZERO, |start| now.saturating_sub(start));
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends the call: posts what is due and voids the rest. A call that is not `chargeable` (M3:
    /// neither ACK nor media ever came) costs nothing.
    ///
    /// An end that is noticed after the reserved boundary is billed up to the boundary.
    pub fn close(self, now: Duration, chargeable: bool) -> Bill {
        let seconds = Rate::billable_seconds(self.elapsed_ms(now)).min(self.reserved_s);
        let billed = chargeable && self.reserved_s > 0;
        let cost = if billed { self.rate.cost(seconds) } else { self.already_taken() };
        let due = Micros(cost.0.saturating_sub(self.posted.0));
        let mut open: Vec<OpenHold> = self.leases.iter().map(|lease| lease.held).collect();
        // The last, so that nothing is ever taken from a lease that may not stand.
        open.extend(self.asked.iter().map(|asked| OpenHold { amount: Micros::ZERO, ..asked.held }));
        let postings = distribute(due, &open);
        Bill { postings, billable_s: if billed { seconds } else { 0 }, amount: cost }
    }
}

/// Extending.
impl Meter {
    /// Makes a lease that reaches to an increment boundary, and the hold that asks for it.
    fn ask(&mut self, until_s: u32, grace: bool) -> Posting {
        // Set-up and minimum belong to the first lease: what is reserved is always the cost of a
        // call that ends at the boundary.
        let before = if self.reserved_s == 0 { 0 } else { self.rate.cost(self.reserved_s).0 };
        let amount = Micros(self.rate.cost(until_s).0 - before);
        let hold = EntryId::hold(self.call, self.next_sequence);
        self.next_sequence += 1;
        let asked = Asked { held: OpenHold { hold, amount }, until_s, grace, unknown: false };
        let posting = self.hold(&asked);
        self.asked = Some(asked);
        posting
    }

    fn hold(&self, asked: &Asked) -> Posting {
        Posting::Hold {
            id: asked.held.hold,
            call: self.call,
            org: self.org,
            amount: asked.held.amount,
            until_s: asked.until_s,
            grace: asked.grace,
        }
    }

    fn extension(&mut self, now: Duration) -> Option<Posting> {
        if let Some(asked) = &mut self.asked {
            let again = core::mem::replace(&mut asked.unknown, false);
            return again.then_some(()).and(self.asked.as_ref()).map(|asked| self.hold(asked));
        }
        let wanted = self.left(now) < EXTEND_BELOW && self.reserved_s < u32::MAX;
        wanted.then(|| {
            let until_s = self.next_boundary_s(now);
            let grace = self.grace.take_turn(until_s - self.reserved_s);
            self.ask(until_s, grace)
        })
    }

    /// The increment boundary that an extension reaches to. The closing reserve counts only where credit comes after
    /// it had ended: less would take the warning back for a moment and leave no time for another.
    fn next_boundary_s(&self, now: Duration) -> u32 {
        let elapsed_s = Rate::billable_seconds(self.elapsed_ms(now));
        let further = self.reserved_s.saturating_add(EXTENSION_S);
        let at_least_s = further.max(elapsed_s.saturating_add(CLOSING_RESERVE_S));
        self.rate.boundary_at_or_after(at_least_s)
    }

    fn settle_extension(&mut self, result: PostingResult, now: Duration) -> Option<Notice> {
        match result {
            PostingResult::Done => {
                if let Some(asked) = self.asked.take() {
                    self.grant(asked);
                }
                self.take_back_warning(now)
            }
            PostingResult::NoCredit => {
                let ordinary = self.asked.take().is_some_and(|asked| !asked.grace);
                let further_s = self.next_boundary_s(now) - self.reserved_s;
                if ordinary && self.grace.follows(further_s) {
                    self.next_tick = now;
                    return None;
                }
                self.warn()
            }
            PostingResult::Refused => {
                self.asked = None;
                self.warn()
            }
            PostingResult::Unavailable => {
                if let Some(asked) = &mut self.asked {
                    asked.unknown = true;
                }
                self.retry_soon(now);
                if self.left(now) < UNKNOWN_WARNING { self.warn() } else { None }
            }
        }
    }

    fn grant(&mut self, asked: Asked) {
        let Asked { held, until_s, grace, unknown: _ } = asked;
        if grace {
            self.grace.granted(until_s - self.reserved_s);
        }
        self.reserved_s = until_s;
        self.leases.push_back(Lease { held, until_s, post: Post::NotDue });
    }

    /// The notice that credit ends, once until it is taken back.
    fn warn(&mut self) -> Option<Notice> {
        let first = !core::mem::replace(&mut self.warned, true);
        first.then(|| Notice::CreditEnds { at: self.reserved_until() })
    }

    /// The notice that credit came after all, once there is time for another warning.
    fn take_back_warning(&mut self, now: Duration) -> Option<Notice> {
        if !self.warned {
            return None;
        }
        if self.left(now) < UNKNOWN_WARNING {
            self.next_tick = now;
            return None;
        }
        self.warned = false;
        Some(Notice::CreditExtended)
    }

    fn left(&self, now: Duration) -> Duration {
        self.reserved_until().saturating_sub(now)
    }

    fn retry_soon(&mut self, now: Duration) {
        self.next_tick = self.next_tick.min(now + RETRY);
    }
}

/// Posting.
impl Meter {
    /// Posts, in full, of the leases whose end has passed.
    fn due_posts(&mut self, now: Duration) -> Vec<Posting> {
        let elapsed_ms = self.elapsed_ms(now);
        let ended = |lease: &Lease| u64::from(lease.until_s) * 1000 <= elapsed_ms;
        let due = |lease: &&mut Lease| lease.post != Post::Asked && ended(lease);
        self.leases
            .iter_mut()
            .filter(due)
            .map(|lease| {
                lease.post = Post::Asked;
                Posting::resolving(lease.held.hold, lease.held.amount)
            })
            .collect()
    }

    fn settle_post(&mut self, posting: EntryId, result: PostingResult, now: Duration) {
        let resolves =
            |lease: &Lease| Posting::resolving(lease.held.hold, lease.held.amount).id() == posting;
        let Some(at) = self.leases.iter().position(resolves) else { return };
        match result {
            PostingResult::Done => {
                let taken = self.leases.remove(at).map_or(0, |lease| lease.held.amount.0);
                self.posted = Micros(self.posted.0.saturating_add(taken));
            }
            PostingResult::Unavailable => {
                if let Some(lease) = self.leases.get_mut(at) {
                    lease.post = Post::Unknown;
                }
                self.retry_soon(now);
            }
            // A post needs no credit and its content never changes: only a node whose term is over
            // hears this, and whoever took over settles. Nothing is asked again.
            PostingResult::NoCredit | PostingResult::Refused => {}
        }
    }

    /// What was posted or is on its way to be: what even a call that is not chargeable has cost.
    fn already_taken(&self) -> Micros {
        let asked = self.leases.iter().filter(|lease| lease.post != Post::NotDue);
        Micros(asked.fold(self.posted.0, |sum, lease| sum.saturating_add(lease.held.amount.0)))
    }
}
