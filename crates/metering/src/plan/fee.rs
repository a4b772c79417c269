//! The life of a line whose fee cannot be paid (M16): past due, suspended, waiting for release.

use linka_model::{LineState, Micros};

use super::{LineFacts, Period};
use crate::EntryId;

const DAY_MS: i64 = 86_400_000;
/// Days of being past due on which the organisation is written to.
const PAST_DUE_MAILS: [u32; 3] = [0, 3, 6];
/// So long a line that owes its fee is still reachable.
const PAST_DUE_DAYS: u32 = 7;
/// So long it is not, and the number is kept.
const SUSPENDED_DAYS: u32 = 60;
/// So long at least a person has to think before a number may go.
const RELEASE_PENDING_DAYS: u32 = 14;
/// While a line waits for its release, the organisation is written to so often.
const RELEASE_MAIL_DAYS: u32 = 7;

/// What a line owes: one fee, however long it is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owed {
    /// The period that could not be paid.
    pub period: Period,
    /// Its fee.
    pub fee: Micros,
}

/// What is to be written to an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FeeMail {
    /// The fee could not be paid; the line works on until it has been owed for 7 days.
    Due {
        /// Which of the mails: that of this day since the line entered its state.
        day: u32,
    },
    /// Calls are refused now; the number is kept.
    Suspended,
    /// The number may be released once a person confirms it.
    ReleasePending {
        /// Which of the mails: that of this day since the line entered its state.
        day: u32,
    },
    /// The fee was paid and the line is as before.
    Restored,
    /// The number is gone.
    Released,
}

/// One thing to be done for a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Post the fee, from the organisation's credit to `revenue:monthly`; the line is covered to
    /// the end of the period, and owes nothing.
    Charge {
        /// Names the entry: the same line and start are the same charge.
        entry: EntryId,
        /// How much.
        fee: Micros,
        /// What it pays for.
        period: Period,
    },
    /// The line is covered to the end of the period without a fee.
    Cover(Period),
    /// The line owes this from now on.
    Owe(Owed),
    /// The line changes its state now; no mail of the new state is written yet.
    Enter(LineState),
    /// Write to the organisation, and keep the day of the mail, where it has one.
    Mail(FeeMail),
}

/// What a line that owes a fee comes to, given what its organisation can pay now.
///
/// Every step is told from the time since the line entered its state, so a program that was away
/// for days does in one go what is due, and writes one mail instead of three.
pub(super) fn owing(
    line: &LineFacts,
    owed: Owed,
    covered: Period,
    available: Micros,
    now_ms: i64,
) -> Vec<Step> {
    if available >= owed.fee && line.state != LineState::Released {
        return restored(line, owed, covered);
    }
    let days = now_ms.saturating_sub(line.since_ms).max(0) / DAY_MS;
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    match line.state {
        LineState::PastDue if days >= PAST_DUE_DAYS => {
            vec![Step::Enter(LineState::Suspended), Step::Mail(FeeMail::Suspended)]
        }
        LineState::PastDue => {
            let due = PAST_DUE_MAILS.into_iter().filter(|&day| day <= days).max();
            mail_once(line, due, |day| FeeMail::Due { day })
        }
        LineState::Suspended if days >= SUSPENDED_DAYS => {
            let mail = Step::Mail(FeeMail::ReleasePending { day: 0 });
            vec![Step::Enter(LineState::ReleasePending), mail]
        }
        LineState::ReleasePending if line.release_confirmed && days >= RELEASE_PENDING_DAYS => {
            vec![Step::Enter(LineState::Released), Step::Mail(FeeMail::Released)]
        }
        LineState::ReleasePending => {
            let due = days / RELEASE_MAIL_DAYS * RELEASE_MAIL_DAYS;
            mail_once(line, Some(due), |day| FeeMail::ReleasePending { day })
        }
        LineState::Suspended
        | LineState::ProcessingOrder
        | LineState::TopUpCredit
        | LineState::Ready
        | LineState::Released
        | LineState::Rejected => Vec::new(),
    }
}

/// One fee is paid, whatever time has passed, and covers the period in which it is paid: for the
/// time that a line was not reachable nothing more is asked.
fn restored(line: &LineFacts, owed: Owed, covered: Period) -> Vec<Step> {
    let period =
        Period { start_ms: owed.period.start_ms, end_ms: covered.end_ms.max(owed.period.end_ms) };
    let paid = charge(line, owed.fee, period);
    vec![paid, Step::Enter(LineState::Ready), Step::Mail(FeeMail::Restored)]
}

/// The posting of a fee.
pub(super) fn charge(line: &LineFacts, fee: Micros, period: Period) -> Step {
    Step::Charge { entry: EntryId::fee(line.line, period.start_ms), fee, period }
}

/// A line that cannot pay begins to owe.
pub(super) fn falls_due(owed: Owed) -> Vec<Step> {
    let mail = Step::Mail(FeeMail::Due { day: 0 });
    vec![Step::Owe(owed), Step::Enter(LineState::PastDue), mail]
}

/// The mail of a day, unless it or a later one was written.
fn mail_once(line: &LineFacts, due: Option<u32>, mail: fn(u32) -> FeeMail) -> Vec<Step> {
    let due = due.filter(|&day| line.mailed_day.is_none_or(|last| last < day));
    due.map(|day| Step::Mail(mail(day))).into_iter().collect()
}
