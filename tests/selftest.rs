//! The harness against real programs, without the line: sipp calls baresip and baresip calls sipp.
//! What one says and presses the other must have heard.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use harness::Result;
use harness::capture::{Capture, Stream, presses};
use harness::g711::Law;
use harness::hear::{Listener, listing, names};
use harness::pcap::Speech;
use harness::phone::{
    Caller, CallerIdentity, Dialled, Ending, Invite, Phone, RawPeer, Role, Scenario, answer_with,
};
use harness::prompts::{self, Clips};
use harness::voice::{compare, condition, say};

const LIMIT: Duration = Duration::from_secs(20);

fn clips() -> Result<Clips> {
    [
        ("cs/welcome", "Dobrý den, dovolali jste se na linku.", "cs"),
        ("cs/category", "Čeho se oznámení týká? Vyberte prosím.", "cs"),
        ("en/welcome", "Hello, you have reached the reporting line.", "en"),
        ("en/farewell", "Thank you, goodbye.", "en"),
    ]
    .into_iter()
    .map(|(name, text, language)| Ok((name.to_owned(), say(text, language)?)))
    .collect()
}

fn listener(clips: &Clips) -> Result<Arc<Listener>> {
    Ok(Arc::new(Listener::new(clips)?))
}

fn written(speech: &Speech, folder: &Path) -> Result<PathBuf> {
    let file = folder.join("speech.pcap");
    speech.write(&file)?;
    Ok(file)
}

/// The stream that goes to this port.
fn to_port(streams: Vec<Stream>, port: u16) -> Option<Stream> {
    streams.into_iter().find(|stream| stream.destination.port() == port)
}

#[test]
fn what_sipp_says_and_presses_is_heard_by_baresip() -> Result<()> {
    let (folder, clips) = (tempfile::tempdir()?, clips()?);
    let mut phone = Phone::start(Role::Answers, listener(&clips)?)?;
    let speech = Speech::new(Law::A)
        .silence(1.0)
        .speech(&clips["cs/welcome"])
        .digits("12*#")
        .speech(&clips["en/farewell"])
        .silence(1.0);
    let media = written(&speech, folder.path())?;
    let ending = Ending::HangUp(speech.length() + Duration::from_millis(500));
    let scenario = Scenario::call(&Invite::default(), Some(&media), ending);
    Caller::to(phone.address(), "anonymous")?.within(LIMIT).run(&scenario)?.as_planned()?;
    phone.wait_until_closed(LIMIT)?;
    assert_eq!(phone.keys_heard()?, "12*#");
    let hearings = Listener::new(&clips)?.hear(&phone.recording()?)?;
    assert_eq!(names(&hearings), ["cs/welcome", "en/farewell"], "{}", listing(&hearings));
    assert!(hearings.iter().all(|hearing| hearing.is_whole()), "{}", listing(&hearings));
    Ok(())
}

#[test]
fn what_baresip_says_and_presses_is_captured() -> Result<()> {
    let (folder, clips) = (tempfile::tempdir()?, clips()?);
    let mut phone = Phone::start(Role::Calls, listener(&clips)?)?;
    let capture = Capture::start("call", &phone.media_filter(), folder.path())?;
    let line = answer_with(&Scenario::answering(None, LIMIT), LIMIT)?;
    assert_eq!(phone.dial(&format!("sip:+420800123456@{}", line.address()))?, Dialled::Established);
    let spoken = say("The invoices of March were changed afterwards.", "en")?;
    phone.speak(&spoken)?;
    harness::clock::let_pass(Duration::from_millis(800));
    phone.press("3#")?;
    harness::clock::let_pass(Duration::from_secs(4));
    phone.hang_up()?;
    line.finish()?.as_planned()?;
    let streams = harness::capture::streams(&capture.stop()?);
    let stream = streams.iter().max_by_key(|stream| stream.packets.len()).unwrap();
    let keys: String = presses(&stream.packets).iter().map(|press| press.key).collect();
    assert_eq!(keys, "3#");
    let heard = stream.samples()?;
    // baresip sends no sound while a key is down: two stretches of the speech are missing.
    let likeness = compare(&heard, &spoken)?;
    assert!(likeness.correlation > 0.8, "{likeness:?}");
    assert_eq!(condition(&heard).clipped, 0);
    let statistics = stream.statistics();
    assert_eq!((statistics.lost, statistics.duplicates), (0, 0), "{statistics:?}");
    Ok(())
}

#[test]
fn a_phone_waits_for_prompts_while_they_are_spoken() -> Result<()> {
    let (folder, clips) = (tempfile::tempdir()?, clips()?);
    let mut phone = Phone::start(Role::Calls, listener(&clips)?)?;
    let speech = Speech::new(Law::Mu)
        .silence(0.6)
        .speech(&clips["cs/welcome"])
        .silence(0.4)
        .speech(&clips["cs/category"])
        .silence(2.5);
    let media = written(&speech, folder.path())?;
    let line = answer_with(&Scenario::answering(Some(&media), LIMIT), LIMIT)?;
    phone.dial(&format!("sip:+420800123456@{}", line.address()))?;
    phone.expect_whole("cs/welcome", LIMIT)?;
    let begun = phone.expect("cs/category", LIMIT)?;
    // Known while it is still spoken: at most a second of it has passed before the key.
    assert!(begun.to_s < 2.0, "{begun}");
    phone.press("1")?;
    phone.expect_silence(1.5, LIMIT)?;
    assert!(phone.expect("en/welcome", Duration::from_millis(500)).is_err());
    phone.hang_up()?;
    line.finish()?.as_planned()?;
    Ok(())
}

#[test]
fn a_second_call_of_a_phone_is_heard_by_itself() -> Result<()> {
    let (folder, clips) = (tempfile::tempdir()?, clips()?);
    let mut phone = Phone::start(Role::Calls, listener(&clips)?)?;
    for name in ["cs/welcome", "en/welcome"] {
        let speech = Speech::new(Law::A).silence(0.3).speech(&clips[name]).silence(1.0);
        let media = written(&speech, folder.path())?;
        let line = answer_with(&Scenario::answering(Some(&media), LIMIT), LIMIT)?;
        phone.dial(&format!("sip:+420800123456@{}", line.address()))?;
        phone.expect_whole(name, LIMIT)?;
        phone.hang_up()?;
        line.finish()?.as_planned()?;
        let hearings = Listener::new(&clips)?.hear(&phone.recording()?)?;
        assert_eq!(names(&hearings), [name], "{}", listing(&hearings));
    }
    Ok(())
}

#[test]
fn a_refusal_is_seen_by_both_telephones() -> Result<()> {
    // baresip knows no such user: it refuses by itself.
    let stranger = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let scenario = Scenario::refused(&Invite::default(), 404);
    let report = Caller::to(stranger.address(), "+420800000000")?
        .within(LIMIT)
        .run(&scenario)?
        .as_planned()?;
    assert_eq!(report.responses(404).len(), 1);
    let mut phone = Phone::start(Role::Calls, listener(&clips()?)?)?;
    let outcome = phone.dial(&format!("sip:+420800000000@{}", stranger.address()))?;
    assert!(matches!(&outcome, Dialled::Refused(reason) if reason.contains("404")), "{outcome:?}");
    Ok(())
}

#[test]
fn an_answer_other_than_the_expected_one_fails_the_scenario() -> Result<()> {
    let stranger = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let scenario = Scenario::refused(&Invite::default(), 480);
    let report = Caller::to(stranger.address(), "+420800000000")?.within(LIMIT).run(&scenario)?;
    assert_eq!((report.successful, report.failed), (0, 1));
    assert!(report.as_planned().is_err());
    Ok(())
}

#[test]
fn many_callers_are_counted_one_by_one() -> Result<()> {
    let stranger = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let scenario = Scenario::refused(&Invite::default(), 404);
    let numbers = ["+420800000001", "+420800000002", "+420800000003"];
    let report = Caller::to_many(stranger.address(), &numbers)?
        .within(LIMIT)
        .run(&scenario)?
        .as_planned()?;
    assert_eq!(report.successful, 3);
    let skeletons: Vec<String> = report.responses(404).iter().map(|m| m.skeleton()).collect();
    assert_eq!(skeletons.len(), 3);
    assert!(skeletons.iter().all(|skeleton| Some(skeleton) == skeletons.first()), "{skeletons:?}");
    Ok(())
}

#[test]
fn a_call_is_cancelled_before_the_answer() -> Result<()> {
    // A telephone that rings and does not answer.
    let ringing = Phone::start(Role::Calls, listener(&clips()?)?)?;
    let scenario = Scenario::cancelled(&Invite::default(), 180);
    let report = Caller::to(ringing.address(), "anonymous")?.within(LIMIT).run(&scenario)?;
    let report = report.as_planned()?;
    assert_eq!(report.responses(487).len(), 1);
    Ok(())
}

#[test]
fn questions_outside_of_calls_get_their_answers() -> Result<()> {
    let phone = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let ask = |method, status| {
        let scenario = Scenario::request(method, status);
        Caller::to(phone.address(), "anonymous")?.within(LIMIT).run(&scenario)?.as_planned()
    };
    ask("OPTIONS", 200)?;
    ask("CONFUSE", 501)?;
    Ok(())
}

#[test]
fn canaries_of_the_caller_are_on_the_wire() -> Result<()> {
    let stranger = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let invite = Invite {
        caller: CallerIdentity { name: "Jana".to_owned(), user: "+420777123456".to_owned() },
        headers: vec!["P-Asserted-Identity: <tel:+420777123456>".to_owned()],
    };
    let scenario = Scenario::refused(&invite, 404);
    let report = Caller::to(stranger.address(), "+420800000000")?.within(LIMIT).run(&scenario)?;
    let sent = report.messages.iter().find(|m| m.method() == Some("INVITE")).unwrap();
    assert_eq!(sent.header("P-Asserted-Identity"), Some("<tel:+420777123456>"));
    assert!(
        sent.header("From").is_some_and(|from| from.starts_with("\"Jana\" <sip:+420777123456@"))
    );
    Ok(())
}

#[test]
fn a_bare_socket_is_answered_too() -> Result<()> {
    let phone = Phone::start(Role::Answers, listener(&clips()?)?)?;
    let line: SocketAddr = phone.address();
    let peer = RawPeer::to(line)?;
    let own = peer.address()?;
    let message = format!(
        "OPTIONS sip:anonymous@{line} SIP/2.0\nVia: SIP/2.0/UDP {own};branch=z9hG4bKraw;rport\n\
         From: <sip:a@{own}>;tag=1\nTo: <sip:anonymous@{line}>\nCall-ID: raw@{own}\n\
         CSeq: 1 OPTIONS\nMax-Forwards: 70\nContent-Length: 0\n\n"
    );
    let answer = peer.ask(&message, LIMIT)?.unwrap();
    assert_eq!(answer.status(), Some(200));
    Ok(())
}

#[test]
fn what_reaches_a_caller_is_captured_on_its_time_line() -> Result<()> {
    let (folder, clips) = (tempfile::tempdir()?, clips()?);
    let mut phone = Phone::start(Role::Answers, listener(&clips)?)?;
    let caller = Caller::to(phone.address(), "anonymous")?.within(LIMIT);
    let (port, filter) = (caller.media_port(), caller.media_filter());
    let capture = Capture::start("call", &filter, folder.path())?;
    let quiet = written(&Speech::new(Law::A).silence(7.0), folder.path())?;
    let ending = Ending::HangUp(Duration::from_secs(7));
    let calling = caller.start(&Scenario::call(&Invite::default(), Some(&quiet), ending))?;
    phone.wait_for_event("CALL_ESTABLISHED", LIMIT)?;
    phone.speak(&clips["cs/category"])?;
    calling.finish()?.as_planned()?;
    let streams = harness::capture::streams(&capture.stop()?);
    let stream = to_port(streams, port).unwrap();
    let hearings = Listener::new(&clips)?.hear(&stream.samples()?)?;
    assert_eq!(names(&hearings), ["cs/category"], "{}", listing(&hearings));
    Ok(())
}

/// The clips that the repository ships.
fn shipped() -> Result<Clips> {
    prompts::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../prompts"))
}

/// Lays clips behind each other through A-law, with 0.25 s between.
fn read_out<'a>(clips: impl Iterator<Item = &'a Vec<i16>>) -> Vec<i16> {
    let pause = [0; 2_000];
    let sounds = clips.flat_map(|clip| pause.iter().chain(clip));
    sounds.map(|sample| Law::A.decode(Law::A.encode(*sample))).collect()
}

#[test]
fn every_shipped_clip_is_heard_by_its_own_name() -> Result<()> {
    let clips = shipped()?;
    let listener = Listener::new(&clips)?;
    for language in ["cs", "en"] {
        let own = prompts::of_languages(&clips, &[language]);
        let recording = read_out(own.values());
        let hearings = listener.hear(&recording)?;
        let expected: Vec<&str> = own.keys().map(String::as_str).collect();
        assert_eq!(names(&hearings), expected, "{}", listing(&hearings));
        assert!(hearings.iter().all(|hearing| hearing.is_whole()), "{}", listing(&hearings));
    }
    Ok(())
}
