//! What is fixed when a call starts.

use core::time::Duration;

use linka_model::{Lang, PromptKey};

/// A line as its callers meet it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Languages in spoken order, the default first. Empty counts as English only.
    pub languages: Vec<Lang>,
    /// Ids of the categories in spoken order. Fewer than two ask no question.
    pub categories: Vec<String>,
    /// Ids of the units in spoken order. Fewer than two ask no question.
    pub units: Vec<String>,
    /// Whether speech can be transcribed; if not, the consent question has two answers
    /// (decision 23).
    pub has_transcriber: bool,
    /// Whether the case code is read before the recording too: where the line says so, or where the
    /// credit does not cover ten minutes (decision 13).
    pub code_first: bool,
    /// The country's prompt that says how and when the answer can be heard (decision 24).
    pub next_steps: PromptKey,
    /// How much a call may take.
    pub limits: Limits,
    /// How long the line waits.
    pub waits: Waits,
}

impl Script {
    /// The language of a caller who chooses none.
    pub fn default_language(&self) -> Lang {
        self.languages.first().copied().unwrap_or(Lang::EN)
    }
}

/// How much a call may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Length of one part.
    pub part: Duration,
    /// Length of all parts together.
    pub total: Duration,
    /// Number of parts.
    pub parts: usize,
    /// Length of the call.
    pub call: Duration,
    /// How long before the end of a part the caller is told.
    pub warning: Duration,
    /// The shortest part, in length and in speech, that is not asked for again (decision 16).
    pub shortest_part: Duration,
    /// The least speech that is a report (decision 16).
    pub shortest_report: Duration,
    /// How long before a boundary (credit, length of the call) the short ending starts
    /// (decision 21).
    pub closing: Duration,
    /// How often a question is asked.
    pub tries: u8,
    /// How often a recording may be empty.
    pub empty_parts: u8,
    /// How often "are you still there" is asked in a part.
    pub still_there: u8,
    /// How often review menu, code menu and pause are repeated.
    pub repeats: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            part: minutes(10),
            total: minutes(120),
            parts: 99,
            call: minutes(150),
            warning: Duration::from_secs(30),
            shortest_part: Duration::from_secs(3),
            shortest_report: Duration::from_secs(1),
            closing: Duration::from_secs(50),
            tries: 3,
            empty_parts: 3,
            still_there: 2,
            repeats: 2,
        }
    }
}

/// How long the line waits, counted from the end of the prompt unless it says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    /// From the first RTP packet to the greeting (decision 26).
    pub greeting: Duration,
    /// From the 2xx to the greeting at the latest (decision 26).
    pub greeting_latest: Duration,
    /// Language menu.
    pub language: Duration,
    /// Category, unit, consent, offer to record now.
    pub menu: Duration,
    /// Review menu.
    pub review: Duration,
    /// After "take a pen".
    pub pen: Duration,
    /// Code menu.
    pub code: Duration,
    /// After `chosen`: `*` takes the choice back.
    pub take_back: Duration,
    /// Paused recording.
    pub pause: Duration,
    /// Silence until "are you still there".
    pub still_there: Duration,
    /// Silence that ends the recording.
    pub silence: Duration,
    /// Between two stars that leave the call (decision 26).
    pub double_star: Duration,
    /// Between the options of a menu that is read slowly.
    pub slow: Duration,
    /// Between `farewell` and the end of the call.
    pub goodbye: Duration,
    /// Until [`Event::Recorded`](crate::Event::Recorded) counts as missing.
    pub recorder: Duration,
    /// The earlier of the two spoken warnings, before a recording is stopped (decision 21).
    pub last_minute: Duration,
    /// The later one.
    pub last_seconds: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            greeting: Duration::from_millis(600),
            greeting_latest: seconds(1),
            language: seconds(4),
            menu: seconds(7),
            review: seconds(10),
            pen: seconds(60),
            code: seconds(20),
            take_back: seconds(2),
            pause: seconds(120),
            still_there: seconds(10),
            silence: seconds(60),
            double_star: seconds(1),
            slow: Duration::from_millis(600),
            goodbye: seconds(2),
            recorder: seconds(5),
            last_minute: seconds(60),
            last_seconds: seconds(15),
        }
    }
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
