//! Questions to the card provider: webhooks get lost.

use super::Tools;
use crate::failure::Failure;
use crate::payments::reconcile;

/// Asks about everything that is not settled. What a person has to look at is a failure.
pub(super) async fn round(tools: &Tools) -> Result<String, Failure> {
    let Some(provider) = &tools.card else { return Ok(String::new()) };
    let round = reconcile::all(&tools.store, provider).await?;
    if round.troubles.is_empty() {
        let asked = round.asked;
        return Ok(if asked == 0 {
            String::new()
        } else {
            format!("asked about {asked} purchases")
        });
    }
    Err(Failure::new(round.troubles.join("; ")))
}
