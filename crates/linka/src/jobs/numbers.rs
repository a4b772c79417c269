//! Numbers that have rested long enough (decision 18).

use super::Tools;
use crate::failure::Failure;

/// So many numbers are freed in a round.
const FREED_MAX: u32 = 1_000;

/// Frees the numbers whose quarantine is over.
pub(super) async fn round(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let freed = tools.store.end_quarantines(now_ms, FREED_MAX).await?.len();
    Ok(if freed == 0 { String::new() } else { format!("{freed} numbers are free again") })
}
