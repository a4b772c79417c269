//! A node that carries calls, and its one way of writing them.

use std::fs::File;
use std::sync::Arc;

use linka_metering::{Posting, PostingResult};
use linka_model::Micros;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::away::{Fallback, Replayed};
use crate::complaint::Complaint;
use crate::database::QUERY_DEADLINE;
use crate::outage::Outage;
use crate::poster::{Job, work};
use crate::term::Term;
use crate::{Admission, Closing, Heartbeat, NewCall, Recovered, Store, StoreError, TermRules};

/// How many requests may wait; one more is answered "unavailable" at once.
pub const QUEUE_MAX: usize = 4096;

/// A node's term: the right to carry calls with this database. Cheap to clone; the term ends with
/// the last clone, or when another node takes its calls over.
#[derive(Clone, Debug)]
pub struct Node {
    jobs: mpsc::Sender<Job>,
    term: Term,
    rules: TermRules,
    pub(crate) outage: Outage,
    replayed: Replayed,
    /// Locked as long as the term lasts, so that no second process carries calls.
    _lock: Arc<File>,
}

/// Who begins a term.
#[derive(Clone, Debug)]
pub struct NodeName {
    /// Used as the node's identity where the directory holds none yet: random, made by the caller.
    pub fresh: Uuid,
    /// For people: the name of the machine.
    pub name: String,
}

impl Store {
    /// Begins a term under the usual rules.
    pub async fn start_node(
        &self,
        who: &NodeName,
        now_ms: i64,
    ) -> Result<(Node, Recovered), StoreError> {
        self.start_node_under(TermRules::DEFAULT, who, now_ms).await
    }

    /// Begins a term. What a former one left in its journal is written first (M12), and calls that
    /// it left open are settled at their last proof (M13). Fails where another process has a term in this directory.
    pub async fn start_node_under(
        &self,
        rules: TermRules,
        who: &NodeName,
        now_ms: i64,
    ) -> Result<(Node, Recovered), StoreError> {
        let lock = self.lock()?;
        let outage = Outage::default();
        let directory = self.directory().to_owned();
        let (fallback, replayed) = Fallback::open(self, &directory, outage.clone()).await?;
        let term = self.next_term(self.identity(who.fresh)?, &who.name).await?;
        let recovered = self.settle_orphans(u32::MAX, now_ms, &mut Complaint::none_yet()).await?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(work(self.clone(), term.clone(), fallback, queue));
        Ok((Node { jobs, term, rules, outage, replayed, _lock: Arc::new(lock) }, recovered))
    }
}

impl Node {
    /// Its identity.
    pub const fn id(&self) -> Uuid {
        self.term.node
    }

    /// What was found in the journal when the term began.
    pub const fn replayed(&self) -> Replayed {
        self.replayed
    }

    pub(crate) const fn term(&self) -> &Term {
        &self.term
    }

    /// The time limits of its term.
    pub const fn rules(&self) -> TermRules {
        self.rules
    }

    /// Writes a call and its first hold in one step; only [`Admission::Admitted`] may be answered.
    pub async fn admit(&self, call: NewCall, hold: Posting, now_ms: i64) -> Admission {
        self.ask(|reply| Job::Admit { call, hold, now_ms, reply })
            .await
            .unwrap_or(Admission::Unavailable)
    }

    /// Writes postings, each by itself; the answers stand in the order of the postings. The same
    /// posting again gets the same answer and changes nothing (I5).
    pub async fn post(&self, postings: Vec<Posting>, now_ms: i64) -> Vec<PostingResult> {
        let count = postings.len();
        self.ask(|reply| Job::Post { postings, now_ms, reply })
            .await
            .unwrap_or_else(|_| vec![PostingResult::Unavailable; count])
    }

    /// Writes how long the node's calls have lasted; at least every 10 s for all of them (M13).
    /// [`StoreError::TermOver`] says that another node settled them.
    pub async fn prove(&self, heartbeats: Vec<Heartbeat>) -> Result<(), StoreError> {
        self.ask(|reply| Job::Prove { heartbeats, reply }).await?
    }

    /// Settles a call in one step and gives back what it cost by the ledger. After
    /// [`StoreError::Unavailable`] settle it again with the same content.
    pub async fn close(&self, closing: Closing, now_ms: i64) -> Result<Micros, StoreError> {
        self.ask(|reply| Job::Close { closing, now_ms, reply }).await?
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(job(reply)).map_err(|_| StoreError::Unavailable)?;
        let answer = tokio::time::timeout(QUERY_DEADLINE, answer).await;
        answer.ok().and_then(Result::ok).ok_or(StoreError::Unavailable)
    }
}
