//! The meter by the clock: what it asks for, when, and what it says.

use core::time::Duration;

use linka_metering::{EntryId, Meter, Notice, Posting, PostingResult, Rate};
use linka_model::{CallId, Micros, OrgId};
use uuid::Uuid;

const CALL: CallId = CallId(Uuid::from_u128(5));
const ORG: OrgId = OrgId(Uuid::from_u128(6));
/// When the call is answered: not at zero, so that instants and lengths cannot be mixed up.
const START: Duration = Duration::from_secs(1_000);

fn at(seconds: u64) -> Duration {
    START + Duration::from_secs(seconds)
}

/// 0.60 a minute: one second costs 10,000.
fn rate(increment: (u32, u32)) -> Rate {
    Rate::new(Micros(600_000), increment, Micros::ZERO, Micros::ZERO).expect("sound")
}

fn hold(sequence: u32, amount: i64, until_s: u32) -> Posting {
    let id = EntryId::hold(CALL, sequence);
    Posting::Hold { id, call: CALL, org: ORG, amount: Micros(amount), until_s, grace: false }
}

fn post(sequence: u32, amount: i64) -> Posting {
    let pending = EntryId::hold(CALL, sequence);
    Posting::Post { id: EntryId::post(pending), pending, amount: Micros(amount) }
}

fn void(sequence: u32) -> Posting {
    let pending = EntryId::hold(CALL, sequence);
    Posting::Void { id: EntryId::void(pending), pending }
}

fn answered(rate: Rate) -> Meter {
    let (mut meter, _) = Meter::open(CALL, ORG, rate);
    assert!(meter.admitted(PostingResult::Done));
    meter.answered(START);
    meter
}

/// Ticks and answers every posting alike; gives back what was asked and said.
fn tick(meter: &mut Meter, second: u64, result: PostingResult) -> (Vec<Posting>, Vec<Notice>) {
    let postings = meter.tick(at(second));
    let settle = |posting: &Posting| meter.settle(posting.id(), result, at(second));
    let notices = postings.iter().filter_map(settle).collect();
    (postings, notices)
}

#[test]
fn the_first_hold_reaches_the_first_boundary_at_or_after_150_seconds() {
    let first = |increment| Meter::open(CALL, ORG, rate(increment)).1;
    assert_eq!(first((1, 1)), hold(0, 1_500_000, 150));
    assert_eq!(first((60, 60)), hold(0, 1_800_000, 180));
    assert_eq!(first((60, 1)), hold(0, 1_500_000, 150));
    // 30 + 20 · 6 = 150.
    assert_eq!(first((30, 6)), hold(0, 1_500_000, 150));
    // 60 + 2 · 47 = 154.
    assert_eq!(first((60, 47)), hold(0, 1_540_000, 154));
    assert_eq!(first((3600, 3600)), hold(0, 36_000_000, 3600));
}

#[test]
fn without_the_first_hold_no_call_is_answered() {
    for result in [PostingResult::NoCredit, PostingResult::Unavailable, PostingResult::Refused] {
        let (mut meter, _) = Meter::open(CALL, ORG, rate((1, 1)));
        assert!(!meter.admitted(result));
        // The hold may stand all the same: closing gives it back and costs nothing.
        let bill = meter.close(at(0), true);
        assert_eq!((bill.postings, bill.billable_s, bill.amount), (vec![void(0)], 0, Micros::ZERO));
    }
}

#[test]
fn it_asks_for_more_when_fewer_than_135_seconds_are_left() {
    let mut meter = answered(rate((1, 1)));
    // At 15 s exactly 135 s are left of 150.
    assert_eq!(tick(&mut meter, 15, PostingResult::Done).0, []);
    assert_eq!(tick(&mut meter, 16, PostingResult::Done).0, [hold(1, 600_000, 210)]);
    assert_eq!(meter.reserved_until(), at(210));
    assert_eq!(tick(&mut meter, 75, PostingResult::Done).0, []);
    assert_eq!(tick(&mut meter, 76, PostingResult::Done).0, [hold(2, 600_000, 270)]);
}

#[test]
fn an_extension_reaches_at_least_60_seconds_further_and_to_a_boundary() {
    let mut meter = answered(rate((60, 47)));
    // 154 + 60 = 214; 60 + 4 · 47 = 248; 94 s more.
    assert_eq!(tick(&mut meter, 20, PostingResult::Done).0, [hold(1, 940_000, 248)]);
}

#[test]
fn it_wants_to_be_looked_at_every_nine_seconds_so_a_failed_extension_leaves_126() {
    let mut meter = answered(rate((1, 1)));
    assert_eq!(meter.deadline(), Some(at(9)));
    tick(&mut meter, 15, PostingResult::Done);
    assert_eq!(meter.deadline(), Some(at(24)));
    let (_, notices) = tick(&mut meter, 24, PostingResult::NoCredit);
    assert_eq!(notices, [Notice::CreditEnds { at: at(150) }]);
}

#[test]
fn a_lease_is_posted_in_full_when_its_end_has_passed_and_not_before() {
    let mut meter = answered(rate((1, 1)));
    for second in [16, 76, 136] {
        tick(&mut meter, second, PostingResult::Done);
    }
    assert_eq!(meter.tick(at(149)), []);
    assert_eq!(meter.tick(at(150)), [post(0, 1_500_000)]);
    // Asked once; the answer is on its way.
    assert_eq!(meter.tick(at(151)), []);
}

#[test]
fn at_the_end_what_is_due_is_posted_and_the_rest_given_back() {
    let mut meter = answered(rate((1, 1)));
    tick(&mut meter, 16, PostingResult::Done);
    // 100.5 s are 101 s: 1.01 of the 1.50 in the first lease, nothing of the second.
    let bill = meter.close(START + Duration::from_millis(100_500), true);
    assert_eq!(bill.postings, [post(0, 1_010_000), void(1)]);
    assert_eq!((bill.billable_s, bill.amount), (101, Micros(1_010_000)));
}

#[test]
fn set_up_and_minimum_are_held_once_with_the_first_lease() {
    let rate =
        Rate::new(Micros(600_000), (1, 1), Micros(500_000), Micros(3_000_000)).expect("sound");
    let (mut meter, first) = Meter::open(CALL, ORG, rate);
    // 0.50 + 1.50 = 2.00 is below the minimum of 3.00.
    assert_eq!(first, hold(0, 3_000_000, 150));
    assert!(meter.admitted(PostingResult::Done));
    meter.answered(START);
    // 0.50 + 2.10 = 2.60: still the minimum, nothing more to hold.
    assert_eq!(tick(&mut meter, 16, PostingResult::Done).0, [hold(1, 0, 210)]);
    // 0.50 + 2.70 = 3.20.
    assert_eq!(tick(&mut meter, 76, PostingResult::Done).0, [hold(2, 200_000, 270)]);
    let bill = meter.close(at(20), true);
    assert_eq!(bill.postings, [post(0, 3_000_000), void(1), void(2)]);
}

#[test]
fn a_call_that_nobody_confirmed_costs_nothing() {
    let bill = answered(rate((1, 1))).close(at(32), false);
    assert_eq!((bill.postings, bill.billable_s, bill.amount), (vec![void(0)], 0, Micros::ZERO));
}

#[test]
fn an_end_that_is_noticed_late_is_billed_to_the_boundary() {
    let bill = answered(rate((1, 1))).close(at(500), true);
    assert_eq!(bill.postings, [post(0, 1_500_000)]);
    assert_eq!((bill.billable_s, bill.amount), (150, Micros(1_500_000)));
}

#[test]
fn refused_credit_is_asked_for_again_and_its_coming_is_told_once() {
    let mut meter = answered(rate((1, 1)));
    let refused = tick(&mut meter, 18, PostingResult::NoCredit);
    assert_eq!(refused.0, [hold(1, 600_000, 210)]);
    // The same again, under a new name: the old one never stood. No second warning.
    let again = tick(&mut meter, 27, PostingResult::NoCredit);
    assert_eq!(again, (vec![hold(2, 600_000, 210)], vec![]));
    let granted = tick(&mut meter, 36, PostingResult::Done);
    assert_eq!(granted, (vec![hold(3, 600_000, 210)], vec![Notice::CreditExtended]));
    let next = tick(&mut meter, 76, PostingResult::Done);
    assert_eq!(next.1, []);
}

#[test]
fn a_ledger_without_answer_is_asked_again_with_the_same_posting_a_second_later() {
    let mut meter = answered(rate((1, 1)));
    let lost = tick(&mut meter, 18, PostingResult::Unavailable);
    assert_eq!(lost, (vec![hold(1, 600_000, 210)], vec![]));
    assert_eq!(meter.deadline(), Some(at(19)));
    assert_eq!(tick(&mut meter, 19, PostingResult::Done).0, lost.0);
}

#[test]
fn a_ledger_that_stays_away_ends_the_credit_119_seconds_before_the_boundary() {
    let mut meter = answered(rate((1, 1)));
    for second in 18..=30 {
        assert_eq!(tick(&mut meter, second, PostingResult::Unavailable).1, [], "{second}");
    }
    let (_, notices) = tick(&mut meter, 31, PostingResult::Unavailable);
    assert_eq!(notices, [Notice::CreditEnds { at: at(150) }]);
}

#[test]
fn a_post_without_answer_is_repeated_and_counts_once() {
    let mut meter = answered(rate((1, 1)));
    for second in [16, 76, 136] {
        tick(&mut meter, second, PostingResult::Done);
    }
    assert_eq!(tick(&mut meter, 150, PostingResult::Unavailable).0, [post(0, 1_500_000)]);
    assert_eq!(tick(&mut meter, 151, PostingResult::Done).0, [post(0, 1_500_000)]);
    // 160 s: 1.50 stands, 0.10 of the second lease.
    let bill = meter.close(at(160), true);
    assert_eq!(bill.postings, [post(1, 100_000), void(2), void(3)]);
    assert_eq!(bill.amount, Micros(1_600_000));
}

#[test]
fn before_the_answer_nothing_runs() {
    let (mut meter, _) = Meter::open(CALL, ORG, rate((1, 1)));
    assert!(meter.admitted(PostingResult::Done));
    assert_eq!(meter.deadline(), None);
    assert_eq!(meter.reserved_until(), Duration::MAX);
    assert_eq!(meter.elapsed_ms(at(50)), 0);
    assert_eq!(meter.tick(at(50)), []);
    // A caller who gives up while it rings: what was held is given back.
    assert_eq!(meter.close(at(50), false).postings, [void(0)]);
}

#[test]
fn credit_that_comes_late_is_taken_far_enough_to_warn_again() {
    let mut meter = answered(rate((1, 1)));
    tick(&mut meter, 18, PostingResult::NoCredit);
    // 10 s are left: 60 more would leave 70. 140 + 150 = 290.
    let late = tick(&mut meter, 140, PostingResult::Done);
    assert_eq!(late.0, [hold(2, 1_400_000, 290)]);
    assert_eq!(late.1, [Notice::CreditExtended]);
}

#[test]
fn an_answer_that_comes_too_late_to_warn_again_does_not_take_the_warning_back() {
    let mut meter = answered(rate((1, 1)));
    for second in 18..100 {
        tick(&mut meter, second, PostingResult::Unavailable);
    }
    // The hold of second 18 reaches to 210: 110 s are left, fewer than a warning needs.
    let late = tick(&mut meter, 100, PostingResult::Done);
    assert_eq!(late, (vec![hold(1, 600_000, 210)], vec![]));
    // At once more is asked for: 210 + 60.
    assert_eq!(meter.deadline(), Some(at(100)));
    let more = tick(&mut meter, 100, PostingResult::Done);
    assert_eq!(more, (vec![hold(2, 600_000, 270)], vec![Notice::CreditExtended]));
}
