//! What has been recorded in a call so far.

use core::time::Duration;

/// The kept parts and whether they were handed in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    parts: Vec<Part>,
    started: u32,
    submitted: bool,
}

/// A part that holds enough to be kept.
#[derive(Clone, Copy, Debug)]
struct Part {
    number: u32,
    length: Duration,
    /// The caller heard that it was too short.
    asked_again: bool,
}

impl Report {
    /// The number of the next part; each is used once.
    pub(crate) fn next_part(&mut self) -> u32 {
        self.started = self.started.saturating_add(1);
        self.started
    }

    /// Keeps a part that has ended.
    pub(crate) fn keep(&mut self, number: u32, length: Duration) {
        self.parts.push(Part { number, length, asked_again: false });
    }

    /// The caller is asked for this part again; what it holds is kept, if anything is.
    pub(crate) fn ask_again(&mut self, number: u32) {
        if let Some(part) = self.parts.last_mut().filter(|part| part.number == number) {
            part.asked_again = true;
        }
    }

    /// Forgets the last part and those just before it that were asked for again. Their numbers,
    /// the last one first.
    pub(crate) fn forget_last(&mut self) -> Vec<u32> {
        let before = self.parts.len().saturating_sub(1);
        let earlier = self.parts.iter().take(before).rev();
        let tries = earlier.take_while(|part| part.asked_again).count();
        let kept = before.saturating_sub(tries);
        self.parts.drain(kept..).rev().map(|part| part.number).collect()
    }

    /// Length of all kept parts together.
    pub(crate) fn length(&self) -> Duration {
        self.parts.iter().map(|part| part.length).fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Number of kept parts.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Whether it was handed in.
    pub(crate) const fn is_submitted(&self) -> bool {
        self.submitted
    }

    /// Marks it as handed in if there is something that was not: true exactly once.
    pub(crate) fn submit(&mut self) -> bool {
        let due = !self.submitted && !self.parts.is_empty();
        self.submitted |= due;
        due
    }
}
