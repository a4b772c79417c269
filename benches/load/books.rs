//! Calls that load the ledger: each reserves a second and takes it, over and over, from the one account
//! of an organisation.

use core::time::Duration;
use std::path::Path;

use linka_engine::clock;
use linka_metering::{EntryId, Meter, Posting, PostingResult, RateCard};
use linka_model::{CallId, LineId, LineKind, Micros, OrgId, OriginClass};
use linka_store::{Admission, NewCall, NewLine, Node, NodeName, Pinned, Server, Store, StoreError};
use tokio::task::JoinSet;
use uuid::Uuid;

const ORG: OrgId = OrgId(Uuid::from_u128(1));
const LINE: LineId = LineId(Uuid::from_u128(2));
/// So many calls at once a line takes, and so many a bench may make.
const CHANNELS: u32 = 1000;
/// What the organisation has: more than a bench can spend.
const CREDIT: i64 = 1_000_000_000_000_000;
/// A second of a call: 0.60 a minute.
const SECOND: i64 = 10_000;
const CARD: &str = r#"{id: bench, currency: CZK, country: CZ, kind: landline,
  valid_from: 2026-01-01, monthly: "0",
  rates: [{origin: default, per_minute: "0.60", first: 1, step: 1}]}"#;

/// Books with one hot account.
pub struct Books {
    store: Store,
    price: Pinned,
    calls: u128,
}

/// When a call has had enough.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// At an instant of [`clock::now`].
    At(Duration),
    /// After so many pairs.
    After(u64),
}

/// A running call with its node, and how many pairs it has made.
#[derive(Debug)]
pub struct Load {
    node: Node,
    call: CallId,
    pairs: u32,
}

impl Books {
    /// Opens empty books, embedded in a folder or on a server, and founds an organisation with a line.
    ///
    /// # Errors
    /// The database does not work.
    pub async fn open(folder: &Path, server: Option<&Server>) -> Result<Self, StoreError> {
        let store = open(folder, server).await?;
        let unreadable = |what: &str| StoreError::Conflict(format!("the bench's own {what}"));
        let card = RateCard::parse(CARD, "bench").map_err(|_| unreadable("card"))?.0;
        store.create_org(ORG, "Bench", card.currency).await?;
        store.load_card(&card).await?;
        let order = NewLine {
            id: LINE,
            org: ORG,
            name: "Bench".to_owned(),
            language: "cs".parse().map_err(|_| unreadable("language"))?,
            country: card.country.clone(),
            kind: LineKind::Landline,
            setup: serde_json::json!({}),
            by: "Bench".to_owned(),
            at_ms: clock::wall_ms(),
        };
        store.order_line(&order).await?;
        let number = "+420222123456".parse().map_err(|_| unreadable("number"))?;
        store.register_number(LINE, &number, clock::wall_ms()).await?;
        store.set_channels(LINE, CHANNELS).await?;
        let grant = EntryId(Uuid::from_u128(3));
        store.grant(grant, ORG, Micros(CREDIT), "bench", clock::wall_ms()).await?;
        store.switch(LINE, true).await?.map_err(|_| unreadable("line"))?;
        let place = (&card.country, LineKind::Landline, card.currency);
        let price = store.pinned_rate(place, OriginClass::Mobile, clock::wall_ms()).await?;
        let price = price.ok_or_else(|| unreadable("price"))?;
        Ok(Self { store, price, calls: 0 })
    }

    /// Which database it is.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn version(&self) -> Result<String, StoreError> {
        self.store.version().await
    }

    /// A node of these books.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn node(&self) -> Result<Node, StoreError> {
        start(&self.store, 1).await
    }

    /// Another node over the same server, with a folder of its own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn node_beside(folder: &Path, server: &Server, n: u128) -> Result<Node, StoreError> {
        start(&open(folder, Some(server)).await?, n).await
    }

    /// Another call on a node.
    ///
    /// # Errors
    /// It is not admitted.
    pub async fn call(&mut self, node: &Node) -> Result<Load, StoreError> {
        self.calls += 1;
        let call = CallId(Uuid::from_u128(1000 + self.calls));
        let (_, hold) = Meter::open(call, ORG, self.price.rate);
        let new = NewCall { id: call, line: LINE, price: self.price };
        loop {
            match node.admit(new.clone(), hold, clock::wall_ms()).await {
                Admission::Admitted => return Ok(Load { node: node.clone(), call, pairs: 0 }),
                Admission::Unavailable => {}
                refusal @ (Admission::NoCredit
                | Admission::Closed
                | Admission::LineFull
                | Admission::Refused) => {
                    return Err(StoreError::Conflict(format!("not admitted: {refusal:?}")));
                }
            }
        }
    }

    /// Micro-units that the organisation has spent or reserved, by the books; they are audited first.
    ///
    /// # Errors
    /// The database does not answer, or the books do not add up.
    pub async fn used(&self) -> Result<i64, StoreError> {
        if let Some(finding) = self.store.audit().await?.first() {
            return Err(StoreError::Conflict(format!("the books are wrong: {finding}")));
        }
        Ok(CREDIT - self.store.available(ORG).await?.0)
    }
}

impl Load {
    /// Reserves a second and takes it, until it is told to stop; each step waits for its answer, as a
    /// call does.
    async fn run(mut self, stop: Stop) -> (Self, u64) {
        let mut done = 0;
        while match stop {
            Stop::At(end) => clock::now() < end,
            Stop::After(pairs) => done < pairs,
        } {
            self.pairs += 1;
            let (call, id) = (self.call, EntryId::hold(self.call, self.pairs));
            let (amount, until_s) = (Micros(SECOND), 150 + self.pairs);
            let hold = Posting::Hold { id, call, org: ORG, amount, until_s, grace: false };
            let post = Posting::Post { id: EntryId::post(id), pending: id, amount };
            for step in [hold, post] {
                while self.node.post(vec![step], clock::wall_ms()).await != [PostingResult::Done] {}
            }
            done += 1;
        }
        (self, done)
    }
}

/// Lets calls run at once; gives them back with the pairs that they made together.
pub async fn pairs(calls: Vec<Load>, stop: Stop) -> (Vec<Load>, u64) {
    let mut running: JoinSet<(Load, u64)> = calls.into_iter().map(|call| call.run(stop)).collect();
    let (mut back, mut all) = (Vec::new(), 0);
    while let Some(ended) = running.join_next().await {
        if let Ok((call, done)) = ended {
            back.push(call);
            all += done;
        }
    }
    (back, all)
}

async fn open(folder: &Path, server: Option<&Server>) -> Result<Store, StoreError> {
    match server {
        Some(server) => Store::connect(server, folder).await,
        None => Store::open(folder).await,
    }
}

async fn start(store: &Store, n: u128) -> Result<Node, StoreError> {
    let who = NodeName { fresh: Uuid::from_u128(100 + n), name: format!("node {n}") };
    Ok(store.start_node(&who, clock::wall_ms()).await?.0)
}
