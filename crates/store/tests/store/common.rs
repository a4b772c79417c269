//! What the tests of the store share: a directory that vanishes, and a house with one line in it.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use linka_metering::{EntryId, Meter, Posting, RateCard};
use linka_model::{CallId, Did, LineId, LineKind, Micros, OrgId, OriginClass};
use linka_store::{Admission, NewCall, NewLine, Node, Pinned, Store};
use uuid::Uuid;

/// 2026-11-24T05:35:35Z.
pub(crate) const NOW: i64 = 1_795_498_535_000;
/// The hour of [`NOW`]: 35 min 35 s earlier.
pub(crate) const HOUR: i64 = NOW - (35 * 60 + 35) * 1000;
pub(crate) const ORG: OrgId = OrgId(Uuid::from_u128(1));
pub(crate) const LINE: LineId = LineId(Uuid::from_u128(2));

/// By the second: 0.60 a minute, 10,000 micro-units a second. The first hold is 1.50.
pub(crate) const CARD: &str = r#"{id: test, currency: CZK, country: CZ, kind: landline,
  valid_from: 2026-01-01, monthly: "0",
  rates: [{origin: default, per_minute: "0.60", first: 1, step: 1}]}"#;

/// A directory of its own that vanishes with it.
pub(crate) struct Temp(PathBuf);

impl Temp {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("linka-store-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A left-over of a former process with the same number.
        drop(std::fs::remove_dir_all(&path));
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub(crate) fn card(yaml: &str) -> RateCard {
    RateCard::parse(yaml, "test").expect("a sound card").0
}

pub(crate) fn did() -> Did {
    "+420800123456".parse().expect("a number")
}

pub(crate) fn order(id: u128, name: &str) -> NewLine {
    NewLine {
        id: LineId(Uuid::from_u128(id)),
        org: ORG,
        name: name.to_owned(),
        language: "cs".parse().expect("a language"),
        country: "CZ".to_owned().try_into().expect("a country"),
        kind: LineKind::Landline,
    }
}

pub(crate) fn entry(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

/// An organisation with one line that is on, and so many micro-units of credit.
pub(crate) async fn house(directory: &Path, credit: i64) -> Store {
    let store = Store::open(directory).await.expect("opens");
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store.load_card(&card(CARD)).await.expect("loaded");
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    store.register_number(LINE, &did()).await.expect("registered");
    store.grant(entry(90), ORG, Micros(credit), "start", NOW).await.expect("granted");
    store.switch(LINE, true).await.expect("answers").expect("is ready");
    store
}

pub(crate) async fn pinned(store: &Store) -> Pinned {
    let country = "CZ".to_owned().try_into().expect("a country");
    let place = (&country, LineKind::Landline, "CZK".parse().expect("CZK"));
    let pinned = store.pinned_rate(place, OriginClass::Mobile, NOW).await.expect("answers");
    pinned.expect("a card is in force")
}

/// A call with its meter and its first hold.
pub(crate) fn call(n: u128, price: Pinned) -> (NewCall, Meter, Posting) {
    let id = CallId(Uuid::from_u128(1000 + n));
    let (meter, hold) = Meter::open(id, ORG, price.rate);
    (NewCall { id, line: LINE, price }, meter, hold)
}

/// Admits a call that must be admitted.
pub(crate) async fn admitted(node: &Node, n: u128, price: Pinned) -> (CallId, Meter) {
    let (new, mut meter, hold) = call(n, price);
    let id = new.id;
    assert_eq!(node.admit(new, hold, NOW).await, Admission::Admitted);
    assert!(meter.admitted(linka_metering::PostingResult::Done));
    (id, meter)
}

/// The books must add up at every moment.
pub(crate) async fn sound(store: &Store) {
    assert_eq!(store.audit().await.expect("audited"), []);
}

/// A connection past the store, to see and to try what it would not do.
pub(crate) async fn raw(directory: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(directory.join("linka.db"));
    options.foreign_keys(true).connect().await.expect("opens")
}
