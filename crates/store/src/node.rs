//! The node's one way of writing calls: a task that collects what is queued and commits it at once.
//!
//! Many calls that each commit alone queue up on the disk; one task that commits a hundred entries
//! at a time does not (M8). It never waits for a batch to fill: what is queued when the last commit
//! is done is the next batch. The queue also keeps the order of a call's postings.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use linka_metering::{Posting, PostingResult};
use linka_model::Micros;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::database::{QUERY_DEADLINE, in_time};
use crate::{
    Admission, Closing, Heartbeat, NewCall, Recovered, Store, StoreError, calls, clock, ledger,
};

/// How many requests may wait; one more is answered "unavailable" at once.
pub const QUEUE_MAX: usize = 4096;
/// A batch is full with so many entries; a single request may go beyond it.
pub const BATCH_MAX: usize = 100;

/// A node's term: the right to carry calls with this database. Cheap to clone; the term ends with
/// the last clone.
#[derive(Clone, Debug)]
pub struct Node {
    jobs: mpsc::Sender<Job>,
    /// Locked as long as the term lasts, so that no second process carries calls.
    _lock: Arc<File>,
}

impl Store {
    /// Begins a term. Calls that a former term left open are settled at their last proof first
    /// (M13). Fails where another process has a term in this directory.
    pub async fn start_node(&self, now_ms: i64) -> Result<(Node, Recovered), StoreError> {
        let lock = self.lock()?;
        let epoch = self.next_epoch().await?;
        let recovered = self.settle_older_terms(epoch, now_ms).await?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(work(self.clone(), epoch, queue));
        Ok((Node { jobs, _lock: Arc::new(lock) }, recovered))
    }

    fn lock(&self) -> Result<File, StoreError> {
        let path = self.directory().join("serving.lock");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(StoreError::file(&path))?;
        file.try_lock().map_err(|_| StoreError::Serving(self.directory().to_owned()))?;
        Ok(file)
    }

    async fn next_epoch(&self) -> Result<i64, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (epoch,) =
                sqlx::query_as("UPDATE node SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch")
                    .fetch_one(&mut *tx)
                    .await?;
            tx.commit().await?;
            Ok(epoch)
        })
        .await
    }
}

impl Node {
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
    pub async fn prove(&self, heartbeats: Vec<Heartbeat>) -> Result<(), StoreError> {
        self.ask(|reply| Job::Prove { heartbeats, reply }).await
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

/// What is asked of the task. A reply that is dropped means "no answer".
#[derive(Debug)]
enum Job {
    Admit { call: NewCall, hold: Posting, now_ms: i64, reply: oneshot::Sender<Admission> },
    Post { postings: Vec<Posting>, now_ms: i64, reply: oneshot::Sender<Vec<PostingResult>> },
    Prove { heartbeats: Vec<Heartbeat>, reply: oneshot::Sender<()> },
    Close { closing: Closing, now_ms: i64, reply: oneshot::Sender<Result<Micros, StoreError>> },
}

/// An answer that is sent when the batch is durable.
enum Answer {
    Admit(oneshot::Sender<Admission>, Admission),
    Post(oneshot::Sender<Vec<PostingResult>>, Vec<PostingResult>),
    Prove(oneshot::Sender<()>),
    Close(oneshot::Sender<Result<Micros, StoreError>>, Result<Micros, StoreError>),
}

/// Runs until the last handle of the term is gone.
async fn work(store: Store, epoch: i64, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let batch = collect(first, &mut queue);
        // Without an answer in time every reply is dropped: nobody is told what is not durable.
        if let Ok(answers) = in_time(commit(&store, epoch, batch)).await {
            answers.into_iter().for_each(Answer::send);
        }
    }
}

fn collect(first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut entries = first.entries();
    let mut batch = vec![first];
    while entries < BATCH_MAX
        && let Ok(job) = queue.try_recv()
    {
        entries += job.entries();
        batch.push(job);
    }
    batch
}

/// Does all jobs in one transaction, each in a savepoint of its own.
async fn commit(store: &Store, epoch: i64, batch: Vec<Job>) -> Result<Vec<Answer>, StoreError> {
    let mut tx = store.begin().await?;
    let (current,): (i64,) =
        sqlx::query_as("SELECT epoch FROM node WHERE id = 1").fetch_one(&mut *tx).await?;
    if current != epoch {
        return Ok(batch.into_iter().filter_map(Job::refuse).collect());
    }
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let mut savepoint = tx.begin().await?;
        // A job that fails leaves its reply dropped and nothing written; the others go on.
        match job.run(&mut savepoint, epoch).await {
            Ok(answer) if answer.stands() => {
                savepoint.commit().await?;
                answers.push(answer);
            }
            Ok(answer) => {
                savepoint.rollback().await?;
                answers.push(answer);
            }
            Err(_) => savepoint.rollback().await?,
        }
    }
    tx.commit().await?;
    Ok(answers)
}

impl Job {
    fn entries(&self) -> usize {
        match self {
            Self::Admit { .. } => 1,
            Self::Post { postings, .. } => postings.len(),
            Self::Prove { heartbeats, .. } => heartbeats.len(),
            Self::Close { closing, .. } => closing.postings.len() + 1,
        }
    }

    async fn run(self, tx: &mut SqliteConnection, epoch: i64) -> Result<Answer, StoreError> {
        match self {
            Self::Admit { call, hold, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                let admission = calls::admit(tx, &call, &hold, (epoch, hour_ms)).await?;
                Ok(Answer::Admit(reply, admission))
            }
            Self::Post { postings, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                let mut results = Vec::with_capacity(postings.len());
                for posting in &postings {
                    results.push(ledger::apply(tx, posting, hour_ms).await?);
                }
                Ok(Answer::Post(reply, results))
            }
            Self::Prove { heartbeats, reply } => {
                calls::prove(tx, &heartbeats).await?;
                Ok(Answer::Prove(reply))
            }
            Self::Close { closing, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                match calls::close(tx, &closing, hour_ms).await {
                    Err(StoreError::Database(error)) => Err(error.into()),
                    outcome => Ok(Answer::Close(reply, outcome)),
                }
            }
        }
    }

    /// The answer to a node whose term is over (I20).
    fn refuse(self) -> Option<Answer> {
        match self {
            Self::Admit { reply, .. } => Some(Answer::Admit(reply, Admission::Refused)),
            Self::Post { postings, reply, .. } => {
                Some(Answer::Post(reply, vec![PostingResult::Refused; postings.len()]))
            }
            Self::Prove { .. } => None,
            Self::Close { reply, .. } => {
                let over = StoreError::Conflict("the node's term is over".to_owned());
                Some(Answer::Close(reply, Err(over)))
            }
        }
    }
}

impl Answer {
    /// Whether what the job wrote shall stay written.
    const fn stands(&self) -> bool {
        match self {
            Self::Admit(_, admission) => matches!(admission, Admission::Admitted),
            Self::Post(..) | Self::Prove(_) => true,
            Self::Close(_, outcome) => outcome.is_ok(),
        }
    }

    /// Sends it; whoever no longer waits asks again and hears the same.
    fn send(self) {
        match self {
            Self::Admit(reply, admission) => drop(reply.send(admission)),
            Self::Post(reply, results) => drop(reply.send(results)),
            Self::Prove(reply) => drop(reply.send(())),
            Self::Close(reply, outcome) => drop(reply.send(outcome)),
        }
    }
}
