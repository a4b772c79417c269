//! What goes wrong again and again is said the first time, the second, the fourth, the eighth …

use crate::StoreError;

/// The last failure of one task, and how often it came in a row.
#[derive(Debug)]
pub(crate) struct Complaint {
    what: String,
    times: u64,
}

impl Complaint {
    pub(crate) const fn none_yet() -> Self {
        Self { what: String::new(), times: 0 }
    }

    /// Logs a failure, unless the same was said often enough already.
    pub(crate) fn say(&mut self, what: &str, error: &StoreError) {
        let text = format!("{what}: {error}");
        if self.is_due(&text) {
            tracing::error!(times = self.times, "{text}");
        }
    }

    fn is_due(&mut self, text: &str) -> bool {
        if self.what != text {
            text.clone_into(&mut self.what);
            self.times = 0;
        }
        self.times += 1;
        self.times.is_power_of_two()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_ever_more_rarely_and_something_new_at_once() {
        let mut complaint = Complaint::none_yet();
        let said = (1..=100).filter(|_| complaint.is_due("full")).count();
        // The 1st, 2nd, 4th, 8th, 16th, 32nd and 64th time.
        assert_eq!(said, 7);
        assert!(complaint.is_due("gone"));
        assert!(complaint.is_due("full"));
    }
}
