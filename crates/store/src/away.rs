//! How a node writes while its database is away: into its journal, and into the database again as
//! soon as it answers (M12).

use std::collections::BTreeSet;
use std::path::Path;

use linka_metering::{EntryId, Posting, PostingResult, calendar};
use linka_model::Micros;

use crate::database::PROBE_DEADLINE;
use crate::journal::{Journal, Record, plan};
use crate::outage::Outage;
use crate::poster::{Answer, Job};
use crate::replay::Short;
use crate::sql::Tx;
use crate::term::Term;
use crate::{Store, StoreError, ledger};

/// What the journal of a former run led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Replayed {
    /// Requests that were written into the database.
    pub written: usize,
    /// Requests that count no more: another node had settled these calls (I20).
    pub refused: usize,
    /// The byte at which a damaged frame begins. What stood before it was written; the file is kept
    /// as `ledger.journal.damaged`.
    pub damaged: Option<u64>,
}

/// So many holds are remembered: those of a thousand calls in an hour.
const GRANTED_MAX: usize = 60_000;

/// The journal of a node, and what it has promised.
#[derive(Debug)]
pub(crate) struct Fallback {
    /// `None` while a thread that may wait for the disk has it.
    journal: Option<Journal>,
    /// Holds that the journal has granted.
    granted: BTreeSet<EntryId>,
    pub(crate) short: Short,
    pub(crate) outage: Outage,
}

impl Fallback {
    /// Opens the journal of a directory. What a former run left in it is written first.
    pub(crate) async fn open(
        store: &Store,
        directory: &Path,
        outage: Outage,
    ) -> Result<(Self, Replayed), StoreError> {
        let journal = Some(Journal::open(directory)?);
        let mut fallback = Self { journal, granted: BTreeSet::new(), short: Short::new(), outage };
        let replayed = fallback.replay(store).await?;
        // Their calls are settled as those of a former term are.
        fallback.short.clear();
        Ok((fallback, replayed))
    }

    /// Whether the database is away, or was and does not hold the journal yet.
    pub(crate) fn is_on(&self) -> bool {
        self.outage.is_on()
    }

    /// Answers requests on the word of the journal; those that only the database can answer get no
    /// answer. Gives back the signs of life.
    pub(crate) async fn take(&mut self, term: &Term, batch: Vec<Job>) -> Vec<Job> {
        let (mut records, mut answers, mut signs) = (Vec::new(), Vec::new(), Vec::new());
        for job in batch {
            match job {
                // Without a block of credit in its hands a node admits nobody (M12).
                Job::Admit { .. } => {}
                Job::Prove { ref heartbeats, .. } if heartbeats.is_empty() => signs.push(job),
                Job::Prove { heartbeats, reply } => {
                    records.push(Record::prove(&heartbeats));
                    answers.push(Answer::Prove(reply, Ok(())));
                }
                Job::Post { postings, now_ms, reply } => {
                    let results = self.grant(&postings, now_ms, &mut records);
                    answers.push(Answer::Post(reply, results));
                }
                Job::Close { closing, now_ms, reply } => {
                    records.push(Record::close(&closing, calendar::hour_start(now_ms)));
                    let due = closing.postings.iter().map(due).sum();
                    answers.push(Answer::Close(reply, Ok(Micros(due))));
                }
            }
        }
        match self.append(term, records).await {
            Ok(()) => answers.into_iter().for_each(Answer::send),
            // Nobody hears an answer, so everybody asks again.
            Err(_) => self.granted.clear(),
        }
        signs
    }

    /// The answers to postings; what is granted is recorded.
    fn grant(
        &mut self,
        postings: &[Posting],
        now_ms: i64,
        records: &mut Vec<Record>,
    ) -> Vec<PostingResult> {
        let results: Vec<PostingResult> =
            postings.iter().map(|posting| self.grant_one(posting)).collect();
        let granted = postings.iter().zip(&results);
        let granted = granted.filter(|(_, result)| **result == PostingResult::Done);
        let postings: Vec<Posting> = granted.map(|(posting, _)| *posting).collect();
        if !postings.is_empty() {
            records.push(Record::Post { postings, hour_ms: calendar::hour_start(now_ms) });
        }
        results
    }

    fn grant_one(&mut self, posting: &Posting) -> PostingResult {
        let &Posting::Hold { id, call, org, amount, .. } = posting else {
            return PostingResult::Done;
        };
        if self.short.contains(&call) {
            return PostingResult::Refused;
        }
        if self.granted.contains(&id) || self.outage.spend(org, amount) {
            if self.granted.len() >= GRANTED_MAX {
                self.granted.pop_first();
            }
            self.granted.insert(id);
            return PostingResult::Done;
        }
        PostingResult::Unavailable
    }

    /// Writes a posting into the database that is there. What the journal has granted stands, under
    /// whichever code; for a call that came up short nothing more is reserved.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx<'_>,
        posting: &Posting,
        hour_ms: i64,
    ) -> Result<PostingResult, StoreError> {
        match posting {
            Posting::Hold { call, .. } if self.short.contains(call) => Ok(PostingResult::Refused),
            Posting::Hold { id, .. } if self.granted.contains(id) => {
                ledger::reserve_afterwards(tx, posting, hour_ms).await
            }
            Posting::Hold { .. } | Posting::Post { .. } | Posting::Void { .. } => {
                ledger::apply(tx, posting, hour_ms).await
            }
        }
    }

    /// Puts records on the disk, behind the name of the term.
    async fn append(&mut self, term: &Term, mut records: Vec<Record>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut journal = self.journal()?;
        if journal.is_empty() {
            records.insert(0, Record::term(term));
        }
        let (journal, appended) = on_disk(move || {
            let appended = journal.append(&records);
            (journal, appended)
        })
        .await?;
        self.journal = Some(journal);
        appended
    }

    /// Asks the database whether it is there, and writes the journal into it before anything else.
    pub(crate) async fn recover(&mut self, store: &Store) -> Result<(), StoreError> {
        let probe = tokio::time::timeout(PROBE_DEADLINE, store.begin()).await;
        drop(probe.map_err(|_| StoreError::Unavailable)??);
        self.replay(store).await?;
        self.outage.end();
        Ok(())
    }

    async fn replay(&mut self, store: &Store) -> Result<Replayed, StoreError> {
        let mut journal = self.journal()?;
        let (mut journal, held) = on_disk(move || {
            let held = journal.read();
            (journal, held)
        })
        .await?;
        let outcome = match held {
            Ok(held) => {
                let damaged = held.damaged;
                let outcome = self.write(store, held.records).await;
                outcome.map(|replayed| Replayed { damaged, ..replayed })
            }
            Err(error) => Err(error),
        };
        let kept = match &outcome {
            Ok(Replayed { damaged: Some(_), .. }) => journal.set_aside(),
            Ok(_) if !journal.is_empty() => journal.clear(),
            Ok(_) | Err(_) => Ok(()),
        };
        self.journal = Some(journal);
        kept.and(outcome)
    }

    async fn write(&mut self, store: &Store, records: Vec<Record>) -> Result<Replayed, StoreError> {
        let Some((term, records)) = plan(records) else { return Ok(Replayed::default()) };
        let count = records.len();
        match store.replay(&term, &records, &mut self.short).await {
            Ok(()) => Ok(Replayed { written: count, ..Replayed::default() }),
            Err(StoreError::TermOver) => Ok(Replayed { refused: count, ..Replayed::default() }),
            Err(error) => Err(error),
        }
    }

    fn journal(&mut self) -> Result<Journal, StoreError> {
        self.journal.take().ok_or(StoreError::Unavailable)
    }
}

/// What a posting takes.
fn due(posting: &Posting) -> i64 {
    match posting {
        Posting::Post { amount, .. } => amount.0,
        Posting::Hold { .. } | Posting::Void { .. } => 0,
    }
}

/// Waits for the disk where that holds up nobody.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Unavailable)
}
