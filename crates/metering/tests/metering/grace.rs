//! Grace by the clock: a recording goes on when credit ends, for a while (M11, O5).

use core::time::Duration;

use linka_metering::{EntryId, GRACE_MAX_S, Meter, Notice, Posting, PostingResult, Rate};
use linka_model::{CallId, Micros, OrgId};
use uuid::Uuid;

use crate::ledger::Ledger;

const CALL: CallId = CallId(Uuid::from_u128(5));
const START: Duration = Duration::from_secs(1_000);

fn at(seconds: u64) -> Duration {
    START + Duration::from_secs(seconds)
}

/// 0.60 a minute by the second: one second costs 10,000, the first hold (150 s) 1.50.
fn answered() -> Meter {
    let rate = Rate::new(Micros(600_000), (1, 1), Micros::ZERO, Micros::ZERO).expect("sound");
    let (mut meter, _) = Meter::open(CALL, OrgId(Uuid::from_u128(6)), rate);
    assert!(meter.admitted(PostingResult::Done));
    meter.answered(START);
    meter
}

/// Whether a hold is grace, and to which second it reaches.
fn asked(postings: &[Posting]) -> Vec<(bool, u32)> {
    let hold = |posting: &Posting| match *posting {
        Posting::Hold { grace, until_s, .. } => Some((grace, until_s)),
        Posting::Post { .. } | Posting::Void { .. } => None,
    };
    postings.iter().filter_map(hold).collect()
}

/// Ticks and answers every ordinary hold with no, and grace as told.
fn tick(meter: &mut Meter, second: u64, grace: PostingResult) -> (Vec<(bool, u32)>, Vec<Notice>) {
    let postings = meter.tick(at(second));
    let notices = postings.iter().filter_map(|posting| {
        let result = match posting {
            Posting::Hold { grace: false, .. } => PostingResult::NoCredit,
            Posting::Hold { .. } => grace,
            Posting::Post { .. } | Posting::Void { .. } => PostingResult::Done,
        };
        meter.settle(posting.id(), result, at(second))
    });
    let notices = notices.collect();
    (asked(&postings), notices)
}

const GRANTED: PostingResult = PostingResult::Done;

#[test]
fn refused_credit_in_a_recording_is_asked_for_as_grace_at_once_and_nobody_is_warned() {
    let mut meter = answered();
    meter.recording(true);
    assert_eq!(tick(&mut meter, 18, GRANTED), (vec![(false, 210)], vec![]));
    assert_eq!(meter.deadline(), Some(at(18)));
    assert_eq!(tick(&mut meter, 18, GRANTED), (vec![(true, 210)], vec![]));
    assert_eq!(meter.reserved_until(), at(210));
    // The next stretch is asked for as credit first: it may have come.
    assert_eq!(tick(&mut meter, 76, GRANTED).0, [(false, 270)]);
}

#[test]
fn outside_of_a_recording_there_is_no_grace() {
    let mut meter = answered();
    let warned = tick(&mut meter, 18, GRANTED);
    assert_eq!(warned, (vec![(false, 210)], vec![Notice::CreditEnds { at: at(150) }]));
    assert_eq!(tick(&mut meter, 27, GRANTED).0, [(false, 210)]);
}

#[test]
fn refused_grace_warns_with_126_seconds_left_and_loses_nothing() {
    let mut meter = answered();
    meter.recording(true);
    assert_eq!(tick(&mut meter, 24, PostingResult::NoCredit), (vec![(false, 210)], vec![]));
    let (asked, notices) = tick(&mut meter, 24, PostingResult::NoCredit);
    assert_eq!((asked, notices), (vec![(true, 210)], vec![Notice::CreditEnds { at: at(150) }]));
    // Not asked again before the next look.
    assert_eq!(meter.deadline(), Some(at(33)));
    // 150 s are billed, and not one more: 1.50.
    assert_eq!(meter.close(at(150), true).amount, Micros(1_500_000));
}

#[test]
fn ten_minutes_of_grace_are_granted_and_then_the_call_is_warned_and_billed_wholly() {
    let mut meter = answered();
    meter.recording(true);
    let mut warned = None;
    for second in 1..=750 {
        // As often as the meter wants it in this second: once, or twice with grace.
        while warned.is_none() && meter.deadline().is_some_and(|deadline| deadline <= at(second)) {
            warned = tick(&mut meter, second, GRANTED).1.first().copied();
        }
    }
    // 150 s of credit and 600 s of grace.
    assert_eq!(GRACE_MAX_S, 600);
    assert_eq!(warned, Some(Notice::CreditEnds { at: at(750) }));
    let bill = meter.close(at(750), true);
    // 750 · 0.01.
    assert_eq!((bill.billable_s, bill.amount), (750, Micros(7_500_000)));
}

#[test]
fn when_the_recording_ends_the_boundary_stands_and_no_more_grace_is_asked() {
    let mut meter = answered();
    meter.recording(true);
    for second in [18, 18] {
        tick(&mut meter, second, GRANTED);
    }
    meter.recording(false);
    assert_eq!(meter.reserved_until(), at(210));
    let ended = tick(&mut meter, 76, GRANTED);
    assert_eq!(ended, (vec![(false, 270)], vec![Notice::CreditEnds { at: at(210) }]));
}

#[test]
fn a_recording_that_ends_between_refusal_and_grace_is_asked_as_credit_and_warned() {
    let mut meter = answered();
    meter.recording(true);
    tick(&mut meter, 18, GRANTED);
    meter.recording(false);
    let ended = tick(&mut meter, 18, GRANTED);
    assert_eq!(ended, (vec![(false, 210)], vec![Notice::CreditEnds { at: at(150) }]));
}

#[test]
fn a_recording_that_begins_after_the_warning_gets_grace_and_the_warning_is_taken_back() {
    let mut meter = answered();
    tick(&mut meter, 18, GRANTED);
    meter.recording(true);
    assert_eq!(tick(&mut meter, 27, GRANTED).0, [(false, 210)]);
    let granted = tick(&mut meter, 27, GRANTED);
    assert_eq!(granted, (vec![(true, 210)], vec![Notice::CreditExtended]));
}

#[test]
fn a_call_on_a_term_that_is_over_is_warned_and_asks_for_no_grace() {
    let mut meter = answered();
    meter.recording(true);
    let hold = meter.tick(at(18))[0];
    let notice = meter.settle(hold.id(), PostingResult::Refused, at(18));
    assert_eq!(notice, Some(Notice::CreditEnds { at: at(150) }));
    assert_eq!(tick(&mut meter, 27, GRANTED).0, [(false, 210)]);
}

#[test]
fn a_limit_of_nothing_gives_no_grace_and_a_limit_is_shared_by_all_recordings() {
    let grace = |number, call, amount| Posting::Hold {
        id: EntryId::hold(CallId(Uuid::from_u128(call)), number),
        call: CallId(Uuid::from_u128(call)),
        org: OrgId(Uuid::from_u128(6)),
        amount: Micros(amount),
        until_s: 210,
        grace: true,
    };
    let mut ledger = Ledger::with_credit(0);
    assert_eq!(ledger.apply(grace(0, 1, 1)), PostingResult::NoCredit);
    ledger.overdraft = 1_000_000;
    assert_eq!(ledger.apply(grace(1, 1, 600_000)), PostingResult::Done);
    assert_eq!(ledger.apply(grace(0, 2, 600_000)), PostingResult::NoCredit);
    assert_eq!(ledger.apply(grace(1, 2, 400_000)), PostingResult::Done);
}
