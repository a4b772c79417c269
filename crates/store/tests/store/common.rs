//! What the tests of the store share: a place for a database, in either of the two kinds, and a house
//! with one line in it.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use linka_metering::{EntryId, Meter, Posting, RateCard};
use linka_model::{CallId, Did, LineId, LineKind, Micros, OrgId, OriginClass};
use linka_store::{Admission, NewCall, NewLine, Node, NodeName, Pinned, Server, Store, StoreError};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, FromRow, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::postgres::Postgres;

/// Makes two tests of each: one in SQLite, one in PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::common::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::common::Place::postgres()).await;
            })*
        }
    };
}
pub(crate) use on_both;

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
        Self::within(&std::env::temp_dir())
    }

    fn within(folder: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("linka-store-{}-{count}", std::process::id());
        let path = folder.join(name);
        // A left-over of a former process with the same number.
        drop(std::fs::remove_dir_all(&path));
        Self(path)
    }

    /// The same in memory, where the system has such a place: a commit there waits for no disk.
    fn fast() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::within(memory) } else { Self::new() }
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

/// Where a test keeps its books.
pub(crate) struct Place {
    temp: Temp,
    server: Option<Server>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self { temp: Temp::new(), server: None }
    }

    /// For very many transactions.
    pub(crate) fn fast_sqlite() -> Self {
        Self { temp: Temp::fast(), server: None }
    }

    pub(crate) fn postgres() -> Self {
        Self::at(&Postgres::shared().database())
    }

    pub(crate) fn at(url: &str) -> Self {
        Self { temp: Temp::new(), server: Some(Server::parse(url).expect("an address")) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Whether several nodes may use it.
    pub(crate) const fn is_shared(&self) -> bool {
        self.server.is_some()
    }

    /// Opens the store, as a node does when it starts.
    pub(crate) async fn open(&self) -> Store {
        self.open_in(self.path()).await
    }

    /// The same books from another node's directory. Only a server has more than one.
    pub(crate) async fn open_beside(&self, name: &str) -> Store {
        assert!(self.server.is_some(), "an embedded database has one node");
        self.open_in(&self.path().join(name)).await
    }

    async fn open_in(&self, directory: &Path) -> Store {
        match &self.server {
            Some(server) => Store::connect(server, directory).await.expect("connects"),
            None => Store::open(directory).await.expect("opens"),
        }
    }

    /// Opens the store where that may fail.
    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        match &self.server {
            Some(server) => Store::connect(server, self.path()).await,
            None => Store::open(self.path()).await,
        }
    }

    /// A connection past the store, to see and to try what it would not do.
    pub(crate) async fn raw(&self) -> Raw {
        match &self.server {
            Some(server) => {
                Raw::Postgres(PgConnection::connect(&server.to_string()).await.expect("connects"))
            }
            None => {
                let file = format!("sqlite://{}/linka.db", self.path().display());
                Raw::Sqlite(SqliteConnection::connect(&file).await.expect("opens"))
            }
        }
    }
}

/// A connection past the store.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub(crate) async fn execute(&mut self, sql: &'static str) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(raw) => sqlx::query(sql).execute(raw).await?.rows_affected(),
            Self::Postgres(raw) => sqlx::query(sql).execute(raw).await?.rows_affected(),
        })
    }

    pub(crate) async fn all<T>(&mut self, sql: &'static str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = match self {
            Self::Sqlite(raw) => sqlx::query_as(sql).fetch_all(raw).await,
            Self::Postgres(raw) => sqlx::query_as(sql).fetch_all(raw).await,
        };
        rows.expect(sql)
    }

    /// The rows of one thing, whose identity stands at `$1`.
    pub(crate) async fn all_of<T>(&mut self, sql: &'static str, id: &str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = match self {
            Self::Sqlite(raw) => sqlx::query_as(sql).bind(id).fetch_all(raw).await,
            Self::Postgres(raw) => sqlx::query_as(sql).bind(id).fetch_all(raw).await,
        };
        rows.expect(sql)
    }

    /// Sets a number, `$1`, of one thing, whose identity stands at `$2`.
    pub(crate) async fn change(&mut self, sql: &'static str, to: i64, id: &str) {
        let changed = match self {
            Self::Sqlite(raw) => sqlx::query(sql)
                .bind(to)
                .bind(id)
                .execute(raw)
                .await
                .map(|done| done.rows_affected()),
            Self::Postgres(raw) => sqlx::query(sql)
                .bind(to)
                .bind(id)
                .execute(raw)
                .await
                .map(|done| done.rows_affected()),
        };
        assert_eq!(changed.expect(sql), 1);
    }

    pub(crate) async fn one<T>(&mut self, sql: &'static str) -> T
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.all(sql).await.pop().expect(sql)
    }

    /// The names of the columns of the table of calls.
    pub(crate) async fn columns_of_call(&mut self) -> Vec<String> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT name FROM pragma_table_info('call')",
            Self::Postgres(_) => {
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_name = 'call' ORDER BY ordinal_position"
            }
        };
        self.all(sql).await.into_iter().map(|(name,): (String,)| name).collect()
    }

    /// Keeps every other writer out, until [`Raw::execute`] runs `ROLLBACK`.
    pub(crate) async fn take_the_books(&mut self) {
        let (begin, lock) = match self {
            Self::Sqlite(_) => ("BEGIN IMMEDIATE", "SELECT 1"),
            Self::Postgres(_) => ("BEGIN", "LOCK TABLE node, account IN EXCLUSIVE MODE"),
        };
        self.execute(begin).await.expect("begun");
        self.execute(lock).await.expect("locked");
    }
}

/// The node of a test. Its identity matters where several share a server.
pub(crate) fn who(n: u128) -> NodeName {
    NodeName { fresh: Uuid::from_u128(0xAAAA_0000 + n), name: format!("node {n}") }
}

pub(crate) async fn start(store: &Store) -> Node {
    store.start_node(&who(1), NOW).await.expect("starts").0
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
        setup: serde_json::json!({}),
        by: "Obec".to_owned(),
        at_ms: NOW,
    }
}

pub(crate) fn entry(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

/// An organisation with one line that is on, and so many micro-units of credit.
pub(crate) async fn house(place: &Place, credit: i64) -> Store {
    let store = place.open().await;
    store.create_org(ORG, "Obec", "CZK".parse().expect("CZK")).await.expect("founded");
    store.load_card(&card(CARD)).await.expect("loaded");
    store.order_line(&order(2, "Linka")).await.expect("ordered");
    store.register_number(LINE, &did(), NOW).await.expect("registered");
    store.grant(entry(90), ORG, Micros(credit), "start", NOW).await.expect("granted");
    store.switch(LINE, true).await.expect("answers").expect("is ready");
    store
}

/// The same without any credit: what the line was opened with is taken back.
pub(crate) async fn empty(place: &Place) -> Store {
    let store = house(place, 1).await;
    store.withdraw(entry(91), ORG, None, "empty", NOW).await.expect("withdrawn");
    store
}

/// A [`house`] in whose outbox nothing is left of its orders.
pub(crate) async fn quiet_house(place: &Place, credit: i64) -> Store {
    let store = house(place, credit).await;
    place.raw().await.execute("DELETE FROM outbox").await.expect("emptied");
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

/// Asks until there is an answer: a busy machine may be late, and the same request gets the same
/// answer.
pub(crate) async fn admit_patiently(node: &Node, new: NewCall, hold: Posting) -> Admission {
    admit_at(node, new, hold, NOW).await
}

/// The same at another time.
pub(crate) async fn admit_at(node: &Node, new: NewCall, hold: Posting, now_ms: i64) -> Admission {
    loop {
        let answer = node.admit(new.clone(), hold, now_ms).await;
        if answer != Admission::Unavailable {
            return answer;
        }
    }
}

/// Admits a call that must be admitted.
pub(crate) async fn admitted(node: &Node, n: u128, price: Pinned) -> (CallId, Meter) {
    let (new, mut meter, hold) = call(n, price);
    let id = new.id;
    assert_eq!(admit_patiently(node, new, hold).await, Admission::Admitted);
    assert!(meter.admitted(linka_metering::PostingResult::Done));
    (id, meter)
}

/// The books must add up at every moment.
pub(crate) async fn sound(store: &Store) {
    assert_eq!(store.audit().await.expect("audited"), []);
}
