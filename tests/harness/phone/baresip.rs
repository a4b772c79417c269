//! A headless baresip: dials or answers, presses keys, speaks, and records what it hears.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::control::{Control, Event};
use super::ear::Ear;
use crate::child::Running;
use crate::clock::wait_for;
use crate::hear::{Hearing, Listener};
use crate::ports::MediaPorts;
use crate::sound::{RATE, read_growing_wav, write_wav};
use crate::{Context, Failure, Result};

/// How long an answer, or the end of a call, may take.
const CALL_LIMIT: Duration = Duration::from_secs(40);
/// Silence after what is spoken, in seconds: baresip hangs up where its microphone's file ends.
const SILENCE_S: usize = 600;
/// Offsets in the reserved range: media below, then SIP (TLS takes the next port) and control.
const SIP: u16 = 150;
const CONTROL: u16 = 160;

/// What a telephone does with a call that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It only calls.
    Calls,
    /// It answers at once.
    Answers,
}

/// What dialling led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// The call stands.
    Established,
    /// It was refused; baresip's reason, such as `480 Temporarily Unavailable`.
    Refused(String),
}

/// A telephone with one call at a time.
pub struct Phone {
    // The order is that of dropping: the process goes before its folder.
    process: Running,
    control: Control,
    ear: Ear,
    ports: MediaPorts,
    folder: TempDir,
    /// Events and recordings before the present call.
    before: (usize, usize),
    spoken: usize,
}

impl Phone {
    /// Switches a telephone on. It offers A-law, then µ-law, and keys by RFC 4733.
    ///
    /// # Errors
    /// baresip is missing or does not start.
    pub fn start(role: Role, listener: Arc<Listener>) -> Result<Self> {
        let (folder, ports) = (tempfile::tempdir()?, MediaPorts::reserve()?);
        let microphone = folder.path().join("microphone-0.wav");
        write_wav(&microphone, &vec![0; RATE * SILENCE_S])?;
        fs::create_dir(folder.path().join("heard"))?;
        fs::write(folder.path().join("config"), configuration(folder.path(), &ports))?;
        fs::write(folder.path().join("accounts"), account(role))?;
        fs::write(folder.path().join("contacts"), "")?;
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder.path());
        let process = Running::start("baresip", &mut command, folder.path())?;
        let control =
            Control::connect(home(ports.low() + CONTROL)).because(|| process.last_words())?;
        let ear = Ear::new(listener);
        Ok(Self { process, control, ear, ports, folder, before: (0, 0), spoken: 0 })
    }

    /// Where it can be called.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        home(self.ports.low() + SIP)
    }

    /// A tcpdump filter for what it hears and says.
    #[must_use]
    pub fn media_filter(&self) -> String {
        format!("udp portrange {}-{}", self.ports.low(), self.ports.low() + SIP - 1)
    }

    /// Calls, and waits for the answer.
    ///
    /// # Errors
    /// There is no answer within 40 s.
    pub fn dial(&mut self, uri: &str) -> Result<Dialled> {
        self.new_call()?;
        self.control.command("dial", uri)?;
        wait_for("an answer", CALL_LIMIT, || {
            Ok(self.call_events()?.iter().find_map(|event| match event.kind.as_str() {
                "CALL_ESTABLISHED" => Some(Dialled::Established),
                "CALL_CLOSED" => Some(Dialled::Refused(event.detail.clone())),
                _ => None,
            }))
        })
    }

    /// Presses keys one after the other, each 100 ms or so.
    ///
    /// # Errors
    /// There is no call.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        for key in keys.chars() {
            self.control.command("sndcode", &key.to_string())?;
        }
        Ok(())
    }

    /// Speaks samples at 8 kHz into the microphone, from now on; then is silent for ten minutes.
    ///
    /// # Errors
    /// There is no call.
    pub fn speak(&mut self, samples: &[i16]) -> Result<()> {
        self.spoken += 1;
        let file = self.folder.path().join(format!("microphone-{}.wav", self.spoken));
        let mut speech = samples.to_vec();
        speech.resize(samples.len() + RATE * SILENCE_S, 0);
        write_wav(&file, &speech)?;
        self.control.command("ausrc", &format!("aufile,{}", file.display())).map(drop)
    }

    /// Hangs up and waits until the call is closed.
    ///
    /// # Errors
    /// There is no call.
    pub fn hang_up(&mut self) -> Result<()> {
        self.control.command("hangup", "")?;
        self.wait_until_closed(CALL_LIMIT).map(drop)
    }

    /// Waits until the call is over, and tells baresip's reason.
    ///
    /// # Errors
    /// It is not over within `limit`.
    pub fn wait_until_closed(&mut self, limit: Duration) -> Result<String> {
        wait_for("the end of the call", limit, || {
            let closed = self.call_events()?.iter().find(|event| event.kind == "CALL_CLOSED");
            Ok(closed.map(|event| event.detail.clone()))
        })
    }

    /// Waits for an event of the present call, such as `CALL_RTPESTAB`.
    ///
    /// # Errors
    /// It does not happen within `limit`.
    pub fn wait_for_event(&mut self, kind: &str, limit: Duration) -> Result<Event> {
        wait_for(kind, limit, || {
            Ok(self.call_events()?.iter().find(|event| event.kind == kind).cloned())
        })
    }

    /// The keys that the other side has pressed in the present call.
    ///
    /// # Errors
    /// baresip is gone.
    pub fn keys_heard(&mut self) -> Result<String> {
        let pressed = self.call_events()?.iter().filter(|event| event.kind == "CALL_DTMF_START");
        Ok(pressed.map(|event| event.detail.as_str()).collect())
    }

    /// Waits until a prompt has begun to be heard.
    ///
    /// # Errors
    /// It does not come within `limit`, or the call ends; the sentence says what was heard.
    pub fn expect(&mut self, name: &str, limit: Duration) -> Result<Hearing> {
        let Self { ear, control, folder, before, .. } = self;
        ear.expect(name, limit, || live(control, folder.path(), *before))
    }

    /// Waits until a prompt was heard from start to end.
    ///
    /// # Errors
    /// As [`Phone::expect`].
    pub fn expect_whole(&mut self, name: &str, limit: Duration) -> Result<Hearing> {
        let Self { ear, control, folder, before, .. } = self;
        ear.expect_whole(name, limit, || live(control, folder.path(), *before))
    }

    /// Waits until nothing was heard for `seconds`.
    ///
    /// # Errors
    /// It never is that silent within `limit`, or the call ends.
    pub fn expect_silence(&mut self, seconds: f64, limit: Duration) -> Result<()> {
        let Self { ear, control, folder, before, .. } = self;
        ear.expect_silence(seconds, limit, || live(control, folder.path(), *before))
    }

    /// Everything that was heard in the present or last call, packet after packet: what never came
    /// is not in it (see `capture` for the time line).
    ///
    /// # Errors
    /// Nothing was heard yet.
    pub fn recording(&self) -> Result<Vec<i16>> {
        let files = recordings(self.folder.path())?;
        let file = files.get(self.before.1..).and_then(<[PathBuf]>::last);
        read_growing_wav(file.because(|| "nothing was recorded in this call")?)
    }

    /// All events since the telephone was switched on.
    ///
    /// # Errors
    /// baresip is gone.
    pub fn events(&mut self) -> Result<Vec<Event>> {
        self.control.events().map(<[Event]>::to_vec)
    }

    /// baresip's own words.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.stdout()
    }

    fn call_events(&mut self) -> Result<&[Event]> {
        let start = self.before.0;
        Ok(self.control.events()?.get(start..).unwrap_or_default())
    }

    fn new_call(&mut self) -> Result<()> {
        self.before = (self.control.events()?.len(), recordings(self.folder.path())?.len());
        self.ear.reset();
        Ok(())
    }
}

/// What was heard so far, as long as the call stands.
fn live(control: &mut Control, folder: &Path, before: (usize, usize)) -> Result<Vec<i16>> {
    let events = control.events()?.get(before.0..).unwrap_or_default();
    if let Some(closed) = events.iter().find(|event| event.kind == "CALL_CLOSED") {
        return Err(Failure::new(format!("the call is over: {}", closed.detail)));
    }
    let files = recordings(folder)?;
    let file = files.get(before.1..).and_then(<[PathBuf]>::last);
    // The file comes with the first packet, its header a moment later.
    Ok(file.map(|file| read_growing_wav(file).unwrap_or_default()).unwrap_or_default())
}

/// The recordings of what was heard, oldest first: their names hold the time.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder.join("heard"))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
        .collect();
    files.sort();
    Ok(files)
}

fn home(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn account(role: Role) -> String {
    let answers = match role {
        Role::Calls => "manual",
        Role::Answers => "auto",
    };
    format!(
        "<sip:anonymous@127.0.0.1>;regint=0;answermode={answers};audio_codecs=pcma,pcmu;\
         dtmfmode=rtpevent\n"
    )
}

fn configuration(folder: &Path, ports: &MediaPorts) -> String {
    let folder = folder.display();
    let (low, high) = (ports.low(), ports.low() + SIP - 2);
    let (sip, control) = (home(ports.low() + SIP), home(ports.low() + CONTROL));
    format!(
        "poll_method epoll\n\
         net_interface 127.0.0.1\n\
         sip_listen {sip}\n\
         ctrl_tcp_listen {control}\n\
         rtp_ports {low}-{high}\n\
         call_local_timeout 120\n\
         call_max_calls 1\n\
         audio_source aufile,{folder}/microphone-0.wav\n\
         audio_player aubridge,nil\n\
         audio_alert aubridge,nil\n\
         ausrc_format s16\n\
         auplay_format s16\n\
         auenc_format s16\n\
         audec_format s16\n\
         audio_txmode poll\n\
         audio_level no\n\
         jitter_buffer_delay 3-6\n\
         ringback_disabled yes\n\
         snd_path {folder}/heard\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\n\
         module aufile.so\n\
         module aubridge.so\n\
         module sndfile.so\n\
         module_tmp uuid.so\n\
         module_tmp account.so\n\
         module_app menu.so\n\
         module_app ctrl_tcp.so\n"
    )
}
