//! Which lines are included in the plan and which pay (M15).

use linka_model::{LineKind, LineState};

use super::LineFacts;

/// So many landlines of an organisation cost nothing a month.
pub const INCLUDED_LANDLINES: usize = 3;

/// Whether a line pays for a period that begins at this instant: every toll-free line does, and
/// every landline but the oldest three that are active at that instant.
///
/// A line holds its place from its activation to its release, whether it is switched on or not: its
/// number is held. So a line moves up with the first of its own periods that begins after another
/// one was released.
pub fn pays(line: &LineFacts, all: &[LineFacts], at_ms: i64) -> bool {
    let is_landline = |line: &LineFacts| line.kind == LineKind::Landline;
    let age = |line: &LineFacts| (line.activated_ms, line.line);
    let older = all
        .iter()
        .filter(|other| is_landline(other) && is_active(other, at_ms) && age(other) < age(line));
    !is_landline(line) || older.count() >= INCLUDED_LANDLINES
}

/// Whether a line holds a number that it was activated with.
fn is_active(line: &LineFacts, at_ms: i64) -> bool {
    let activated = match line.state {
        LineState::ProcessingOrder | LineState::TopUpCredit | LineState::Rejected => false,
        LineState::Ready
        | LineState::PastDue
        | LineState::Suspended
        | LineState::ReleasePending
        | LineState::Released => line.activated_ms <= at_ms,
    };
    activated && line.released_ms.is_none_or(|released| at_ms < released)
}
