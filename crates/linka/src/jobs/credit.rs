//! Warns of low credit (M10).

use linka_model::OrgId;

use super::Tools;
use crate::failure::Failure;

/// Writes down how many calls this node has turned away since the last round.
pub(super) async fn count(tools: &Tools) -> Result<String, Failure> {
    let refused: Vec<(OrgId, u32)> = tools.refusals.take();
    if refused.is_empty() {
        return Ok(String::new());
    }
    if let Err(error) = tools.store.count_refused(&refused).await {
        tools.refusals.give_back(refused);
        return Err(error.into());
    }
    Ok(String::new())
}

/// Looks at the credit of every organisation.
pub(super) async fn watch(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let told = tools.store.watch_credit(now_ms).await?;
    Ok(if told == 0 { String::new() } else { format!("{told} organisations are warned") })
}
