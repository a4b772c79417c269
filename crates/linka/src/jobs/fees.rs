//! Monthly fees (M15, M16).

use linka_store::FeeRound;

use super::Tools;
use crate::failure::Failure;

/// Takes what is due of every organisation.
pub(super) async fn round(tools: &Tools, now_ms: i64) -> Result<String, Failure> {
    Ok(told(&tools.store.review_fees(now_ms).await?))
}

/// What a round did, in words; empty where there was nothing to do.
pub(crate) fn told(round: &FeeRound) -> String {
    let counts = [
        (round.charged, "fees taken"),
        (round.covered, "periods without a fee"),
        (round.owing, "lines past due"),
        (round.restored, "lines paid for and as before"),
        (round.suspended, "lines suspended"),
        (round.release_pending, "lines waiting for their release"),
        (round.released, "lines released"),
    ];
    let done = counts.into_iter().filter(|&(count, _)| count > 0);
    done.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_tells_what_it_did_and_nothing_else() {
        assert_eq!(told(&FeeRound::default()), "");
        let round = FeeRound { charged: 2, suspended: 1, ..FeeRound::default() };
        assert_eq!(told(&round), "2 fees taken, 1 lines suspended");
    }
}
