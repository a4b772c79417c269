//! One look at an organisation: which fees are due, who is restored, who is suspended.

use linka_model::{LineId, LineKind, LineState, Micros};

use super::fee::{charge, falls_due, owing};
use super::{Anchor, Owed, Step, Zone, pays};

/// What is known of an organisation when its fees are looked at.
#[derive(Clone, Debug)]
pub struct OrgFacts {
    /// The zone in which its days are counted.
    pub zone: Zone,
    /// What it can spend: reservations of running calls are taken off.
    pub available: Micros,
    /// The last stamp in the books: time never runs backwards there (M14).
    pub last_ms: i64,
    /// The clock has jumped and nobody has looked at it yet: nothing is billed by it (O11).
    pub clock_alarm: bool,
}

/// What is known of one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFacts {
    /// Which line.
    pub line: LineId,
    /// Who pays for calls to it.
    pub kind: LineKind,
    /// When it became ready for the first time: the anchor of its periods.
    pub activated_ms: i64,
    /// When its number was released.
    pub released_ms: Option<i64>,
    /// Where it stands. The toggle does not matter: the number is held either way.
    pub state: LineState,
    /// Since when.
    pub since_ms: i64,
    /// The end of the last period that was charged or covered; `None` before the first.
    pub covered_until_ms: Option<i64>,
    /// What it owes.
    pub owed: Option<Owed>,
    /// The day of the last mail that was written in this state.
    pub mailed_day: Option<u32>,
    /// The monthly price that is in force when its next period begins.
    pub monthly: Micros,
    /// A person has confirmed that the number may go.
    pub release_confirmed: bool,
}

/// A step of one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineStep {
    /// Which line.
    pub line: LineId,
    /// What to do.
    pub step: Step,
}

/// What is to be done for the lines of an organisation now. Lines are served by age, and each gets
/// at most one period or one change of state: carry the steps out, all or none, and ask again until
/// nothing comes.
pub fn review(org: &OrgFacts, lines: &[LineFacts], now_ms: i64) -> Vec<LineStep> {
    if org.clock_alarm {
        return Vec::new();
    }
    let now_ms = now_ms.max(org.last_ms);
    let mut by_age: Vec<&LineFacts> = lines.iter().collect();
    by_age.sort_by_key(|line| (line.activated_ms, line.line));
    let mut available = org.available;
    let mut steps = Vec::new();
    for line in by_age {
        for step in line_steps(line, lines, &org.zone, available, now_ms) {
            if let Step::Charge { fee, .. } = step {
                available = available.checked_sub(fee).unwrap_or(Micros::ZERO);
            }
            steps.push(LineStep { line: line.line, step });
        }
    }
    steps
}

fn line_steps(
    line: &LineFacts,
    all: &[LineFacts],
    zone: &Zone,
    available: Micros,
    now_ms: i64,
) -> Vec<Step> {
    let anchor = Anchor::new(line.activated_ms, zone.clone());
    match line.state {
        LineState::Ready => due(line, all, &anchor, available, now_ms),
        LineState::PastDue | LineState::Suspended | LineState::ReleasePending => {
            let Some(owed) = line.owed else { return Vec::new() };
            let covered = anchor.period_at(now_ms).unwrap_or(owed.period);
            owing(line, owed, covered, available, now_ms)
        }
        LineState::ProcessingOrder
        | LineState::TopUpCredit
        | LineState::Released
        | LineState::Rejected => Vec::new(),
    }
}

/// The next period of a line, once it has begun. Until then what is paid is honoured, whatever the
/// credit.
fn due(
    line: &LineFacts,
    all: &[LineFacts],
    anchor: &Anchor,
    available: Micros,
    now_ms: i64,
) -> Vec<Step> {
    let start_ms = line.covered_until_ms.unwrap_or(line.activated_ms);
    let Some(period) = anchor.period_at(start_ms).filter(|_| start_ms <= now_ms) else {
        return Vec::new();
    };
    let fee = line.monthly;
    // A line is among the oldest by its activation, which may be later than the day's beginning.
    if fee <= Micros::ZERO || !pays(line, all, start_ms) {
        vec![Step::Cover(period)]
    } else if available >= fee {
        vec![charge(line, fee, period)]
    } else {
        falls_due(Owed { period, fee })
    }
}
