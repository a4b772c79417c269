//! Random lives of lines, in both databases, beside a model of the plan that is written a second time:
//! months pass, credit comes too late or in time, lines are ordered, cancelled and let go. After each
//! step both must agree (I15, I16, M15, M16).

mod case;
mod model;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::Place;
use crate::postgres::Postgres;
use case::World;

/// Sequences in each database.
const SEQUENCES: u32 = 200;
/// Each operation and each change of state occurs at least so often.
const LEAST: u32 = 4;
const HAPPENS: [&str; 12] = [
    "charged",
    "covered",
    "owing",
    "restored",
    "suspended",
    "release_pending",
    "released",
    "op: cancel",
    "op: confirm",
    "op: order",
    "op: top up",
    "op: time",
];

/// One step. Lines are picked by a number, modulo how many there are.
#[derive(Clone, Debug)]
enum Op {
    /// A line gets its number; it is ready as soon as there is credit.
    Order { toll_free: bool },
    /// Credit comes, in crowns.
    TopUp { crowns: i64 },
    /// So many hours pass, or the clock is set back, and fees are reviewed.
    Time { hours: i64 },
    /// The organisation gives a line up.
    Cancel { line: usize },
    /// A person confirms that a number may go.
    Confirm { line: usize },
}

fn steps() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => prop::bool::weighted(0.3).prop_map(|toll_free| Op::Order { toll_free }),
        4 => (1_i64..400).prop_map(|crowns| Op::TopUp { crowns }),
        9 => prop_oneof![-30_i64..200, 500_i64..1600].prop_map(|hours| Op::Time { hours }),
        1 => (0_usize..9).prop_map(|line| Op::Cancel { line }),
        3 => (0_usize..9).prop_map(|line| Op::Confirm { line }),
    ];
    proptest::collection::vec(op, 10..40)
}

#[test]
fn random_lives_of_lines_in_sqlite_are_those_of_the_model() {
    lives("SQLite", Place::fast_sqlite());
}

#[test]
fn random_lives_of_lines_in_postgresql_are_those_of_the_model() {
    let server = Postgres::start_fast().expect("starts");
    lives("PostgreSQL", Place::at(&server.database()));
}

#[expect(clippy::print_stdout, reason = "how often each thing occurred is what the test tells")]
fn lives(database: &str, place: Place) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let world = std::cell::RefCell::new(runtime.block_on(World::new(place)));
    let config = Config { cases: SEQUENCES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let run = |steps: Vec<Op>| {
        runtime.block_on(world.borrow_mut().run(&steps));
        Ok(())
    };
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&steps(), run) {
        panic!("{error}");
    }
    let counts: BTreeMap<&'static str, u32> = world.into_inner().counts;
    println!("{SEQUENCES} lives in {database}:");
    counts.iter().for_each(|(what, times)| println!("{times:8} {what}"));
    for what in HAPPENS {
        let times = counts.get(what).copied().unwrap_or(0);
        assert!(times >= LEAST, "{what}: {times} times");
    }
}
