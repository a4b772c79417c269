//! The plan by the calendar: who pays what and when, and what becomes of who cannot.

use std::collections::BTreeSet;

use linka_metering::EntryId;
use linka_metering::calendar::parse_utc;
use linka_metering::plan::{
    Anchor, FeeMail, LineFacts, LineStep, OrgFacts, Owed, Period, Step, Zone, pays, review,
};
use linka_model::{LineId, LineKind, LineState, Micros};
use proptest::prelude::*;
use uuid::Uuid;

const DAY: i64 = 86_400_000;
const FEE: Micros = Micros(250_000_000);
const NOTHING: Micros = Micros::ZERO;

fn at(text: &str) -> i64 {
    parse_utc(text).expect("sound")
}

fn prague() -> Zone {
    Zone::named("Europe/Prague").expect("sound")
}

/// A toll-free line that was activated at noon on 1 March 2026, or a landline.
fn line(number: u128, kind: LineKind, activated_ms: i64) -> LineFacts {
    LineFacts {
        line: LineId(Uuid::from_u128(number)),
        kind,
        activated_ms,
        released_ms: None,
        state: LineState::Ready,
        since_ms: activated_ms,
        covered_until_ms: None,
        owed: None,
        mailed_day: None,
        monthly: FEE,
        release_confirmed: false,
    }
}

fn green() -> LineFacts {
    line(1, LineKind::TollFree, at("2026-03-01T11:00:00Z"))
}

/// 1 March to 1 April in Prague.
fn march() -> Period {
    Period { start_ms: at("2026-02-28T23:00:00Z"), end_ms: at("2026-03-31T22:00:00Z") }
}

fn look(lines: &[LineFacts], available: Micros, now_ms: i64) -> Vec<LineStep> {
    let org = OrgFacts { zone: prague(), available, last_ms: 0, clock_alarm: false };
    review(&org, lines, now_ms)
}

fn steps(line: &LineFacts, available: Micros, now_ms: i64) -> Vec<Step> {
    look(core::slice::from_ref(line), available, now_ms).into_iter().map(|s| s.step).collect()
}

/// What a store does with a step.
fn carry_out(line: &mut LineFacts, step: Step, now_ms: i64) -> i64 {
    match step {
        Step::Charge { fee, period, .. } => {
            line.covered_until_ms = Some(period.end_ms);
            line.owed = None;
            return fee.0;
        }
        Step::Cover(period) => line.covered_until_ms = Some(period.end_ms),
        Step::Owe(owed) => line.owed = Some(owed),
        Step::Enter(state) => {
            (line.state, line.since_ms, line.mailed_day) = (state, now_ms, None);
            line.released_ms = (state == LineState::Released).then_some(now_ms);
        }
        Step::Mail(FeeMail::Due { day } | FeeMail::ReleasePending { day }) => {
            line.mailed_day = Some(day);
        }
        Step::Mail(FeeMail::Suspended | FeeMail::Restored | FeeMail::Released) => {}
    }
    0
}

/// Looks, carries out, and looks again until nothing comes.
fn settle(line: &mut LineFacts, available: Micros, now_ms: i64) -> Vec<Step> {
    let mut all = Vec::new();
    let mut left = available;
    loop {
        let steps = steps(line, left, now_ms);
        if steps.is_empty() {
            return all;
        }
        for step in steps {
            left.0 -= carry_out(line, step, now_ms);
            all.push(step);
        }
        assert!(all.len() < 100, "an end: {all:?}");
    }
}

fn charge(line: &LineFacts, period: Period) -> Step {
    Step::Charge { entry: EntryId::fee(line.line, period.start_ms), fee: FEE, period }
}

fn owing(state: LineState, since_ms: i64) -> LineFacts {
    let owed = Some(Owed { period: march(), fee: FEE });
    LineFacts { state, since_ms, owed, ..green() }
}

#[test]
fn a_toll_free_line_pays_when_it_is_activated_and_what_is_paid_is_honoured_without_credit() {
    let mut line = green();
    let now = line.activated_ms;
    assert_eq!(settle(&mut line, FEE, now), [charge(&line, march())]);
    assert_eq!(steps(&line, NOTHING, march().end_ms - 1), []);
    let april = Period { start_ms: march().end_ms, end_ms: at("2026-04-30T22:00:00Z") };
    assert_eq!(steps(&line, FEE, april.start_ms), [charge(&line, april)]);
}

#[test]
fn a_micro_unit_too_little_makes_the_line_past_due_and_takes_nothing() {
    let line = green();
    let expected = [
        Step::Owe(Owed { period: march(), fee: FEE }),
        Step::Enter(LineState::PastDue),
        Step::Mail(FeeMail::Due { day: 0 }),
    ];
    assert_eq!(steps(&line, Micros(FEE.0 - 1), line.activated_ms), expected);
    assert_eq!(steps(&line, FEE, line.activated_ms), [charge(&line, march())]);
}

#[test]
fn past_due_lines_are_written_to_on_days_0_3_and_6_and_suspended_on_day_7() {
    let mut line = green();
    let start = line.activated_ms;
    let mut seen = Vec::new();
    // Looked at every hour for 75 days without a penny.
    for hour in 0..75 * 24 {
        let now = start + hour * DAY / 24;
        seen.extend(settle(&mut line, NOTHING, now).into_iter().map(|step| (hour / 24, step)));
    }
    let mail = |day| Step::Mail(FeeMail::Due { day });
    let expected = [
        (0, Step::Owe(Owed { period: march(), fee: FEE })),
        (0, Step::Enter(LineState::PastDue)),
        (0, mail(0)),
        (3, mail(3)),
        (6, mail(6)),
        (7, Step::Enter(LineState::Suspended)),
        (7, Step::Mail(FeeMail::Suspended)),
        // 7 + 60.
        (67, Step::Enter(LineState::ReleasePending)),
        (67, Step::Mail(FeeMail::ReleasePending { day: 0 })),
        (74, Step::Mail(FeeMail::ReleasePending { day: 7 })),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_number_is_never_released_without_a_person_and_not_before_14_days() {
    let mut line = owing(LineState::ReleasePending, 0);
    let mails: Vec<Step> =
        (0..3650).flat_map(|day| settle(&mut line, NOTHING, day * DAY)).collect();
    // Ten years, one mail a week: days 0, 7, … 3647.
    assert_eq!((mails.len(), line.state), (522, LineState::ReleasePending));
    line.release_confirmed = true;
    assert_eq!(steps(&line, NOTHING, 14 * DAY - 1), []);
    let gone = [Step::Enter(LineState::Released), Step::Mail(FeeMail::Released)];
    assert_eq!(steps(&line, NOTHING, 14 * DAY), gone);
}

#[test]
fn a_program_that_was_away_writes_one_mail_and_not_three() {
    let line = LineFacts { mailed_day: Some(0), ..owing(LineState::PastDue, 0) };
    assert_eq!(steps(&line, NOTHING, 6 * DAY), [Step::Mail(FeeMail::Due { day: 6 })]);
    let line = LineFacts { mailed_day: Some(0), ..owing(LineState::ReleasePending, 0) };
    let late = [Step::Mail(FeeMail::ReleasePending { day: 28 })];
    assert_eq!(steps(&line, NOTHING, 30 * DAY), late);
}

#[test]
fn a_top_up_restores_at_every_stage_for_one_fee_and_covers_the_period_of_the_payment() {
    for state in [LineState::PastDue, LineState::Suspended, LineState::ReleasePending] {
        // Owed since 1 March, paid on 20 May: covered to 1 June.
        let line = owing(state, at("2026-05-19"));
        let now = at("2026-05-20");
        assert_eq!(steps(&line, Micros(FEE.0 - 1), now).iter().find(|s| is_charge(s)), None);
        let period = Period { start_ms: march().start_ms, end_ms: at("2026-05-31T22:00:00Z") };
        let expected =
            [charge(&line, period), Step::Enter(LineState::Ready), Step::Mail(FeeMail::Restored)];
        assert_eq!(steps(&line, FEE, now), expected, "{state:?}");
    }
}

fn is_charge(step: &Step) -> bool {
    matches!(step, Step::Charge { .. })
}

#[test]
fn with_credit_for_one_fee_the_older_line_pays_and_the_younger_falls_due() {
    let old = green();
    let young = LineFacts {
        line: LineId(Uuid::from_u128(2)),
        activated_ms: old.activated_ms + 1,
        ..green()
    };
    let all = look(&[young.clone(), old.clone()], FEE, young.activated_ms);
    assert_eq!((all[0].line, all[0].step), (old.line, charge(&old, march())));
    assert_eq!(all[1].line, young.line);
    assert!(matches!(all[1].step, Step::Owe(_)));
}

#[test]
fn the_three_oldest_landlines_are_included_and_the_fourth_moves_up_with_its_next_period() {
    let day = |n: i64| at("2026-03-01T11:00:00Z") + n * DAY;
    let mut lines: Vec<LineFacts> = (0..4)
        .map(|n| line(n + 1, LineKind::Landline, day(i64::try_from(n).expect("small"))))
        .collect();
    let paying = |lines: &[LineFacts], now| -> Vec<bool> {
        lines.iter().map(|line| pays(line, lines, now)).collect()
    };
    assert_eq!(paying(&lines, day(5)), [false, false, false, true]);
    // Suspended or past due, the number is held all the same.
    lines[0].state = LineState::Suspended;
    assert_eq!(paying(&lines, day(5)), [false, false, false, true]);
    // Released on day 10: the period of the fourth that runs stays paid, the next is free.
    (lines[0].state, lines[0].released_ms) = (LineState::Released, Some(day(10)));
    lines[3].covered_until_ms = Some(at("2026-04-03T22:00:00Z"));
    let of_fourth = |now| -> Vec<Step> {
        let all = look(&lines, NOTHING, now);
        all.into_iter().filter(|step| step.line == lines[3].line).map(|step| step.step).collect()
    };
    assert_eq!(of_fourth(day(20)), []);
    let next = Period { start_ms: at("2026-04-03T22:00:00Z"), end_ms: at("2026-05-03T22:00:00Z") };
    assert_eq!(of_fourth(day(40)), [Step::Cover(next)]);
}

#[test]
fn while_the_clock_is_in_doubt_nothing_is_billed_and_time_never_runs_backwards() {
    let lines = [green()];
    let org =
        |last_ms, clock_alarm| OrgFacts { zone: prague(), available: FEE, last_ms, clock_alarm };
    let now = lines[0].activated_ms;
    assert_eq!(review(&org(0, true), &lines, now), []);
    // A clock that fell back to 1970 is not believed: the books were written later.
    assert_eq!(review(&org(now, false), &lines, 0), review(&org(0, false), &lines, now));
}

/// Zones with summer time north and south, half hours, a day that was skipped, and none of it.
fn zones() -> impl Strategy<Value = Zone> {
    let names = [
        "Europe/Prague",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Asia/Beirut",
        "America/Havana",
        "Africa/Casablanca",
        "Pacific/Apia",
        "Etc/UTC",
    ];
    proptest::sample::select(names.to_vec()).prop_map(|name| Zone::named(name).expect("sound"))
}

/// 1990 to 2060.
fn instants() -> impl Strategy<Value = i64> {
    631_152_000_000_i64..2_840_140_800_000
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn periods_tile_time_for_any_zone_and_anchor(activated in instants(), zone in zones()) {
        let anchor = Anchor::new(activated, zone);
        let first = anchor.period(0).expect("sound");
        prop_assert!(first.contains(activated), "I15: activation lies in the first period");
        for k in 0..60 {
            let (this, next) = (anchor.period(k).expect("sound"), anchor.period(k + 1).expect("sound"));
            prop_assert_eq!(this.end_ms, next.start_ms, "I15: no gap, no overlap");
            let days = (this.end_ms - this.start_ms) / (DAY / 24);
            // 27 days and 23 hours to 31 days and an hour; Apia skipped a whole day.
            prop_assert!((27 * 24 - 1..=31 * 24 + 1).contains(&days), "{} hours", days);
            for instant in [this.start_ms, this.end_ms - 1] {
                prop_assert_eq!(anchor.period_at(instant), Some(this));
            }
        }
    }

    #[test]
    fn exactly_the_oldest_three_of_the_active_landlines_are_free(
        ages in proptest::collection::vec((0_i64..50, proptest::option::of(0_i64..100)), 0..9),
        now in 0_i64..100,
    ) {
        let lines: Vec<LineFacts> = (1..)
            .zip(&ages)
            .map(|(number, &(activated, lives))| LineFacts {
                released_ms: lives.map(|days| activated + days),
                ..line(number, LineKind::Landline, activated)
            })
            .collect();
        let mut active: Vec<&LineFacts> = lines
            .iter()
            .filter(|l| l.activated_ms <= now && l.released_ms.is_none_or(|end| now < end))
            .collect();
        active.sort_by_key(|l| (l.activated_ms, l.line));
        for (rank, line) in active.iter().enumerate() {
            prop_assert_eq!(pays(line, &lines, now), rank >= 3, "I16");
        }
    }

    #[test]
    fn whatever_is_paid_and_however_clocks_jump_a_period_is_billed_once(
        hours in proptest::collection::vec((-400_i64..2_000, 0_i64..400_000_000, any::<bool>()), 1..60),
    ) {
        let mut line = green();
        let (mut wall, mut last_ms, mut available) = (line.activated_ms, 0, 0_i64);
        let (mut starts, mut covered) = (BTreeSet::new(), None);
        for (jump, top_up, clock_alarm) in hours {
            wall += jump * DAY / 24;
            available += top_up;
            let org = OrgFacts { zone: prague(), available: Micros(available), last_ms, clock_alarm };
            let steps = review(&org, core::slice::from_ref(&line), wall);
            prop_assert!(!clock_alarm || steps.is_empty(), "O11");
            last_ms = last_ms.max(wall);
            for LineStep { step, .. } in steps {
                if let Step::Charge { entry, fee, period } = step {
                    prop_assert!(starts.insert(entry), "I15, I19: charged twice");
                    prop_assert_eq!(covered.unwrap_or(period.start_ms), period.start_ms, "I15");
                    prop_assert!(period.start_ms <= last_ms, "charged before it began");
                    prop_assert_eq!(fee, FEE, "I19: no jump changes an amount");
                    covered = Some(period.end_ms);
                }
                available -= carry_out(&mut line, step, last_ms);
                prop_assert!(available >= 0, "I2");
            }
            prop_assert!(line.state != LineState::Released, "M16: nobody confirmed");
            prop_assert_eq!(line.owed.is_some(), line.state != LineState::Ready);
        }
    }
}
