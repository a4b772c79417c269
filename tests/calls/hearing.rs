//! That the check of what a caller hears can fail: the same short journey as shipped, and with the
//! faults that it is there to find. The line is the real one; only its prompts are others, or its
//! sound does not arrive.

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::Result;
use harness::capture::{Capture, Stream, streams};
use harness::child::run;
use harness::g711::Law;
use harness::hear::{Hearing, names};
use harness::journey::{OPEN, OPENING, check_heard, length_of, listener};
use harness::pcap::Speech;
use harness::phone::{Caller, Ending, Invite, Scenario};
use harness::server::Server;

const LIMIT: Duration = Duration::from_secs(60);

/// A copy of the shipped prompts to spoil.
fn prompts(folder: &Path) -> Result<PathBuf> {
    let copy = folder.join("prompts");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prompts");
    run(Command::new("cp").arg("-r").arg(shipped).arg(&copy))?;
    Ok(copy)
}

/// The sound files of one language.
fn clips_in(language: &Path) -> Result<Vec<PathBuf>> {
    let mut clips = Vec::new();
    for part in ["", "digits", "names"] {
        for entry in fs::read_dir(language.join(part))? {
            clips.push(entry?.path());
        }
    }
    clips.retain(|file| file.extension().is_some_and(|end| end == "ogg"));
    Ok(clips)
}

/// What the caller's telephone gets while it says nothing and presses nothing, from the answer to
/// two seconds after the last language was offered: sooner than the line would ask again.
fn call(prompts: Option<&Path>, scenario: impl Fn(Scenario) -> Scenario) -> Result<Vec<Stream>> {
    let prompts = prompts.map(|folder| folder.display().to_string());
    let arguments: Vec<&str> = prompts.iter().flat_map(|folder| ["--prompts", folder]).collect();
    let server = Server::start_with(&arguments, &[])?;
    let quiet = Speech::new(Law::A).silence(length_of(&OPENING)? + 2.0);
    let media = server.folder().join("quiet.pcap");
    quiet.write(&media)?;
    let caller = Caller::to(server.sip(), OPEN)?.within(LIMIT);
    let port = caller.media_port();
    let capture = Capture::start("call", &caller.media_filter(), server.folder())?;
    let ending = Ending::HangUp(quiet.length());
    let plan = scenario(Scenario::call(&Invite::default(), Some(&media), ending));
    caller.run(&plan)?.as_planned()?;
    let mut streams = streams(&capture.stop()?);
    streams.retain(|stream| stream.destination.port() == port);
    Ok(streams)
}

/// What is heard in these streams: nothing where there is none.
fn hear(streams: &[Stream]) -> Result<Vec<Hearing>> {
    let Some(stream) = streams.first() else { return Ok(Vec::new()) };
    assert_eq!(streams.len(), 1);
    // Packets all the time, 50 a second for more than eight: the line was not mute for want of them.
    assert!(stream.packets.len() > 400, "{:?}", stream.statistics());
    listener()?.hear(&stream.samples()?)
}

/// What is heard of these prompts, or of those shipped.
fn heard(prompts: Option<&Path>) -> Result<Vec<Hearing>> {
    let streams = call(prompts, |scenario| scenario)?;
    assert!(!streams.is_empty(), "nothing came");
    hear(&streams)
}

#[test]
fn the_shipped_prompts_pass() -> Result<()> {
    check_heard(&heard(None)?, &OPENING)
}

#[test]
fn the_wrong_language_is_found() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let prompts = prompts(folder.path())?;
    // The English voice under the Czech names.
    for english in clips_in(&prompts.join("en"))? {
        let place = english.strip_prefix(prompts.join("en"))?;
        fs::copy(&english, prompts.join("cs").join(place))?;
    }
    let heard = heard(Some(&prompts))?;
    assert!(check_heard(&heard, &OPENING).is_err());
    assert_eq!(names(&heard), OPENING.map(|name| name.replace("cs/", "en/")));
    Ok(())
}

#[test]
fn a_shuffled_pack_is_found() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let prompts = prompts(folder.path())?;
    let (greeting, language) = (prompts.join("cs/welcome.ogg"), prompts.join("cs/lang_option.ogg"));
    let kept = fs::read(&greeting)?;
    fs::copy(&language, &greeting)?;
    fs::write(&language, kept)?;
    let heard = heard(Some(&prompts))?;
    assert!(check_heard(&heard, &OPENING).is_err());
    let mut swapped = OPENING;
    swapped.swap(0, 2);
    assert_eq!(names(&heard), swapped);
    Ok(())
}

#[test]
fn a_muted_line_is_found() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let prompts = prompts(folder.path())?;
    let quiet = folder.path().join("quiet.ogg");
    let mut sox = Command::new("sox");
    run(sox.args(["-n", "-r", "16000"]).arg(&quiet).args(["trim", "0", "1"]))?;
    for clip in clips_in(&prompts.join("cs"))?.iter().chain(&clips_in(&prompts.join("en"))?) {
        fs::copy(&quiet, clip)?;
    }
    let heard = heard(Some(&prompts))?;
    assert!(check_heard(&heard, &OPENING).is_err());
    assert_eq!(names(&heard), [""; 0]);
    Ok(())
}

#[test]
fn sound_that_does_not_arrive_is_found() -> Result<()> {
    // The telephone names a port where another program listens.
    let hole = UdpSocket::bind("127.0.0.1:0")?;
    let session = format!("m=audio {} RTP/AVP", hole.local_addr()?.port());
    let alter =
        |scenario: Scenario| scenario.altered("m=audio [auto_media_port] RTP/AVP", &session);
    let streams = call(None, alter)?;
    assert!(streams.is_empty(), "{} streams", streams.len());
    assert!(check_heard(&hear(&streams)?, &OPENING).is_err());
    Ok(())
}
