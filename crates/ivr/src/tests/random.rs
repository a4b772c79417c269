//! Thousands of random calls: the promises hold, every planted bug breaks one, and every row of
//! docs/caller-journey.md was met often enough to believe it.

use std::collections::BTreeMap;

use super::random_caller::{RandomCall, Row};
use super::random_rules::Planted;
use super::random_table::{ROWS, STATES};

const CALLS: u64 = 100_000;
/// Fewer meetings than this prove nothing.
const OFTEN: u32 = 100;

#[test]
fn the_promises_hold_in_every_call_and_every_row_is_met_often() {
    let mut met = BTreeMap::<Row, u32>::new();
    for seed in 0..CALLS {
        let mut call = RandomCall::new(seed, Planted::Nothing);
        let ended = call.run();
        let last: Vec<_> = call.rows.iter().rev().take(8).collect();
        assert_eq!(ended, Ok(()), "seed {seed}, backwards: {last:?}");
        for row in call.rows {
            *met.entry(row).or_default() += 1;
        }
    }
    let rare: Vec<_> = rare_states(&met).chain(rare_rows(&met)).collect();
    assert!(rare.is_empty(), "met fewer than {OFTEN} times: {rare:#?}");
}

#[test]
fn a_call_whose_timers_never_fire_is_found() {
    assert_eq!(first_broken(Planted::NoTimers), "the call does not end");
}

#[test]
fn a_recording_without_noted_consent_is_found() {
    assert_eq!(first_broken(Planted::UnnotedConsent), "records without consent");
}

#[test]
fn a_lost_report_is_found() {
    assert_eq!(first_broken(Planted::LostReport), "loses what was recorded");
}

#[test]
fn a_report_that_is_handed_in_twice_is_found() {
    assert_eq!(first_broken(Planted::DoubleReport), "hands in twice");
}

fn first_broken(planted: Planted) -> String {
    let broken = (0..CALLS).find_map(|seed| RandomCall::new(seed, planted).run().err());
    broken.expect("the planted bug was not found")
}

fn rare_states(met: &BTreeMap<Row, u32>) -> impl Iterator<Item = String> {
    let entries = |state: &str| -> u32 {
        let into = met.iter().filter(|((from, _, to), _)| from != to && *to == state);
        into.map(|(_, count)| count).sum()
    };
    let counted = STATES.into_iter().map(move |state| (state, entries(state)));
    let rare = counted.filter(|(_, count)| *count < OFTEN);
    rare.map(|(state, count)| format!("entering {state}: {count}"))
}

fn rare_rows(met: &BTreeMap<Row, u32>) -> impl Iterator<Item = String> {
    let one_of = |choices: &str, what: &str| choices.split('|').any(|choice| choice == what);
    ROWS.iter().filter_map(move |(from, happens, to)| {
        let meets = |(before, happened, after): &Row| {
            one_of(from, before) && one_of(happens, happened) && one_of(to, after)
        };
        let count: u32 = met.iter().filter(|(row, _)| meets(row)).map(|(_, count)| count).sum();
        (count < OFTEN).then(|| format!("{from}, {happens}, {to}: {count}"))
    })
}
