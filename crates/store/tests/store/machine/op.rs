//! What can happen to the books of an organisation.

use proptest::prelude::*;

use super::price::PRICES;

/// One step. Calls and former requests are picked by a number, modulo how many there are.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Admit {
        node: usize,
    },
    Extend {
        call: usize,
        grace: bool,
    },
    /// Shows how long a call has lasted; a late one says less than is known.
    Prove {
        call: usize,
        by_ms: u64,
        late: bool,
    },
    /// The earliest hold is used up.
    Post {
        call: usize,
    },
    Close {
        call: usize,
        by_ms: u64,
        chargeable: bool,
    },
    /// Kills a node and starts it again.
    Crash {
        node: usize,
    },
    /// A node falls silent, another settles its calls, and it wakes.
    TakeOver {
        node: usize,
    },
    /// A former request comes once more.
    Again {
        request: usize,
    },
    /// A former request comes with other content.
    Tamper {
        request: usize,
    },
    Grant {
        amount: i64,
    },
    Withdraw {
        amount: i64,
    },
    Overdraft {
        limit: i64,
    },
    Dispute {
        amount: i64,
    },
    Switch {
        on: bool,
    },
    Card {
        price: usize,
        day: i64,
    },
    /// The wall clock jumps.
    Clock {
        by_ms: i64,
    },
}

/// A step, and whether the first answer to what it asks is lost.
pub(super) type Step = (Op, bool);

pub(super) fn steps() -> impl Strategy<Value = (i64, Vec<Step>)> {
    (0_i64..4_000_000, proptest::collection::vec((ops(), prop::bool::weighted(0.1)), 8..40))
}

fn ops() -> impl Strategy<Value = Op> {
    let amounts = 1_i64..3_000_000;
    prop_oneof![
        6 => (0_usize..2).prop_map(|node| Op::Admit { node }),
        11 => (0_usize..9, any::<bool>()).prop_map(|(call, grace)| Op::Extend { call, grace }),
        4 => (0_usize..9, 0_u64..90_000, prop::bool::weighted(0.2))
            .prop_map(|(call, by_ms, late)| Op::Prove { call, by_ms, late }),
        11 => (0_usize..9).prop_map(|call| Op::Post { call }),
        4 => (0_usize..9, 0_u64..200_000, prop::bool::weighted(0.9))
            .prop_map(|(call, by_ms, chargeable)| Op::Close { call, by_ms, chargeable }),
        1 => (0_usize..2).prop_map(|node| Op::Crash { node }),
        1 => (0_usize..2).prop_map(|node| Op::TakeOver { node }),
        4 => (0_usize..99).prop_map(|request| Op::Again { request }),
        11 => (0_usize..99).prop_map(|request| Op::Tamper { request }),
        2 => amounts.clone().prop_map(|amount| Op::Grant { amount }),
        2 => amounts.clone().prop_map(|amount| Op::Withdraw { amount }),
        14 => prop_oneof![Just(0), 1_000_000_i64..6_000_000].prop_map(|limit| Op::Overdraft { limit }),
        1 => amounts.prop_map(|amount| Op::Dispute { amount: amount - 1 }),
        1 => prop::bool::weighted(0.7).prop_map(|on| Op::Switch { on }),
        1 => (0_usize..PRICES.len(), 0_i64..60).prop_map(|(price, day)| Op::Card { price, day }),
        1 => (-259_200_000_i64..259_200_000).prop_map(|by_ms| Op::Clock { by_ms }),
    ]
}
