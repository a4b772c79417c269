//! What the last audit of the books found, and the alarm where a row does not add up.

use core::sync::atomic::{AtomicU64, Ordering};

use linka_console::Gauge;
use linka_metering::calendar;
use linka_store::{Finding, Notice, Store};
use uuid::Uuid;

use crate::failure::Failure;

/// So many findings of one audit are logged; `linka ledger audit` lists them all.
const LOGGED_MAX: usize = 20;

/// What the last audit found, for the monitoring.
#[derive(Debug, Default)]
pub(crate) struct Books {
    audits: AtomicU64,
    findings: AtomicU64,
}

impl Books {
    /// Audits once; says in words what is wrong, and nothing where nothing is. A database that does
    /// not answer is no finding.
    pub(crate) async fn audit(&self, store: &Store, now_ms: i64) -> Result<String, Failure> {
        let audit = store.audit_aloud(&mut |_| {}).await?;
        for finding in audit.findings.iter().take(LOGGED_MAX) {
            tracing::error!(%finding, "the books do not add up");
        }
        alarm(store, &audit.findings, now_ms).await;
        let listed = u64::try_from(audit.findings.len()).unwrap_or(u64::MAX);
        let findings = listed.saturating_add(audit.unlisted);
        self.findings.store(findings, Ordering::Relaxed);
        self.audits.fetch_add(1, Ordering::Relaxed);
        let wrong =
            || format!("{findings} rows of the books do not add up: see `linka ledger audit`");
        Ok(if findings == 0 { String::new() } else { wrong() })
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
async fn alarm(store: &Store, findings: &[Finding], now_ms: i64) {
    if findings.is_empty() {
        return;
    }
    let name = format!("books alarm {}", calendar::day(now_ms));
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let findings = findings.iter().map(ToString::to_string).collect();
    if let Err(error) = store.tell(None, &Notice::BooksAlarm { findings }, id, now_ms).await {
        tracing::error!(%error, "the operator could not be told");
    }
}
