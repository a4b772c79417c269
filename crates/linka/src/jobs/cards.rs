//! Questions to the card provider: webhooks get lost.

use super::Tools;
use crate::failure::Failure;
use crate::payments::reconcile;

/// Asks about everything that is not settled. What a person has to look at is a failure.
pub(super) async fn round(tools: &Tools) -> Result<String, Failure> {
    let Some(provider) = &tools.card else { return Ok(String::new()) };
    let round = reconcile::all(&tools.store, provider).await?;
    match (round.troubles(), round.asked) {
        (Some(troubles), _) => Err(Failure::new(troubles)),
        (None, 0) => Ok(String::new()),
        (None, asked) => Ok(format!("asked about {asked} purchases")),
    }
}
