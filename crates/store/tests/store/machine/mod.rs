//! Random histories of the books, in both databases, beside a model of the ledger that is written a
//! second time: after each step both must agree (I1-I10, I14, I18-I20).

mod ask;
mod case;
mod compare;
mod model;
mod op;
mod price;
mod world;

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::thread;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::Place;
use crate::postgres::Postgres;
use case::Case;
use op::{Step, steps};
use world::{Counts, World};

/// Sequences in each database, shared out among so many workers.
const SEQUENCES: u32 = 2000;
const WORKERS: u8 = 2;
/// Each operation and each refusal occurs at least so often.
const LEAST: u32 = 20;
/// All that must occur in either database.
const HAPPENS: [&str; 38] = [
    "admit: admitted",
    "card: known",
    "card: loaded",
    "close: settled",
    "extend: done",
    "grace: done",
    "grant: done",
    "grant: known",
    "op: again",
    "op: crash",
    "op: dispute",
    "op: lost answer",
    "op: overdraft",
    "op: prove",
    "op: switch",
    "op: take-over",
    "op: tamper",
    "op: the clock jumps",
    "a crash left a call",
    "post: done",
    "refused: a stale node admits, proves or closes",
    "refused: admit otherwise",
    "refused: admit to a full line",
    "refused: admit to a line that is off",
    "refused: admit without credit",
    "refused: card for the same instant",
    "refused: close otherwise",
    "refused: extend otherwise",
    "refused: extend without credit",
    "refused: grace otherwise",
    "refused: grace without credit",
    "refused: grant otherwise",
    "refused: overdraft below what is used",
    "refused: post otherwise",
    "refused: withdraw otherwise",
    "refused: withdraw without credit",
    "withdraw: done",
    "withdraw: known",
];

#[test]
fn random_histories_in_sqlite_are_those_of_the_model() {
    histories("SQLite", &Place::fast_sqlite);
}

#[test]
fn random_histories_in_postgresql_are_those_of_the_model() {
    let server = Postgres::start_fast().expect("starts");
    histories("PostgreSQL", &|| Place::at(&server.database()));
}

/// Shares the sequences out and adds up what happened in them.
#[expect(clippy::print_stdout, reason = "how often each thing occurred is what the test tells")]
fn histories(database: &str, place: &(dyn Fn() -> Place + Sync)) {
    let all = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..WORKERS).map(|seed| scope.spawn(move || worker(place(), seed))).collect();
        let mut all = Counts::new();
        for worker in workers {
            for (what, times) in worker.join().unwrap_or_else(|panic| resume_unwind(panic)) {
                *all.entry(what).or_default() += times;
            }
        }
        all
    });
    println!("{SEQUENCES} histories in {database}:");
    all.iter().for_each(|(what, times)| println!("{times:8} {what}"));
    for what in HAPPENS {
        let times = all.get(what).copied().unwrap_or(0);
        assert!(times >= LEAST, "{what}: {times} times");
    }
}

/// Runs its part of the sequences in a database of its own, always the same ones.
fn worker(place: Place, seed: u8) -> Counts {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let world = RefCell::new(runtime.block_on(World::new(place)));
    let cases = SEQUENCES / u32::from(WORKERS);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let run = |(credit, steps): (i64, Vec<Step>)| {
        runtime.block_on(Case::run(&mut world.borrow_mut(), credit, &steps));
        Ok(())
    };
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&steps(), run) {
        panic!("a history of worker {seed}: {error}");
    }
    world.into_inner().counts
}
