//! Runs suites side by side, each in a process of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::process::{Ended, logged, now};

/// A suite that is ready to run.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) command: Command,
    /// Where its output goes.
    pub(crate) log: PathBuf,
}

/// A suite that ran.
pub(crate) struct Ran {
    pub(crate) name: String,
    pub(crate) log: PathBuf,
    pub(crate) ended: Result<Ended, String>,
    pub(crate) took: Duration,
}

/// Runs at most `lanes` suites at once, beginning in their order, each for at most `limit`, and
/// hands each over as it ends.
pub(crate) fn run(suites: Vec<Suite>, lanes: usize, limit: Duration, done: impl FnMut(Ran)) {
    let queue = Mutex::new(suites.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, ended) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..lanes {
            let sender = sender.clone();
            scope.spawn(move || {
                while let Some(suite) = next() {
                    // The receiver waits until every lane is through.
                    drop(sender.send(suite.run(limit)));
                }
            });
        }
        drop(sender);
        ended.iter().for_each(done);
    });
}

impl Suite {
    fn run(self, limit: Duration) -> Ran {
        let Self { name, mut command, log } = self;
        let started = now();
        let ended = logged(&mut command, &log, limit);
        Ran { name, log, ended, took: now().duration_since(started) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(name: &str, script: &str) -> Suite {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let file = format!("linka-xtask-{}-lane-{name}.log", std::process::id());
        Suite { name: name.to_owned(), command, log: std::env::temp_dir().join(file) }
    }

    /// The names in the order of their ends, and whether each ended well.
    fn order(suites: Vec<Suite>, lanes: usize) -> Vec<(String, bool)> {
        let mut order = Vec::new();
        run(suites, lanes, Duration::from_secs(20), |ran| {
            std::fs::remove_file(&ran.log).unwrap();
            order.push((ran.name, ran.ended.unwrap().success));
        });
        order
    }

    fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
        names.iter().map(|&(name, success)| (name.to_owned(), success)).collect()
    }

    #[test]
    fn in_one_lane_suites_run_one_after_the_other() {
        let suites = vec![suite("slow", "sleep 0.2"), suite("broken", "exit 3"), suite("c", ":")];
        let expected = named(&[("slow", true), ("broken", false), ("c", true)]);
        assert_eq!(order(suites, 1), expected);
    }

    /// Each of the two ends only when the other has begun.
    #[test]
    fn two_lanes_run_two_suites_at_once() {
        let meeting = |own: &str, other: &str| {
            let place = std::env::temp_dir();
            let mark = |name: &str| place.join(format!("linka-lane-{}-{name}", std::process::id()));
            let (own, other) = (mark(own), mark(other));
            let (own, other) = (own.display(), other.display());
            format!("touch {own}; until [ -e {other} ]; do sleep 0.05; done; sleep 0.3; rm {own}")
        };
        let suites = vec![suite("left", &meeting("l", "r")), suite("right", &meeting("r", "l"))];
        let mut ended = order(suites, 2);
        ended.sort();
        assert_eq!(ended, named(&[("left", true), ("right", true)]));
    }
}
