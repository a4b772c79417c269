//! The voice that speaks a pack, with every setting that changes its sound.

use serde::Deserialize;

use crate::error::Fault;

/// A speech program and its settings.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Which program.
    pub program: Program,
    /// The version that made the shipped audio.
    pub program_version: String,
    /// The program's name of the voice.
    pub voice: String,
    /// Words a minute, 80 to 450.
    pub speed: u16,
    /// 0 to 99.
    pub pitch: u8,
    /// 0 to 200. Loud settings clip inside the program; the level is set afterwards.
    pub amplitude: u8,
    /// Pause between words in steps of 10 ms, 0 to 50.
    pub word_gap: u8,
}

/// Speech programs that are understood. They run as child processes and are never linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// espeak-ng, Debian package `espeak-ng`.
    EspeakNg,
}

impl Program {
    /// The command.
    pub const fn command(self) -> &'static str {
        match self {
            Self::EspeakNg => "espeak-ng",
        }
    }
}

impl Voice {
    /// Refuses settings that the program would silently replace by others.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let named = !self.voice.starts_with('-')
            && (1..=40).contains(&self.voice.len())
            && self.voice.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_".contains(&b));
        within(named, "voice", &self.voice, "a name of letters, digits, +, - and _")?;
        within((80..=450).contains(&self.speed), "speed", self.speed, "80 to 450 words a minute")?;
        within(self.pitch <= 99, "pitch", self.pitch, "0 to 99")?;
        within(self.amplitude <= 200, "amplitude", self.amplitude, "0 to 200")?;
        within(self.word_gap <= 50, "word_gap", self.word_gap, "0 to 50")
    }
}

fn within(
    allowed: bool,
    setting: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> Result<(), Fault> {
    if allowed {
        return Ok(());
    }
    Err(Fault::Voice { setting, value: value.to_string(), allowed: expected })
}
