//! Speech from a program that runs as a child process.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use linka_audio::{DecodeError, Pcm, decode_file};

use crate::manifest::TEXT_CHARS_MAX;
use crate::voice::{Program, Voice};

/// Turns text into speech with one voice.
#[derive(Clone, Debug)]
pub struct Synthesizer {
    voice: Voice,
}

/// Why a text was not spoken. The text itself is never part of the message.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// The program is not there or was not allowed to run.
    #[error("{program} cannot be run ({source}); install the Debian package {program}")]
    Program {
        /// The command.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The program gave up.
    #[error("{program} failed: {message}")]
    Failed {
        /// The command.
        program: &'static str,
        /// The first line that it wrote.
        message: String,
    },
    /// More text than one clip takes.
    #[error("the text has more than {TEXT_CHARS_MAX} characters")]
    TooLong,
    /// The program wrote no sound.
    #[error("what the program wrote is no sound: {0}")]
    Sound(#[from] DecodeError),
}

impl Synthesizer {
    /// Speaks with `voice`.
    pub fn new(voice: Voice) -> Self {
        Self { voice }
    }

    /// The version of the installed program, for example `1.51`.
    ///
    /// # Errors
    /// When the program cannot be run.
    pub fn installed_version(&self) -> Result<String, SynthesisError> {
        let output = run(self.program(), Command::new(self.program()).arg("--version"), "")?;
        let line = String::from_utf8_lossy(&output).into_owned();
        let version =
            line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Ok(version.unwrap_or("unknown").to_owned())
    }

    /// Speaks `text`. It goes through a pipe: arguments of a process can be seen by others.
    ///
    /// # Errors
    /// When the program cannot be run or fails, or the text is too long.
    pub fn speak(&self, text: &str) -> Result<Pcm, SynthesisError> {
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(SynthesisError::TooLong);
        }
        let mut wav = run(self.program(), &mut self.command(), text)?;
        write_sizes(&mut wav);
        Ok(decode_file(wav, "wav")?)
    }

    fn program(&self) -> &'static str {
        self.voice.program.command()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program());
        match self.voice.program {
            Program::EspeakNg => command
                .args(["-v", &self.voice.voice])
                .args(["-s", &self.voice.speed.to_string()])
                .args(["-p", &self.voice.pitch.to_string()])
                .args(["-a", &self.voice.amplitude.to_string()])
                .args(["-g", &self.voice.word_gap.to_string()])
                .args(["-b", "1", "--stdin", "--stdout"]),
        };
        command
    }
}

/// The input is smaller than a pipe holds, so that it is written before output must be read.
fn run(
    program: &'static str,
    command: &mut Command,
    input: &str,
) -> Result<Vec<u8>, SynthesisError> {
    let failed = |source| SynthesisError::Program { program, source };
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading says why by its status.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let message = stderr.lines().next().unwrap_or("it said nothing").to_owned();
    Err(SynthesisError::Failed { program, message })
}

/// Into a pipe a program writes the header of a WAV file before it knows the sizes: RIFF at byte 4,
/// data at byte 40 (a chunk's size follows its four-letter name).
fn write_sizes(wav: &mut [u8]) {
    let length = wav.len();
    let mut write = |name: &[u8], at: usize| {
        let size = u32::try_from(length.saturating_sub(at + 8)).unwrap_or(u32::MAX);
        let Some((head, tail)) = wav.get_mut(at..).and_then(|chunk| chunk.split_at_mut_checked(4))
        else {
            return;
        };
        if let (true, Some(field)) = (head == name, tail.get_mut(..4)) {
            field.copy_from_slice(&size.to_le_bytes());
        }
    };
    write(b"RIFF", 0);
    write(b"data", 36);
}
