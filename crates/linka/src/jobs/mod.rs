//! What a node does by itself, now and then: one file a job, one table of all, one runner.
//!
//! Jobs find what is to be done in the books and not in memory: a round that was missed, or run by
//! hand, or on two nodes at once, does no harm.

mod budgets;
mod cards;
mod credit;
pub(crate) mod fees;
mod folding;
mod mails;
mod numbers;
mod steady;

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

use linka_engine::clock;
use linka_store::Store;
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::mails::Post;
use crate::payments::card::CardProvider;
use crate::wiring::{Books, Refusals};
use steady::Steady;

/// What jobs work with.
pub(crate) struct Tools {
    pub(crate) store: Store,
    pub(crate) post: Post,
    /// Calls that this node turned away for want of credit.
    pub(crate) refusals: Arc<Refusals>,
    /// What the last audit found.
    pub(crate) books: Arc<Books>,
    /// Who is asked about cards, where they are configured.
    pub(crate) card: Option<Arc<CardProvider>>,
}

/// What a round did, in words; empty where there was nothing to do.
type Round<'a> = Pin<Box<dyn Future<Output = Result<String, Failure>> + Send + 'a>>;

/// Something that is done now and then.
pub(crate) struct Job {
    /// As `linka jobs run` names it.
    pub(crate) name: &'static str,
    /// What it does, for people.
    pub(crate) about: &'static str,
    /// How often, a tenth more or less.
    pub(crate) period: Duration,
    /// Whether it waits while the wall clock is not to be trusted (O11).
    by_the_calendar: bool,
    /// One round of bounded length, at an instant of the wall clock in milliseconds since 1970.
    round: for<'a> fn(&'a Tools, i64) -> Round<'a>,
}

/// The one by which mails go out.
const MAILS: &str = "mails";
/// The one that looks at what calls have left of credit.
const CREDIT: &str = "credit";

/// All jobs.
pub(crate) static JOBS: [Job; 9] = [
    Job {
        name: MAILS,
        about: "sends the mails that are due",
        period: Duration::from_secs(15),
        by_the_calendar: false,
        round: |tools, now_ms| Box::pin(mails::round(tools, now_ms)),
    },
    Job {
        name: "refusals",
        about: "writes down how many calls were turned away for want of credit",
        period: Duration::from_secs(60),
        by_the_calendar: false,
        round: |tools, _| Box::pin(credit::count(tools)),
    },
    Job {
        name: CREDIT,
        about: "puts warnings of low credit into the outbox",
        period: Duration::from_secs(3600),
        by_the_calendar: true,
        round: |tools, now_ms| Box::pin(credit::watch(tools, now_ms)),
    },
    Job {
        name: "budgets",
        about: "begins the month of budgets",
        period: Duration::from_secs(3600),
        by_the_calendar: true,
        round: |tools, now_ms| Box::pin(budgets::round(tools, now_ms)),
    },
    Job {
        name: "fees",
        about: "takes monthly fees that are due, and suspends lines that owe them",
        period: Duration::from_secs(3600),
        by_the_calendar: true,
        round: |tools, now_ms| Box::pin(fees::round(tools, now_ms)),
    },
    Job {
        name: "numbers",
        about: "frees numbers whose rest is over",
        period: Duration::from_secs(3600),
        by_the_calendar: true,
        round: |tools, now_ms| Box::pin(numbers::round(tools, now_ms)),
    },
    Job {
        name: "cards",
        about: "asks the card provider about purchases and refunds that are not settled",
        period: Duration::from_secs(3600),
        by_the_calendar: false,
        round: |tools, _| Box::pin(cards::round(tools)),
    },
    Job {
        name: "folding",
        about: "keeps calls of 90 days ago as sums of a month",
        period: Duration::from_secs(3600),
        by_the_calendar: true,
        round: |tools, now_ms| Box::pin(folding::round(tools, now_ms)),
    },
    Job {
        name: "audit",
        about: "recomputes the books and raises an alarm where they do not add up",
        period: Duration::from_secs(3600),
        by_the_calendar: false,
        round: |tools, now_ms| Box::pin(tools.books.audit(&tools.store, now_ms)),
    },
];

impl Job {
    /// The job of this name.
    pub(crate) fn named(name: &str) -> Result<&'static Self, Failure> {
        JOBS.iter().find(|job| job.name == name).ok_or_else(|| {
            let names: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
            Failure::new(format!("there is no job `{name}`; there are {}", names.join(", ")))
        })
    }

    /// Whether it looks just after the hour, whenever the node was started: what a mail tells of
    /// calls then does not say in which minute they were (O9).
    fn is_on_the_hour(&self) -> bool {
        self.name == CREDIT
    }

    fn until_next(&self, now_ms: i64) -> Duration {
        if self.is_on_the_hour() {
            to_the_hour(now_ms) + spread(Duration::from_secs(60), clock::seed())
        } else {
            around(self.period, clock::seed())
        }
    }

    /// Whether mails go out by it.
    pub(crate) fn sends_mails(&self) -> bool {
        self.name == MAILS
    }

    /// Runs it once, whatever its period and the clock.
    pub(crate) async fn once(&self, tools: &Tools) -> Result<String, Failure> {
        (self.round)(tools, clock::wall_ms()).await
    }

    /// Runs it for ever. The first round comes within a minute, so that nodes that start together
    /// do not work together.
    async fn run(&self, tools: &Tools) {
        let mut steady = Steady::new(clock::now(), clock::wall_ms());
        let mut wait = if self.is_on_the_hour() {
            self.until_next(clock::wall_ms())
        } else {
            spread(self.period.min(Duration::from_secs(60)), clock::seed())
        };
        loop {
            tokio::time::sleep(wait).await;
            let now_ms = clock::wall_ms();
            wait = self.until_next(now_ms);
            if !steady.is_steady(clock::now(), now_ms) && self.by_the_calendar {
                tracing::warn!(job = self.name, "the wall clock jumped: the job waits for an hour");
                continue;
            }
            match (self.round)(tools, now_ms).await {
                Ok(done) if done.is_empty() => {}
                Ok(done) => tracing::info!(job = self.name, "{done}"),
                Err(error) => {
                    tracing::warn!(job = self.name, %error, "a job failed; it comes again")
                }
            }
        }
    }
}

/// Runs all jobs, each in a task of its own, until what is given back is dropped.
pub(crate) fn run(tools: Tools) -> JoinSet<()> {
    let tools = Arc::new(tools);
    let mut running = JoinSet::new();
    for job in &JOBS {
        let tools = Arc::clone(&tools);
        running.spawn(async move { job.run(&tools).await });
    }
    running
}

/// Until the next full hour.
fn to_the_hour(now_ms: i64) -> Duration {
    const HOUR_MS: i64 = 3_600_000;
    Duration::from_millis(HOUR_MS.saturating_sub(now_ms.rem_euclid(HOUR_MS)).unsigned_abs())
}

/// Somewhere in a period.
fn spread(period: Duration, dice: u64) -> Duration {
    let share = u128::from(dice % 1000);
    let ms = period.as_millis().saturating_mul(share) / 1000;
    Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// A period, a tenth more or less.
fn around(period: Duration, dice: u64) -> Duration {
    period - period / 10 + spread(period / 5, dice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_a_tenth_more_or_less_than_a_period_apart() {
        let hour = Duration::from_secs(3600);
        // 3600 s less 360 s; and 999 thousandths of 720 s more.
        assert_eq!(around(hour, 0), Duration::from_secs(3240));
        assert_eq!(around(hour, 500), hour);
        assert_eq!(around(hour, 999), Duration::from_millis(3_240_000 + 719_280));
        assert_eq!(spread(hour, u64::MAX), Duration::from_millis(2_214_000));
    }

    #[test]
    fn credit_is_looked_at_in_the_first_minute_of_an_hour() {
        // 2026-11-24T05:35:35Z: 24 min 25 s before six; at six, a whole hour before seven.
        assert_eq!(to_the_hour(1_795_498_535_000), Duration::from_secs(24 * 60 + 25));
        assert_eq!(to_the_hour(1_795_500_000_000), Duration::from_secs(3600));
        let job = Job::named("credit").unwrap();
        let wait = job.until_next(1_795_498_535_000);
        assert!((1465..1525).contains(&wait.as_secs()), "{wait:?}");
    }

    #[test]
    fn every_job_is_found_by_its_name_and_no_other() {
        for job in &JOBS {
            assert_eq!(Job::named(job.name).unwrap().about, job.about);
        }
        let missing = Job::named("none").err().unwrap().to_string();
        assert!(missing.contains("mails, refusals, credit"), "{missing}");
    }
}
