//! One call of the small telephone, as it goes on.

use std::path::Path;
use std::time::Duration;

use linka_engine::{Phone, PhoneEvent, clock};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use super::script::{Script, Step, keys};
use crate::failure::Failure;
use crate::output;

/// Between two keys that are pressed in a row.
const KEY_GAP: Duration = Duration::from_millis(300);

/// What came of the call.
pub(crate) struct Outcome {
    pub(crate) answered: bool,
    /// What was heard, 8 kHz.
    pub(crate) heard: Vec<i16>,
}

/// A call in progress.
pub(crate) struct Session {
    phone: Phone,
    json: bool,
    begun: Duration,
    limit: Duration,
    answered: bool,
    heard: Vec<i16>,
    /// Since when the line has been speaking or silent.
    speaking: bool,
    since: Duration,
    keyboard: Option<Lines<BufReader<Stdin>>>,
}

/// What the script is waiting for.
enum Waiting {
    Nothing,
    Speech { until: Duration },
    Silence { length: Duration, until: Duration },
    Said,
    Time { until: Duration },
    Keys { left: Vec<u8>, next: Duration },
}

impl Session {
    pub(crate) fn new(phone: Phone, json: bool, limit_s: u64) -> Self {
        let begun = clock::now();
        Self {
            phone,
            json,
            begun,
            limit: Duration::from_secs(limit_s),
            answered: false,
            heard: Vec::new(),
            speaking: false,
            since: begun,
            keyboard: None,
        }
    }

    /// Runs the call to its end.
    pub(crate) async fn run(mut self, script: Option<Script>) -> Outcome {
        let mut steps = script.unwrap_or_else(|| {
            self.keyboard = Some(BufReader::new(tokio::io::stdin()).lines());
            Script(std::collections::VecDeque::new())
        });
        let scripted = self.keyboard.is_none();
        let mut waiting = Waiting::Nothing;
        loop {
            let wake = self.wake(&waiting);
            tokio::select! {
                event = self.phone.next() => match event {
                    Some(event) => self.take(event, &mut waiting),
                    None => break,
                },
                typed = next_line(&mut self.keyboard) => self.typed(typed).await,
                () = tokio::time::sleep_until(clock::wake_at(wake)) => {}
            }
            if clock::now() >= self.begun + self.limit {
                self.phone.hang_up().await;
            }
            if self.answered && scripted {
                self.follow(&mut steps, &mut waiting).await;
            }
        }
        Outcome { answered: self.answered, heard: self.heard }
    }

    fn wake(&self, waiting: &Waiting) -> Duration {
        let limit = self.begun + self.limit;
        let step = match waiting {
            Waiting::Nothing | Waiting::Said => limit,
            Waiting::Speech { until } | Waiting::Time { until } => *until,
            Waiting::Silence { length, until } => {
                if self.speaking {
                    *until
                } else {
                    (self.since + *length).min(*until)
                }
            }
            Waiting::Keys { next, .. } => *next,
        };
        step.min(limit).max(clock::now() + Duration::from_millis(5))
    }

    /// Goes through the script as far as it can.
    async fn follow(&mut self, steps: &mut Script, waiting: &mut Waiting) {
        while self.is_done(waiting) {
            let Some(step) = steps.0.pop_front() else { return };
            *waiting = self.begin(step).await;
        }
    }

    fn is_done(&self, waiting: &mut Waiting) -> bool {
        let now = clock::now();
        match waiting {
            Waiting::Nothing => true,
            Waiting::Said => false,
            Waiting::Speech { until } => self.speaking || now >= *until,
            Waiting::Silence { length, until } => {
                (!self.speaking && now >= self.since + *length) || now >= *until
            }
            Waiting::Time { until } => now >= *until,
            Waiting::Keys { left, next } => {
                if now < *next {
                    return false;
                }
                if left.is_empty() {
                    return true;
                }
                self.phone.press(left.remove(0));
                *next = now + KEY_GAP;
                false
            }
        }
    }

    async fn begin(&mut self, step: Step) -> Waiting {
        let now = clock::now();
        self.tell(step_name(&step));
        match step {
            Step::Talk(max) => Waiting::Speech { until: now + max },
            Step::Quiet(length, max) => {
                // Silence counts from the step on.
                self.since = self.since.max(now);
                Waiting::Silence { length, until: now + max }
            }
            Step::Keys(left) => Waiting::Keys { left, next: now },
            Step::Say(samples) => {
                self.phone.say(&samples);
                Waiting::Said
            }
            Step::Wait(length) => Waiting::Time { until: now + length },
            Step::HangUp => {
                self.phone.hang_up().await;
                Waiting::Nothing
            }
        }
    }

    fn take(&mut self, event: PhoneEvent, waiting: &mut Waiting) {
        match event {
            PhoneEvent::Ringing => self.tell("ringing"),
            PhoneEvent::Answered => {
                self.answered = true;
                self.since = clock::now();
                self.tell("answered");
            }
            PhoneEvent::Refused(status) => self.tell(&format!("refused {status}")),
            PhoneEvent::Spoke => self.turn(true),
            PhoneEvent::Silent => self.turn(false),
            PhoneEvent::Heard(samples) => self.heard.extend(samples),
            PhoneEvent::Said => {
                if matches!(waiting, Waiting::Said) {
                    *waiting = Waiting::Nothing;
                }
                self.tell("said");
            }
            PhoneEvent::Ended { by_far_side } => {
                self.tell(if by_far_side { "the line hung up" } else { "hung up" });
            }
        }
    }

    fn turn(&mut self, speaking: bool) {
        self.speaking = speaking;
        self.since = clock::now();
        self.tell(if speaking { "the line speaks" } else { "the line is silent" });
    }

    async fn typed(&mut self, line: Option<String>) {
        match line.as_deref().map(str::trim) {
            None | Some("q") => {
                self.keyboard = None;
                self.phone.hang_up().await;
            }
            Some("") => {}
            Some(text) => match keys(text) {
                Ok(events) => {
                    for event in events {
                        self.phone.press(event);
                    }
                }
                Err(message) => output::line(message),
            },
        }
    }

    fn tell(&self, what: &str) {
        let at = clock::now().saturating_sub(self.begun).as_millis();
        if self.json {
            output::line(serde_json::json!({ "ms": at, "event": what }).to_string());
        } else {
            output::line(format!("{:>7}.{:03} s  {what}", at / 1_000, at % 1_000));
        }
    }
}

fn step_name(step: &Step) -> &'static str {
    match step {
        Step::Talk(_) => "waiting for speech",
        Step::Quiet(..) => "waiting for silence",
        Step::Keys(_) => "pressing keys",
        Step::Say(_) => "saying",
        Step::Wait(_) => "waiting",
        Step::HangUp => "hanging up",
    }
}

async fn next_line(keyboard: &mut Option<Lines<BufReader<Stdin>>>) -> Option<String> {
    match keyboard {
        Some(lines) => lines.next_line().await.ok().flatten(),
        None => core::future::pending().await,
    }
}

/// Writes what was heard.
pub(crate) fn write_wav(file: &Path, samples: &[i16]) -> Result<(), Failure> {
    let failed =
        |error: hound::Error| Failure::new(format!("cannot write {}: {error}", file.display()));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: linka_audio::RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).map_err(failed)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(failed)?;
    }
    writer.finalize().map_err(failed)
}
