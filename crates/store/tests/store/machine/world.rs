//! What all sequences of one database share: its nodes, its rate cards and its clock.

use core::time::Duration;
use std::collections::BTreeMap;

use linka_model::{CallId, Did, EndReason, LineId, LineKind, OrgId, OriginClass};
use linka_store::{
    Admission, CardVersion, Closing, Heartbeat, Node, Pinned, Recovered, Store, StoreError, Tending,
};
use uuid::Uuid;

use super::price::{PRICES, Price};
use crate::common::{NOW, Place, Raw, card, sound, who};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2026-10-26T00:00:00Z: cards begin on one of the sixty days from here, around [`NOW`].
const FIRST_DAY: i64 = NOW - (5 * 3600 + 35 * 60 + 35) * 1000 - 29 * DAY_MS;

/// After so many sequences the whole books are audited.
const AUDIT_EVERY: u32 = 100;

/// How often something happened, by its name.
pub(super) type Counts = BTreeMap<String, u32>;

pub(super) struct World {
    pub(super) place: Place,
    pub(super) stores: Vec<Store>,
    /// One where the database is embedded, else two.
    pub(super) nodes: Vec<Option<Node>>,
    pub(super) raw: Raw,
    /// What a card costs from which instant on.
    versions: BTreeMap<i64, (Price, CardVersion)>,
    /// The wall clock, which jumps, and the last stamp of the books, which does not.
    pub(super) now_ms: i64,
    pub(super) last_ms: i64,
    pub(super) counts: Counts,
    made: u128,
    /// A sequence is under way. Where it failed, its calls are still open.
    under_way: bool,
    sequences: u32,
}

impl World {
    pub(super) async fn new(place: Place) -> Self {
        let mut stores = vec![place.open().await];
        if place.is_shared() {
            stores.push(place.open_beside("second").await);
        }
        let raw = place.raw().await;
        let mut world = Self {
            place,
            stores,
            nodes: vec![],
            raw,
            versions: BTreeMap::new(),
            now_ms: NOW,
            last_ms: 0,
            counts: Counts::new(),
            made: 0,
            under_way: false,
            sequences: 0,
        };
        for at in 0..world.stores.len() {
            world.nodes.push(None);
            world.begin(at).await;
        }
        world.load(PRICES[0], i64::MIN).await;
        world
    }

    pub(super) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// Begins a sequence, with nothing left of the one before.
    pub(super) async fn enter(&mut self) {
        if core::mem::replace(&mut self.under_way, true) {
            for at in 0..self.nodes.len() {
                self.begin(at).await;
            }
        }
        if (self.now_ms - NOW).abs() > 30 * DAY_MS {
            self.now_ms = NOW;
        }
    }

    /// Ends it; the whole books are audited from time to time.
    pub(super) async fn leave(&mut self) {
        self.under_way = false;
        self.sequences += 1;
        if self.sequences.is_multiple_of(AUDIT_EVERY) {
            sound(&self.stores[0]).await;
        }
    }

    /// A number for a line.
    pub(super) fn did(&self) -> Did {
        format!("+420{:09}", 200_000_000 + self.made).parse().expect("a number")
    }

    pub(super) fn identity(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(0xBEEF_0000_0000 + self.made)
    }

    pub(super) fn node(&self, at: usize) -> Node {
        self.nodes[at % self.nodes.len()].clone().expect("every node runs")
    }

    /// Begins the next term of a node.
    pub(super) async fn begin(&mut self, at: usize) -> Recovered {
        self.nodes[at] = None;
        let (node, recovered) = loop {
            match self.stores[at].start_node(&who(at as u128), self.now_ms).await {
                // The task of the last term lets go of the lock when it has run out.
                Err(StoreError::Unavailable | StoreError::Serving(_)) => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                begun => break begun.expect("begins"),
            }
        };
        self.nodes[at] = Some(node);
        recovered
    }

    /// Another node takes the calls of this one over. Gives back the handle that knows nothing of it.
    pub(super) async fn take_over(&mut self, at: usize) -> (Node, Recovered) {
        let stale = self.node(at);
        if self.nodes.len() == 1 {
            // Within one machine only a lock on a file stands between two processes: take it away.
            std::fs::remove_file(self.place.path().join("serving.lock")).expect("removed");
            return (stale, self.begin(at).await);
        }
        let other = 1 - at;
        let mut tending =
            Tending::new(self.node(other), self.stores[other].clone(), Duration::ZERO);
        let mut all = Recovered::default();
        for seconds in [0, 15, 30, 45, 60] {
            let now = Duration::from_secs(seconds);
            loop {
                match tending.turn(now, self.now_ms).await {
                    Err(StoreError::Unavailable) => {}
                    turn => {
                        let settled = turn.expect("answers");
                        all.calls += settled.calls;
                        all.free += settled.free;
                        break;
                    }
                }
            }
        }
        (stale, all)
    }

    /// Loads a card that is in force from a day on, or is refused because another is.
    pub(super) async fn load(&mut self, price: Price, day: i64) {
        let (at_ms, text) = if day == i64::MIN {
            (i64::MIN, "2020-01-01".to_owned())
        } else {
            let at_ms = FIRST_DAY + day * DAY_MS;
            (at_ms, date(day))
        };
        let loading = card(&price.card(&text));
        let loaded = loop {
            match self.stores[0].load_card(&loading).await {
                Err(StoreError::Unavailable) => {}
                loaded => break loaded,
            }
        };
        match (loaded, self.versions.get(&at_ms)) {
            (Ok(version), None) => {
                self.versions.insert(at_ms, (price, version));
                self.count("card: loaded");
            }
            (Ok(version), Some(known)) => {
                assert_eq!((price, version), *known, "I18: a version never changes");
                self.count("card: known");
            }
            (Err(StoreError::Conflict(_)), Some((other, _))) => {
                assert_ne!(*other, price);
                self.count("refused: card for the same instant");
            }
            (loaded, known) => panic!("{loaded:?} beside {known:?}"),
        }
    }

    /// The price of now: that of the latest version that has begun, be it by the last stamp.
    pub(super) async fn price(&mut self) -> (Price, Pinned) {
        let country = "CZ".to_owned().try_into().expect("a country");
        let place = (&country, LineKind::Landline, "CZK".parse().expect("CZK"));
        let pinned = loop {
            match self.stores[0].pinned_rate(place, OriginClass::Mobile, self.now_ms).await {
                Err(StoreError::Unavailable) => {}
                pinned => break pinned.expect("answers").expect("a card is in force"),
            }
        };
        let at_ms = self.now_ms.max(self.last_ms);
        let begun = self.versions.range(..=at_ms).next_back().expect("the first");
        assert_eq!(pinned.version, begun.1.1, "M6: the version in force");
        (begun.1.0, pinned)
    }

    /// The books were stamped as of now; gives back the hour.
    pub(super) fn stamp_hour(&mut self) -> i64 {
        self.last_ms = self.last_ms.max(self.now_ms - self.now_ms.rem_euclid(HOUR_MS));
        self.last_ms - self.last_ms.rem_euclid(HOUR_MS)
    }

    pub(super) fn stamp(&mut self) {
        self.last_ms = self.last_ms.max(self.now_ms);
    }
}

/// The day of the year 2026 that is so many days after 26 October.
fn date(day: i64) -> String {
    let (month, day) = match 26 + day {
        october @ ..=31 => (10, october),
        november @ ..=61 => (11, november - 31),
        december => (12, december - 61),
    };
    format!("2026-{month:02}-{day:02}")
}

/// All that a node whose term is over can try: nothing of it is written (I20).
pub(super) async fn nothing_can_be_written(
    stale: &Node,
    (call, org, line): (CallId, OrgId, LineId),
    price: Pinned,
    now_ms: i64,
) {
    let (_, hold) = linka_metering::Meter::open(CallId(Uuid::from_u128(7)), org, price.rate);
    let new = linka_store::NewCall { id: CallId(Uuid::from_u128(7)), line, price };
    let mut answer = Admission::Unavailable;
    while answer == Admission::Unavailable {
        answer = stale.admit(new.clone(), hold, now_ms).await;
    }
    assert_eq!(answer, Admission::Refused, "I20");
    let proof = Heartbeat { call, elapsed_ms: 3_600_000 };
    while match stale.prove(vec![proof]).await {
        Err(StoreError::Unavailable) => true,
        answer => {
            assert!(matches!(answer, Err(StoreError::TermOver)), "I20: {answer:?}");
            false
        }
    } {}
    let closing = Closing { call, postings: vec![], billable_s: 9, reason: EndReason::Completed };
    while match stale.close(closing.clone(), now_ms).await {
        Err(StoreError::Unavailable) => true,
        answer => {
            assert!(matches!(answer, Err(StoreError::TermOver)), "I20: {answer:?}");
            false
        }
    } {}
}
