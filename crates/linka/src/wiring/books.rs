//! The books are audited every hour, and a row that does not add up raises an alarm.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use linka_console::Gauge;
use linka_engine::clock;
use linka_metering::calendar;
use linka_store::{Finding, Notice, Store};
use uuid::Uuid;

/// How often.
const EVERY: Duration = Duration::from_secs(3600);
/// So many findings of one audit are logged; `linka ledger audit` lists them all.
const LOGGED_MAX: usize = 20;

/// What the last audit found, for the monitoring.
#[derive(Debug, Default)]
pub(crate) struct Books {
    audits: AtomicU64,
    findings: AtomicU64,
}

impl Books {
    /// Audits now and then every hour, as long as anyone holds the result. A database that does not
    /// answer is no finding: the next audit is in an hour.
    pub(crate) fn watch(store: Store) -> Arc<Self> {
        let books = Arc::new(Self::default());
        let held = Arc::downgrade(&books);
        tokio::spawn(async move {
            while let Some(books) = held.upgrade() {
                books.audit(&store).await;
                drop(books);
                tokio::time::sleep_until(clock::wake_at(clock::now() + EVERY)).await;
            }
        });
        books
    }

    async fn audit(&self, store: &Store) {
        match store.audit_aloud(&mut |_| {}).await {
            Ok(audit) => {
                for finding in audit.findings.iter().take(LOGGED_MAX) {
                    tracing::error!(%finding, "the books do not add up");
                }
                alarm(store, &audit.findings).await;
                let listed = u64::try_from(audit.findings.len()).unwrap_or(u64::MAX);
                self.findings.store(listed.saturating_add(audit.unlisted), Ordering::Relaxed);
                self.audits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => tracing::warn!(%error, "the books could not be audited"),
        }
    }

    /// The figures of the last audit.
    pub(crate) fn gauges(&self) -> [Gauge; 2] {
        let gauge = |name, help, counter, value: &AtomicU64| {
            let value = value.load(Ordering::Relaxed);
            Gauge { name, help, counter, value }
        };
        [
            gauge("audits", "Audits of the books that were completed", true, &self.audits),
            gauge(
                "audit_findings",
                "Rows of the books that the last audit found wrong",
                false,
                &self.findings,
            ),
        ]
    }
}

/// Tells the operator, once a day.
async fn alarm(store: &Store, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let now_ms = clock::wall_ms();
    let name = format!("books alarm {}", calendar::day(now_ms));
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let findings = findings.iter().map(ToString::to_string).collect();
    if let Err(error) = store.tell(None, &Notice::BooksAlarm { findings }, id, now_ms).await {
        tracing::error!(%error, "the operator could not be told");
    }
}
