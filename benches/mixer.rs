//! How many legs a core carries, with every frame of every leg checked while it is measured.
//!
//! `cargo bench --bench mixer` runs 3, 30, 300 and 900 legs on one media thread and on two;
//! `-- 300` runs that size alone. The telephones work on the same machine and take the larger part of
//! its time: a media thread that waits for a core while it is at work looks dearer than it is.

use core::hint::black_box;
use core::time::Duration;
use std::process::ExitCode;

use linka_audio::{FRAME, Frame, Mixer};
use linka_engine::clock;
use load::{Outcome, Plan, run};

const SIZES: [usize; 4] = [3, 30, 300, 900];
/// A run has twelve beats: 4.8 s.
const BEAT: Duration = Duration::from_millis(400);
/// Percent of the frames in quiet stretches that must be full mixes.
const EXACT_MIN: f64 = 95.0;
/// Percent of all frames that must be sent at all: below, the machine does not carry so many legs.
const ARRIVED_MIN: f64 = 95.0;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench is there to print figures")]
fn main() -> ExitCode {
    println!("mixer alone: {:.0} ns a leg-frame in rooms of three", mixer_alone_ns());
    let mut good = true;
    for legs in sizes() {
        for threads in [1, 2] {
            match run(&Plan { legs, threads, beat: BEAT }) {
                Ok(outcome) => {
                    println!("{outcome}");
                    good &= passes(&outcome);
                }
                Err(error) => {
                    eprintln!("{legs} legs cannot be opened: {error}; is `ulimit -n` 1024?");
                    good = false;
                }
            }
        }
    }
    if good {
        return ExitCode::SUCCESS;
    }
    eprintln!("failed: a wrong or missed mix, less than {EXACT_MIN} % exact in quiet stretches,");
    eprintln!("or less than {ARRIVED_MIN} % arrived: too many legs for this machine");
    ExitCode::FAILURE
}

fn passes(outcome: &Outcome) -> bool {
    outcome.wrong == 0
        && outcome.missed == 0
        && outcome.quiet_share() >= EXACT_MIN
        && outcome.arrived_share() >= ARRIVED_MIN
}

/// The sizes asked for, or all. `cargo test --benches` does not say `--bench` and gets the smallest.
fn sizes() -> Vec<usize> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked: Vec<usize> = arguments.iter().filter_map(|text| text.parse().ok()).collect();
    if !asked.is_empty() {
        return asked;
    }
    let measures = arguments.iter().any(|text| text == "--bench");
    if measures { SIZES.to_vec() } else { SIZES[..1].to_vec() }
}

/// Median over many batches of one tick of a room of three, for each of its legs.
fn mixer_alone_ns() -> f64 {
    const BATCH: u32 = 1_000;
    let frames: [Frame; 3] = [[1_000; FRAME], [-7_000; FRAME], [30_000; FRAME]];
    let mut mixer = Mixer::new(3);
    let mut batches: Vec<Duration> = (0..101)
        .map(|_| {
            let begun = clock::now();
            for _ in 0..BATCH {
                tick(&mut mixer, black_box(&frames));
            }
            clock::now().saturating_sub(begun)
        })
        .collect();
    batches.sort_unstable();
    let median = batches[batches.len() / 2];
    median.as_secs_f64() * 1e9 / f64::from(BATCH) / frames.len() as f64
}

fn tick(mixer: &mut Mixer, frames: &[Frame]) {
    mixer.clear();
    for frame in frames {
        mixer.add(frame);
    }
    for frame in frames {
        black_box(mixer.minus(frame));
    }
}
