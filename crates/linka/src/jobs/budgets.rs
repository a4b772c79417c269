//! Budgets of a new month (M20).

use super::Tools;
use crate::failure::Failure;

/// Begins the month of every budget where a new one has begun.
pub(super) async fn round(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let renewed = tools.store.renew_budgets(now_ms).await?;
    Ok(if renewed == 0 { String::new() } else { format!("{renewed} budgets of a new month") })
}
