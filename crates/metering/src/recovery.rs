//! Settling the reservations of a call: at its end, and after a crash (rules M8, M13).

use linka_model::Micros;

use crate::{EntryId, Posting, Rate};

/// A reservation that is neither posted nor voided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenHold {
    /// Its name.
    pub hold: EntryId,
    /// What it holds.
    pub amount: Micros,
}

/// Settles a call whose node died: exactly the cost up to the last proof is posted, the rest is
/// given back (I8). Without any proof nothing is posted.
///
/// `proven_ms` is the last durable heartbeat, `posted` the sum of the posts that stand already, and
/// `open` the unresolved holds, oldest first. Repeating it gives the same postings.
pub fn recover(
    rate: Rate,
    proven_ms: Option<u64>,
    posted: Micros,
    open: &[OpenHold],
) -> Vec<Posting> {
    let cost = proven_ms.map_or(Micros::ZERO, |ms| rate.cost(Rate::billable_seconds(ms)));
    distribute(Micros(cost.0.saturating_sub(posted.0)), open)
}

/// Takes what is due out of the holds, oldest first, and resolves every one of them.
pub(crate) fn distribute(due: Micros, open: &[OpenHold]) -> Vec<Posting> {
    let mut left = due.0.max(0);
    open.iter()
        .map(|lease| {
            let taken = left.min(lease.amount.0);
            left -= taken;
            Posting::resolving(lease.hold, Micros(taken))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use linka_model::CallId;
    use uuid::Uuid;

    use super::*;

    fn hold(sequence: u32, amount: i64) -> OpenHold {
        let call = CallId(Uuid::from_u128(7));
        OpenHold { hold: EntryId::hold(call, sequence), amount: Micros(amount) }
    }

    fn by_minutes() -> Rate {
        Rate::new(Micros(1_200_000), (60, 60), Micros::ZERO, Micros::ZERO).unwrap()
    }

    #[test]
    fn a_crash_costs_what_the_last_heartbeat_proves_and_the_rest_is_given_back() {
        // 130 s are 3 minutes: 3.60; the first lease (to 180 s) holds just that.
        let open = [hold(0, 3_600_000), hold(1, 1_200_000)];
        let postings = recover(by_minutes(), Some(130_000), Micros::ZERO, &open);
        let expected = [
            Posting::resolving(open[0].hold, Micros(3_600_000)),
            Posting::resolving(open[1].hold, Micros::ZERO),
        ];
        assert_eq!(postings, expected);
    }

    #[test]
    fn what_was_posted_before_the_crash_is_not_posted_again() {
        // 190 s are 4 minutes: 4.80, of which 3.60 stand already.
        let open = [hold(1, 1_200_000), hold(2, 1_200_000)];
        let postings = recover(by_minutes(), Some(190_000), Micros(3_600_000), &open);
        assert_eq!(postings[0], Posting::resolving(open[0].hold, Micros(1_200_000)));
        assert_eq!(postings[1], Posting::resolving(open[1].hold, Micros::ZERO));
    }

    #[test]
    fn a_call_without_proof_costs_nothing() {
        let open = [hold(0, 3_600_000)];
        let postings = recover(by_minutes(), None, Micros::ZERO, &open);
        assert_eq!(postings, [Posting::resolving(open[0].hold, Micros::ZERO)]);
    }

    #[test]
    fn more_than_was_held_is_never_posted() {
        let open = [hold(0, 3_600_000)];
        let postings = recover(by_minutes(), Some(3_600_000), Micros::ZERO, &open);
        assert_eq!(postings, [Posting::resolving(open[0].hold, Micros(3_600_000))]);
    }
}
