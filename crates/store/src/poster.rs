//! The task that collects what a node has to write and commits it at once.
//!
//! Many calls that each commit alone queue up on the disk; one task that commits a hundred entries
//! at a time does not (M8). It never waits for a batch to fill: what is queued when the last commit
//! is done is the next batch. The queue also keeps the order of a call's postings.

use linka_metering::{Posting, PostingResult};
use linka_model::Micros;
use tokio::sync::{mpsc, oneshot};

use crate::away::Fallback;
use crate::complaint::Complaint;
use crate::database::in_time;
use crate::sql::Tx;
use crate::term::Term;
use crate::{
    Admission, Closing, Heartbeat, NewCall, Store, StoreError, calls, clock, ledger, replay,
};

/// A batch is full with so many entries; a single request may go beyond it.
pub const BATCH_MAX: usize = 100;

/// What is asked of the task. A reply that is dropped means "no answer".
#[derive(Debug)]
pub(crate) enum Job {
    Admit { call: NewCall, hold: Posting, now_ms: i64, reply: oneshot::Sender<Admission> },
    Post { postings: Vec<Posting>, now_ms: i64, reply: oneshot::Sender<Vec<PostingResult>> },
    Prove { heartbeats: Vec<Heartbeat>, reply: oneshot::Sender<Result<(), StoreError>> },
    Close { closing: Closing, now_ms: i64, reply: oneshot::Sender<Result<Micros, StoreError>> },
}

/// An answer that is sent when the batch is durable.
pub(crate) enum Answer {
    Admit(oneshot::Sender<Admission>, Admission),
    Post(oneshot::Sender<Vec<PostingResult>>, Vec<PostingResult>),
    Prove(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>),
    Close(oneshot::Sender<Result<Micros, StoreError>>, Result<Micros, StoreError>),
}

/// Runs until the last handle of the term is gone.
pub(crate) async fn work(
    store: Store,
    term: Term,
    mut fallback: Fallback,
    mut queue: mpsc::Receiver<Job>,
) {
    let mut entries_max = BATCH_MAX;
    let mut complaint = Complaint::none_yet();
    while let Some(first) = queue.recv().await {
        let mut batch = collect(first, &mut queue, entries_max);
        if fallback.is_on() {
            batch = fallback.take(&term, batch).await;
            // A sign of life is for the database alone: with it, it is asked whether it is back.
            if batch.is_empty() || fallback.recover(&store).await.is_err() {
                continue;
            }
        }
        match in_time(commit(&store, &term, &fallback, batch, &mut complaint)).await {
            Ok(answers) => {
                answers.into_iter().for_each(Answer::send);
                entries_max = (2 * entries_max).min(BATCH_MAX);
            }
            // Every reply is dropped: nobody is told what is not durable. What is too much for a
            // slow database in one go is asked again, and then goes in smaller parts.
            Err(error) => {
                complaint.say("what the calls of this node did is not written yet", &error);
                entries_max = (entries_max / 2).max(1);
            }
        }
    }
}

fn collect(first: Job, queue: &mut mpsc::Receiver<Job>, entries_max: usize) -> Vec<Job> {
    let mut entries = first.entries();
    let mut batch = vec![first];
    while entries < entries_max
        && let Ok(job) = queue.try_recv()
    {
        entries += job.entries();
        batch.push(job);
    }
    batch
}

/// Does all jobs in one transaction, each in a savepoint of its own.
async fn commit(
    store: &Store,
    term: &Term,
    fallback: &Fallback,
    batch: Vec<Job>,
    complaint: &mut Complaint,
) -> Result<Vec<Answer>, StoreError> {
    let mut tx = store.begin().await?;
    if !term.prove(&mut tx).await? {
        return Ok(batch.into_iter().map(Job::refuse).collect());
    }
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch.into_iter().filter(|job| !job.is_stale()) {
        let mut savepoint = tx.savepoint().await?;
        // A job that fails leaves its reply dropped and nothing written; the others go on.
        match job.run(&mut savepoint, term, fallback).await {
            Ok(answer) if answer.stands() => {
                savepoint.commit().await?;
                answers.push(answer);
            }
            Ok(answer) => {
                savepoint.rollback().await?;
                answers.push(answer);
            }
            Err(error) => {
                savepoint.rollback().await?;
                complaint.say("something that a call of this node did cannot be written", &error);
            }
        }
    }
    tx.commit().await?;
    Ok(answers)
}

impl Job {
    /// Whether it is a call that nobody waits for any more. After an outage it would take the credit
    /// and the channel of one that rings now; nothing stands of it, and closing it finds nothing.
    fn is_stale(&self) -> bool {
        matches!(self, Self::Admit { reply, .. } if reply.is_closed())
    }

    fn entries(&self) -> usize {
        match self {
            // Heartbeats are one statement, however many they are.
            Self::Admit { .. } | Self::Prove { .. } => 1,
            Self::Post { postings, .. } => postings.len(),
            Self::Close { closing, .. } => closing.postings.len() + 1,
        }
    }

    async fn run(
        self,
        tx: &mut Tx<'_>,
        term: &Term,
        fallback: &Fallback,
    ) -> Result<Answer, StoreError> {
        match self {
            Self::Admit { call, hold, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                let admission = match calls::admit(tx, &call, &hold, (term, hour_ms)).await {
                    Err(error) if error.is_forbidden() => Admission::Refused,
                    admission => admission?,
                };
                if let (Admission::Admitted, Posting::Hold { org, .. }) = (admission, hold) {
                    fallback.outage.see_one(org, ledger::left(tx, org).await?);
                }
                Ok(Answer::Admit(reply, admission))
            }
            Self::Post { postings, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                let mut results = Vec::with_capacity(postings.len());
                for posting in &postings {
                    results.push(fallback.apply(tx, posting, hour_ms).await?);
                }
                Ok(Answer::Post(reply, results))
            }
            Self::Prove { heartbeats, reply } => {
                calls::prove(tx, &heartbeats).await?;
                Ok(Answer::Prove(reply, Ok(())))
            }
            Self::Close { closing, now_ms, reply } => {
                let hour_ms = clock::hour(tx, now_ms).await?;
                match replay::close(tx, &closing, hour_ms, &fallback.short).await {
                    Err(error) if error.is_forbidden() => {
                        Ok(Answer::Close(reply, Err(StoreError::Conflict(error.to_string()))))
                    }
                    Err(error @ (StoreError::Database(_) | StoreError::Unavailable)) => Err(error),
                    outcome => Ok(Answer::Close(reply, outcome)),
                }
            }
        }
    }

    /// The answer to a node whose term is over (I20).
    fn refuse(self) -> Answer {
        match self {
            Self::Admit { reply, .. } => Answer::Admit(reply, Admission::Refused),
            Self::Post { postings, reply, .. } => {
                Answer::Post(reply, vec![PostingResult::Refused; postings.len()])
            }
            Self::Prove { reply, .. } => Answer::Prove(reply, Err(StoreError::TermOver)),
            Self::Close { reply, .. } => Answer::Close(reply, Err(StoreError::TermOver)),
        }
    }
}

impl Answer {
    /// Whether what the job wrote shall stay written.
    const fn stands(&self) -> bool {
        match self {
            Self::Admit(_, admission) => matches!(admission, Admission::Admitted),
            Self::Post(..) | Self::Prove(..) => true,
            Self::Close(_, outcome) => outcome.is_ok(),
        }
    }

    /// Sends it; whoever no longer waits asks again and hears the same.
    pub(crate) fn send(self) {
        match self {
            Self::Admit(reply, admission) => drop(reply.send(admission)),
            Self::Post(reply, results) => drop(reply.send(results)),
            Self::Prove(reply, outcome) => drop(reply.send(outcome)),
            Self::Close(reply, outcome) => drop(reply.send(outcome)),
        }
    }
}
