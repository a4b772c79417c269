//! What the telephone does, step by step.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use linka_audio::{decode_file, resample, to_i16};

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Wait until the line speaks, at most so long.
    Talk(Duration),
    /// Wait until the line has been silent for the first time span, at most for the second.
    Quiet(Duration, Duration),
    /// Press keys (RFC 4733 events).
    Keys(Vec<u8>),
    /// Say these 8 kHz samples.
    Say(Vec<i16>),
    /// Do nothing.
    Wait(Duration),
    /// Hang up.
    HangUp,
}

/// The steps that are left.
pub(crate) struct Script(pub(crate) VecDeque<Step>);

impl Script {
    /// Reads steps separated by `;`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let steps = text.split(';').map(str::trim).filter(|step| !step.is_empty());
        steps.map(parse_step).collect::<Result<_, _>>().map(Self)
    }
}

fn parse_step(text: &str) -> Result<Step, String> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let mut numbers = rest.split_whitespace();
    match word {
        "talk" => Ok(Step::Talk(seconds(numbers.next(), Some(30.0), text)?)),
        "quiet" => {
            let quiet = seconds(numbers.next(), None, text)?;
            Ok(Step::Quiet(quiet, seconds(numbers.next(), Some(60.0), text)?))
        }
        "wait" => Ok(Step::Wait(seconds(numbers.next(), None, text)?)),
        "key" => keys(rest).map(Step::Keys),
        "say" => sound(rest).map(Step::Say),
        "hangup" => Ok(Step::HangUp),
        _ => Err(format!(
            "`{text}` is no step: there are talk, quiet, key, say, wait and hangup (see linka call --help)"
        )),
    }
}

fn seconds(number: Option<&str>, default: Option<f32>, step: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{step}`: a number of seconds from 0 to 3600 is needed, for example 1.5");
    let value = match number {
        Some(text) => text.parse().map_err(|_| wrong())?,
        None => default.ok_or_else(wrong)?,
    };
    if (0.0..=3_600.0).contains(&value) { Ok(Duration::from_secs_f32(value)) } else { Err(wrong()) }
}

/// Keys as RFC 4733 events.
pub(crate) fn keys(text: &str) -> Result<Vec<u8>, String> {
    let event = |key: char| match key {
        '0'..='9' => u8::try_from(key).ok().map(|digit| digit - b'0'),
        '*' => Some(10),
        '#' => Some(11),
        _ => None,
    };
    let events: Option<Vec<u8>> = text.chars().map(event).collect();
    events
        .filter(|events| !events.is_empty())
        .ok_or_else(|| format!("`{text}` are no keys: a telephone has 0 to 9, * and #"))
}

fn sound(file: &str) -> Result<Vec<i16>, String> {
    let path = Path::new(file);
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read {file}: {error}"))?;
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    let pcm = decode_file(bytes, extension).map_err(|error| format!("{file}: {error}"))?;
    let pcm = resample(pcm, linka_audio::RATE).map_err(|error| format!("{file}: {error}"))?;
    Ok(to_i16(&pcm.samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_step_by_step() {
        let script = Script::parse("talk 5; quiet 1 30 ; key 1#*; wait 0.5; hangup;").unwrap();
        let s = Duration::from_secs;
        assert_eq!(
            script.0,
            [
                Step::Talk(s(5)),
                Step::Quiet(s(1), s(30)),
                Step::Keys(vec![1, 11, 10]),
                Step::Wait(Duration::from_millis(500)),
                Step::HangUp,
            ]
        );
    }

    #[test]
    fn what_is_no_step_is_refused_and_named() {
        for wrong in ["sing", "key x", "key", "quiet", "wait soon", "talk -1", "say nowhere.wav"] {
            let message = Script::parse(wrong).err().unwrap_or_default();
            let named = wrong.split_whitespace().last().unwrap_or("");
            assert!(message.contains(named), "{wrong}: {message}");
        }
    }
}
