//! Warns of low credit (M10).

use linka_model::OrgId;

use super::Tools;
use crate::failure::Failure;

/// Organisations that are written in one transaction: ten thousand would not end in time, and would
/// keep all other writers waiting.
const AT_ONCE: usize = 100;

/// Writes down how many calls this node has turned away since the last round.
pub(super) async fn count(tools: &Tools) -> Result<String, Failure> {
    let mut refused: Vec<(OrgId, u32)> = tools.refusals.take();
    while !refused.is_empty() {
        let rest = refused.split_off(refused.len().min(AT_ONCE));
        if let Err(error) = tools.store.count_refused(&refused).await {
            tools.refusals.give_back(refused);
            tools.refusals.give_back(rest);
            return Err(error.into());
        }
        refused = rest;
    }
    Ok(String::new())
}

/// Looks at the credit of every organisation.
pub(super) async fn watch(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    let told = tools.store.watch_credit(now_ms).await?;
    Ok(if told == 0 { String::new() } else { format!("{told} organisations are warned") })
}
