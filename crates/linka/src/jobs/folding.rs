//! Calls of 90 days ago become sums of a month (O9).

use super::Tools;
use crate::failure::Failure;

/// Folds what is old enough.
pub(super) async fn round(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let folded = tools.store.fold_calls(now_ms).await?;
    Ok(if folded == 0 { String::new() } else { format!("{folded} calls folded into sums") })
}
