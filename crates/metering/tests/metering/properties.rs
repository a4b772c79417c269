//! Many random calls against a reference ledger that loses requests and answers.

use core::time::Duration;

use crate::ledger::Ledger;
use linka_metering::{GRACE_MAX_S, Meter, Notice, Posting, PostingResult, Rate, TICK_MAX, recover};
use linka_model::{CallId, Micros, OrgId};
use proptest::prelude::*;
use uuid::Uuid;

const ORG: OrgId = OrgId(Uuid::from_u128(1));
/// The ledger is away for so many requests in a row at most.
const LOST_IN_A_ROW_MAX: u32 = 4;

fn rates() -> impl Strategy<Value = Rate> {
    let increments = prop_oneof![
        Just((60, 60)),
        Just((60, 1)),
        Just((1, 1)),
        Just((30, 6)),
        (1_u32..=3600, 1_u32..=3600)
    ];
    (0_i64..5_000_000, increments, 0_i64..2_000_000, 0_i64..20_000_000).prop_map(
        |(per_minute, increment, setup, minimum)| {
            Rate::new(Micros(per_minute), increment, Micros(setup), Micros(minimum)).expect("sound")
        },
    )
}

/// What becomes of a request to the ledger.
#[derive(Clone, Copy, Debug)]
enum Wire {
    Through,
    RequestLost,
    AnswerLost,
}

fn wires() -> impl Strategy<Value = Vec<Wire>> {
    let wire = prop_oneof![
        6 => Just(Wire::Through),
        1 => Just(Wire::RequestLost),
        1 => Just(Wire::AnswerLost),
    ];
    proptest::collection::vec(wire, 1..40)
}

/// A ledger behind a bad wire.
struct Remote {
    ledger: Ledger,
    wires: Vec<Wire>,
    asked: usize,
    lost: u32,
}

impl Remote {
    fn new(credits: i64, overdraft: i64, wires: Vec<Wire>) -> Self {
        let mut ledger = Ledger::with_credit(credits);
        ledger.overdraft = overdraft;
        Self { ledger, wires, asked: 0, lost: 0 }
    }

    fn ask(&mut self, posting: Posting) -> PostingResult {
        self.asked += 1;
        let wire = self.wires[self.asked % self.wires.len()];
        match wire {
            Wire::RequestLost if self.lost < LOST_IN_A_ROW_MAX => {
                self.lost += 1;
                PostingResult::Unavailable
            }
            Wire::AnswerLost if self.lost < LOST_IN_A_ROW_MAX => {
                self.lost += 1;
                self.ledger.apply(posting);
                PostingResult::Unavailable
            }
            Wire::Through | Wire::RequestLost | Wire::AnswerLost => {
                self.lost = 0;
                self.ledger.apply(posting)
            }
        }
    }

    fn insist(&mut self, posting: Posting) -> PostingResult {
        loop {
            let result = self.ask(posting);
            if result != PostingResult::Unavailable {
                return result;
            }
        }
    }
}

/// A call under way.
struct Call {
    id: CallId,
    rate: Rate,
    meter: Meter,
    answered: Duration,
    ends: Duration,
    /// From when to when it records, counted from the answer.
    records: (Duration, Duration),
    /// Holds of grace that were granted: how many seconds they gave.
    grace_s: u64,
    /// When the warning came and for which boundary.
    warning: Option<(Duration, Duration)>,
    heartbeat_ms: u64,
}

impl Call {
    /// Asks for admission; a call that is refused leaves nothing pending.
    fn admit(
        number: u128,
        Plan { rate, start_ms, lasts_ms, records_ms }: Plan,
        remote: &mut Remote,
    ) -> Option<Self> {
        let id = CallId(Uuid::from_u128(number + 100));
        let (mut meter, hold) = Meter::open(id, ORG, rate);
        let answered = Duration::from_millis(start_ms);
        if !meter.admitted(remote.insist(hold)) {
            assert!(remote.ledger.open(id).is_empty());
            return None;
        }
        meter.answered(answered);
        let ends = answered + Duration::from_millis(lasts_ms);
        let records = (
            Duration::from_millis(records_ms.0),
            Duration::from_millis(records_ms.0 + records_ms.1),
        );
        let (warning, heartbeat_ms, grace_s) = (None, 0, 0);
        Some(Self { id, rate, meter, answered, ends, records, grace_s, warning, heartbeat_ms })
    }

    fn next(&self) -> Duration {
        let wakes = [self.ends, self.meter.reserved_until(), self.meter.deadline().expect("sound")];
        wakes.into_iter().min().expect("sound")
    }

    fn is_over(&self, now: Duration) -> bool {
        now >= self.ends.min(self.meter.reserved_until())
    }

    fn step(&mut self, now: Duration, remote: &mut Remote) {
        assert!(self.meter.deadline().expect("sound") <= now + TICK_MAX);
        self.heartbeat_ms = self.meter.elapsed_ms(now);
        let elapsed = now - self.answered;
        let recording = self.records.0 <= elapsed && elapsed < self.records.1;
        self.meter.recording(recording);
        for posting in self.meter.tick(now) {
            let result = remote.ask(posting);
            self.count_grace(posting, result);
            match self.meter.settle(posting.id(), result, now) {
                Some(Notice::CreditEnds { at }) => self.warning = Some((now, at)),
                Some(Notice::CreditExtended) => self.warning = None,
                None => {}
            }
        }
    }

    /// Grace is never more than ten minutes of the call, whatever is lost or repeated.
    fn count_grace(&mut self, posting: Posting, result: PostingResult) {
        let reserved = self.meter.reserved_until() - self.answered;
        if let (Posting::Hold { grace: true, until_s, .. }, PostingResult::Done) = (posting, result)
        {
            self.grace_s += u64::from(until_s) - reserved.as_secs();
            assert!(self.grace_s <= u64::from(GRACE_MAX_S), "M11: {} s of grace", self.grace_s);
        }
    }

    /// Ends the call and holds its bill against the price of its time (I6).
    fn close(self, now: Duration, remote: &mut Remote) {
        let cut_short = now < self.ends;
        let seconds = Rate::billable_seconds(
            u64::try_from((now - self.answered).as_millis()).expect("sound"),
        );
        let bill = self.meter.close(now, true);
        for posting in bill.postings {
            assert_eq!(remote.insist(posting), PostingResult::Done);
        }
        assert_eq!(bill.billable_s, seconds);
        assert_eq!(bill.amount, self.rate.cost(seconds));
        assert_eq!(remote.ledger.posted(self.id), self.rate.cost(seconds).0, "I6");
        assert!(remote.ledger.open(self.id).is_empty(), "I9");
        if cut_short {
            let (at, boundary) = self.warning.expect("I12: a cut is announced");
            assert!(boundary <= now, "I11: never cut before the boundary that was named");
            assert!(boundary - at >= Duration::from_secs(110), "I12: {:?} before", boundary - at);
        }
    }
}

/// A call that somebody will make.
#[derive(Clone, Copy, Debug)]
struct Plan {
    rate: Rate,
    start_ms: u64,
    lasts_ms: u64,
    /// When it begins to record, and for how long.
    records_ms: (u64, u64),
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let records = (0_u64..400_000, prop_oneof![1 => Just(0_u64), 2 => 0_u64..2_000_000]);
    let plan = (rates(), 0_u64..200_000, 0_u64..2_000_000, records).prop_map(
        |(rate, start_ms, lasts_ms, records_ms)| Plan { rate, start_ms, lasts_ms, records_ms },
    );
    proptest::collection::vec(plan, 1..5)
}

/// None for a third, or anything up to 50 units.
fn overdrafts() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(0_i64), 2 => 0_i64..50_000_000]
}

/// Runs calls until all are over, or until `crash`. Gives back those that still run.
fn run(plans: &[Plan], crash: Duration, top_up: i64, remote: &mut Remote) -> Vec<Call> {
    let mut calls: Vec<Call> =
        (1..).zip(plans).filter_map(|(n, &plan)| Call::admit(n, plan, remote)).collect();
    let mut topped_up = false;
    while let Some(now) = calls.iter().map(Call::next).min().filter(|&now| now < crash) {
        if !topped_up && now > Duration::from_secs(300) {
            remote.ledger.credits += top_up;
            topped_up = true;
        }
        let (over, running) = calls.into_iter().partition(|call: &Call| call.is_over(now));
        calls = running;
        for call in over {
            call.close(now, remote);
        }
        for call in calls.iter_mut().filter(|call| call.next() <= now) {
            call.step(now, remote);
        }
    }
    calls
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn posts_add_up_to_the_cost_and_nothing_stays_pending(
        plans in plans(),
        credits in 0_i64..200_000_000,
        overdraft in overdrafts(),
        top_up in 0_i64..50_000_000,
        wires in wires(),
    ) {
        let mut remote = Remote::new(credits, overdraft, wires);
        let left = run(&plans, Duration::MAX, top_up, &mut remote);
        prop_assert!(left.is_empty());
        prop_assert_eq!(remote.ledger.pending, 0);
    }

    #[test]
    fn after_a_crash_exactly_what_is_proven_is_posted(
        plans in plans(),
        credits in 0_i64..400_000_000,
        overdraft in overdrafts(),
        crash_ms in 0_u64..1_000_000,
        wires in wires(),
    ) {
        let crash = Duration::from_millis(crash_ms);
        let mut remote = Remote::new(credits, overdraft, wires);
        for call in run(&plans, crash, 0, &mut remote) {
            let before = remote.ledger.posted(call.id);
            let open = remote.ledger.open(call.id);
            let proof = (call.heartbeat_ms > 0).then_some(call.heartbeat_ms);
            for posting in recover(call.rate, proof, Micros(before), &open) {
                prop_assert_eq!(remote.insist(posting), PostingResult::Done);
            }
            let proven = proof.map_or(0, |ms| call.rate.cost(Rate::billable_seconds(ms)).0);
            let elapsed = Rate::billable_seconds(call.meter.elapsed_ms(crash));
            prop_assert_eq!(remote.ledger.posted(call.id), proven);
            prop_assert!(proven <= call.rate.cost(elapsed).0);
        }
        prop_assert_eq!(remote.ledger.pending, 0);
    }

    #[test]
    fn cost_never_falls_and_stands_still_within_an_increment(rate in rates(), s in 0_u32..20_000) {
        let boundary = rate.boundary_at_or_after(s);
        prop_assert!(boundary >= s);
        prop_assert!(rate.cost(s) <= rate.cost(s + 1));
        prop_assert!(rate.cost(s) >= rate.minimum());
        prop_assert_eq!(rate.cost(s), rate.cost(boundary));
        prop_assert_eq!(rate.boundary_at_or_after(boundary), boundary);
        let explained = rate.explain(s);
        prop_assert_eq!(explained.sum.max(rate.minimum()), rate.cost(s));
        prop_assert_eq!(explained.cost, rate.cost(s));
    }
}
