//! A caller who does anything: seeded, so that one number reproduces a whole call.

use core::time::Duration;
use std::sync::Arc;

use linka_model::PromptKey;

use super::call::{ids, langs};
use super::random_rules::{Planted, Rules};
use super::words::symbol;
use crate::{Action, Event, Flow, Key, Limits, PlayId, Script, Utterance, Waits};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose keys.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// What was observed: the step before, what happened, the step after.
pub(super) type Row = (&'static str, String, &'static str);

/// A call with a random line and a random caller.
pub(super) struct RandomCall {
    dice: Dice,
    flow: Flow,
    now: Duration,
    rules: Rules,
    /// The caller presses nothing for a while.
    idle: bool,
    /// The caller agrees whenever asked.
    willing: bool,
    /// No play is ever reported as played: only the timers are left.
    deaf: bool,
    pub(super) rows: Vec<Row>,
}

impl RandomCall {
    pub(super) fn new(seed: u64, planted: Planted) -> Self {
        let mut dice = Dice::new(seed);
        let script = random_script(&mut dice);
        let now = Duration::from_secs(500);
        let rules = Rules::new(planted, now + script.limits.call);
        let (idle, willing, deaf) = (dice.chance(30), dice.chance(70), dice.chance(9));
        let flow = Flow::new(Arc::new(script));
        Self { dice, flow, now, rules, idle, willing, deaf, rows: Vec::new() }
    }

    /// Runs to the end; the first broken rule, if any.
    pub(super) fn run(&mut self) -> Result<(), String> {
        self.tell(Event::Answered, "answered")?;
        while !self.flow.is_over() {
            self.rules.in_time(self.now)?;
            if self.dice.chance(12) {
                self.idle = !self.idle;
            }
            self.step()?;
        }
        self.rules.at_the_end()
    }

    fn step(&mut self) -> Result<(), String> {
        if let Some((length, speech)) = self.rules.answer_due() {
            // One recorder in a hundred never answers.
            if self.dice.chance(1) {
                return self.wait_for_deadline();
            }
            if self.dice.chance(70) {
                self.rules.recorder_answers();
                return self.tell(Event::Recorded { length, speech }, "recorded");
            }
        }
        match self.dice.below(100) {
            0..=1 => self.disturb(),
            // What is long gives time for much to happen meanwhile.
            2..=11 if ["listening", "help"].contains(&self.flow.state_name()) => self.disturb(),
            2..=9 if self.flow.state_name() == "recording" => self.voice(),
            2..=54 => self.go_on(),
            _ if self.idle => self.go_on(),
            _ => self.press(),
        }
    }

    /// What is said is said to its end, or else time passes up to the next deadline.
    fn go_on(&mut self) -> Result<(), String> {
        match self.rules.playing() {
            Some(play) if !self.deaf => {
                let seconds = 1 + self.dice.below(8);
                self.pass(Duration::from_secs(seconds))?;
                self.played(play)
            }
            Some(_) | None => self.wait_for_deadline(),
        }
    }

    fn played(&mut self, play: PlayId) -> Result<(), String> {
        if self.rules.playing() == Some(play) {
            self.rules.play_ends();
        }
        self.tell(Event::Played { play }, "played")
    }

    fn press(&mut self) -> Result<(), String> {
        let pause = self.dice.one_of(&[300, 700, 1_500, 1_500, 2_500, 4_000]);
        self.pass(Duration::from_millis(pause))?;
        let key = self.key();
        self.press_key(key)?;
        let percent = if self.flow.state_name() == "listening" { 60 } else { 15 };
        if key == Key::Star && !self.flow.is_over() && self.dice.chance(percent) {
            self.pass(Duration::from_millis(300))?;
            self.press_key(key)?;
        }
        Ok(())
    }

    fn press_key(&mut self, key: Key) -> Result<(), String> {
        self.rules.key_is_pressed(key, self.flow.state_name());
        self.tell(Event::Key(key), &symbol(key).to_string())
    }

    fn key(&mut self) -> Key {
        use Key::{D1, D2, D3, D4, D9, Hash, Star};
        let likely = [D1, D1, D1, D2, D2, D3, D4, D4, Star, Star, Hash, Hash];
        match self.flow.state_name() {
            "consent" if self.willing && self.dice.chance(60) => D1,
            "review" if self.dice.chance(35) => D2,
            "information" if self.dice.chance(15) => D9,
            _ if self.dice.chance(65) => self.dice.one_of(&likely),
            _ => self.dice.one_of(&Key::ALL),
        }
    }

    fn voice(&mut self) -> Result<(), String> {
        let ms = self.dice.below(20_000);
        self.pass(Duration::from_millis(ms))?;
        let event = self.dice.one_of(&[Event::Spoke, Event::Silent]);
        self.tell(event, "voice")
    }

    /// What happens to a call from outside.
    fn disturb(&mut self) -> Result<(), String> {
        let at = self.now + Duration::from_secs(40 + self.dice.below(120));
        match self.dice.below(13) {
            0..=2 => {
                self.rules.caller_hangs_up();
                self.tell(Event::HungUp, "hung up")
            }
            3..=6 => self.tell(Event::CreditEnds { at }, "credit ends"),
            7 => self.tell(Event::CreditExtended, "credit extended"),
            8 => self.tell(Event::RecordingFailed, "recording failed"),
            9..=10 => self.tell(Event::ReportFailed, "report failed"),
            11 => self.tell(Event::Shutdown, "shutdown"),
            _ => self.tell(Event::MediaStarted, "media"),
        }
    }

    fn wait_for_deadline(&mut self) -> Result<(), String> {
        let next = self
            .flow
            .deadline()
            .map_or(Duration::from_secs(3_600), |next| next.at.saturating_sub(self.now));
        self.pass(next)
    }

    /// Lets time pass; timers fire on the way unless the planted bug is that they do not.
    fn pass(&mut self, time: Duration) -> Result<(), String> {
        let until = self.now + time;
        while let Some(next) = self.flow.deadline().filter(|next| next.at <= until) {
            if self.rules.planted == Planted::NoTimers {
                break;
            }
            self.now = self.now.max(next.at);
            let before = self.flow.state_name();
            self.rules.time_passes(self.now);
            let actions = self.flow.handle_timeout(self.now);
            if before == "stopping" && self.flow.state_name() != before {
                self.rules.recorder_is_mute();
            }
            self.observe(before, format!("{:?}", next.reason), actions)?;
        }
        self.now = until;
        self.rules.time_passes(self.now);
        Ok(())
    }

    fn tell(&mut self, event: Event, name: &str) -> Result<(), String> {
        let before = self.flow.state_name();
        let actions = self.flow.handle(event, self.now);
        self.observe(before, name.to_owned(), actions)
    }

    fn observe(
        &mut self,
        before: &'static str,
        happened: String,
        actions: Vec<Action>,
    ) -> Result<(), String> {
        let happened = happening(happened, &actions);
        self.rows.push((before, happened, self.flow.state_name()));
        self.rules.watch(actions, &mut |limit| self.dice.below(limit))
    }
}

/// What is said about an event, or that it left the call, is part of its name where the rows of the
/// journey tell it apart.
fn happening(name: String, actions: &[Action]) -> String {
    let told = |prompt: PromptKey| {
        let said =
            |said: &Utterance| matches!(said, Utterance::Prompt { key, .. } if *key == prompt);
        let says = |action: &Action| matches!(action, Action::Play { utterances, .. } if utterances.iter().any(said));
        actions.iter().any(says)
    };
    let recorded = name == "recorded";
    let unasked = ["played", "credit ends"].contains(&name.as_str());
    if told(PromptKey::Invalid) {
        "wrong".to_owned()
    } else if recorded && told(PromptKey::LimitTotal) {
        "total reached".to_owned()
    } else if recorded && told(PromptKey::NotSaved) {
        "not saved".to_owned()
    } else if unasked && told(PromptKey::LimitCall) {
        format!("{name}, end is near")
    } else if name == "*" && actions.iter().any(|action| matches!(action, Action::HangUp(_))) {
        "**".to_owned()
    } else {
        name
    }
}

fn random_script(dice: &mut Dice) -> Script {
    let short = Limits {
        part: Duration::from_secs(50),
        total: Duration::from_secs(80),
        call: Duration::from_secs(600),
        ..Limits::default()
    };
    let tiny = Limits { total: Duration::from_secs(12), ..short };
    let all = ["cs", "en", "de", "sk", "pl", "uk", "vi", "hu", "ro"];
    let languages = dice.one_of(&[1, 2, 9]);
    Script {
        languages: langs(&all[..languages]),
        categories: ids("c", dice.one_of(&[0, 1, 3, 12])),
        units: ids("u", dice.one_of(&[0, 1, 3, 7])),
        has_transcriber: dice.chance(30),
        code_first: dice.chance(30),
        next_steps: PromptKey::NextStepsCz,
        limits: dice.one_of(&[tiny, short, Limits::default()]),
        waits: Waits::default(),
    }
}
