//! Listening during a call: waits for a prompt, or for silence, in a recording that grows.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::wait_for;
use crate::hear::{Hearing, Listener, listing};
use crate::sound::{RATE, samples_of, seconds_of};
use crate::voice::level_dbfs;
use crate::{Context, Result};

/// New sound that makes another look worth while: 0.2 s.
const FRESH: usize = RATE / 5;
/// The longest stretch that is looked through while waiting: the last 90 s.
const TAIL: usize = RATE * 90;
/// What is below this is silence, in dBFS: noise of A-law's lowest steps is at −66.
const SILENT_DBFS: f64 = -55.0;

/// Follows what is heard. Each wait begins where the one before ended, so that a prompt that comes
/// twice can be waited for twice.
pub struct Ear {
    listener: Arc<Listener>,
    /// Up to where everything was expected already, in samples.
    done: usize,
}

impl Ear {
    /// An ear that knows the listener's clips.
    #[must_use]
    pub fn new(listener: Arc<Listener>) -> Self {
        Self { listener, done: 0 }
    }

    /// Begins anew, with an empty recording.
    pub fn reset(&mut self) {
        self.done = 0;
    }

    /// Waits until the clip has begun to be heard (its first 0.6 s).
    ///
    /// # Errors
    /// It does not come within `limit`; the sentence says what was heard instead. Or `recording`
    /// reports an error, such as the end of the call.
    pub fn expect(
        &mut self,
        name: &str,
        limit: Duration,
        recording: impl FnMut() -> Result<Vec<i16>>,
    ) -> Result<Hearing> {
        self.wait(name, limit, recording, |hearing| hearing.has_start)
    }

    /// Waits until the clip was heard from start to end.
    ///
    /// # Errors
    /// As [`Ear::expect`].
    pub fn expect_whole(
        &mut self,
        name: &str,
        limit: Duration,
        recording: impl FnMut() -> Result<Vec<i16>>,
    ) -> Result<Hearing> {
        self.wait(name, limit, recording, Hearing::is_whole)
    }

    /// Waits until nothing was heard for `seconds`.
    ///
    /// # Errors
    /// It never is that silent within `limit`.
    pub fn expect_silence(
        &mut self,
        seconds: f64,
        limit: Duration,
        mut recording: impl FnMut() -> Result<Vec<i16>>,
    ) -> Result<()> {
        let wanted = samples_of(seconds);
        let end = wait_for(&format!("{seconds} s of silence"), limit, || {
            let heard = recording()?;
            let fresh = heard.get(self.done..).unwrap_or_default();
            let tail = fresh.len().checked_sub(wanted).and_then(|start| fresh.get(start..));
            let silent = tail.is_some_and(|tail| {
                tail.chunks(RATE / 50).all(|frame| level_dbfs(frame) < SILENT_DBFS)
            });
            Ok(silent.then_some(heard.len()))
        })?;
        self.done = end;
        Ok(())
    }

    fn wait(
        &mut self,
        name: &str,
        limit: Duration,
        mut recording: impl FnMut() -> Result<Vec<i16>>,
        enough: impl Fn(&Hearing) -> bool,
    ) -> Result<Hearing> {
        let mut looked_at = 0;
        let mut heard = Vec::new();
        let found = wait_for(&format!("to hear {name}"), limit, || {
            heard = recording()?;
            if heard.len() < looked_at + FRESH {
                return Ok(None);
            }
            looked_at = heard.len();
            self.look(name, &heard, &enough)
        });
        let found = found.because(|| self.instead(&heard))?;
        self.done = samples_of(found.end_s);
        Ok(found)
    }

    fn look(
        &self,
        name: &str,
        heard: &[i16],
        enough: impl Fn(&Hearing) -> bool,
    ) -> Result<Option<Hearing>> {
        let start = self.done.max(heard.len().saturating_sub(TAIL));
        let tail = heard.get(start..).unwrap_or_default();
        let mut hearings = self.listener.hear_one(name, tail)?.into_iter();
        Ok(hearings.find(enough).map(|hearing| Hearing {
            start_s: hearing.start_s + seconds_of(start),
            end_s: hearing.end_s + seconds_of(start),
            ..hearing
        }))
    }

    /// What was heard so far, for the sentence of a failure.
    fn instead(&self, heard: &[i16]) -> String {
        let length = seconds_of(heard.len());
        match self.listener.hear(heard) {
            Ok(hearings) => format!("heard in {length:.1} s:\n{}", listing(&hearings)),
            Err(failure) => failure.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompts::Clips;
    use crate::voice::say;

    const SHORT: Duration = Duration::from_millis(200);

    fn clips() -> Clips {
        let texts = [("a", "Please choose a language."), ("b", "Thank you for calling us today.")];
        texts.map(|(name, text)| (name.to_owned(), say(text, "en").unwrap())).into()
    }

    /// Gives a second more of a sound each time it is asked.
    fn growing(sound: &[i16]) -> impl FnMut() -> Result<Vec<i16>> {
        let mut length = 0;
        move || {
            length += RATE;
            Ok(sound.get(..length).unwrap_or(sound).to_vec())
        }
    }

    fn ear(clips: &Clips) -> Ear {
        Ear::new(Arc::new(Listener::new(clips).unwrap()))
    }

    #[test]
    fn prompts_are_awaited_one_after_the_other_even_the_same_again() {
        let clips = clips();
        let sound = [&clips["a"], &[0; 4_000][..], &clips["b"], &clips["a"], &[0; 4_000]].concat();
        let mut ear = ear(&clips);
        let limit = Duration::from_secs(5);
        let first = ear.expect_whole("a", limit, growing(&sound)).unwrap();
        ear.expect_whole("b", limit, growing(&sound)).unwrap();
        let again = ear.expect("a", limit, growing(&sound)).unwrap();
        assert!(again.start_s > first.end_s + 1.0, "{first} {again}");
        assert!(ear.expect("a", SHORT, growing(&sound)).is_err());
    }

    #[test]
    fn a_prompt_that_does_not_come_is_told_with_what_came() {
        let clips = clips();
        let failure = ear(&clips).expect("a", SHORT, growing(&clips["b"])).unwrap_err().to_string();
        assert!(failure.contains("to hear a") && failure.contains(" b, "), "{failure}");
    }

    #[test]
    fn a_beginning_is_no_whole_prompt() {
        let clips = clips();
        let cut = &clips["b"][..10_000];
        assert!(ear(&clips).expect("b", SHORT, growing(cut)).is_ok());
        assert!(ear(&clips).expect_whole("b", SHORT, growing(cut)).is_err());
    }

    #[test]
    fn silence_is_awaited_after_the_voice() {
        let clips = clips();
        let sound = [&clips["a"][..], &[8; 16_000]].concat(); // 8 is A-law's smallest step
        let mut ear = ear(&clips);
        assert!(ear.expect_silence(1.0, SHORT, growing(&clips["a"])).is_err());
        ear.expect_silence(1.5, Duration::from_secs(5), growing(&sound)).unwrap();
    }

    #[test]
    fn the_end_of_the_call_ends_the_wait() {
        let clips = clips();
        let ended = || Err(crate::Failure::new("the call is over"));
        let failure = ear(&clips).expect("a", Duration::from_secs(60), ended).unwrap_err();
        assert!(failure.to_string().contains("the call is over"));
    }
}
