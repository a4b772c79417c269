//! `linka serve` and `linka check` as an operator meets them: what they say of a configuration that
//! is wrong, whom they answer, and how they end.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use harness::capture::{Capture, streams};
use harness::clock::{let_pass, wait_for};
use harness::g711::Law;
use harness::hear::{Hearing, listing, names};
use harness::journey::listener;
use harness::pcap::Speech;
use harness::phone::{Caller, Calling, Ending, Invite, RawPeer, Scenario, plain_request};
use harness::server::{Configuration, Server, linka_command};
use harness::voice::say;
use harness::{Context, Result};

const LIMIT: Duration = Duration::from_secs(60);
/// How long nothing has to come where nothing may come. An answer takes a few milliseconds.
const SILENCE: Duration = Duration::from_secs(2);
/// The line of calls/one_line.yaml.
const NUMBER: &str = "+420200000021";

/// What `linka serve` and `linka check` say to a file that they must refuse, in one message.
fn refusals(file: &Path) -> Result<[String; 2]> {
    let refusal = |command: &str| {
        let output = linka_command()?.arg(command).arg("--config").arg(file).output()?;
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{command}");
        let message = String::from_utf8(output.stderr)?;
        assert_eq!(message.matches("error: ").count(), 1, "{message}");
        Ok::<_, harness::Failure>(message)
    };
    Ok([refusal("serve")?, refusal("check")?])
}

#[test]
fn a_configuration_that_is_wrong_is_refused_with_file_line_column_and_excerpt() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("node.yaml");
    // An unknown key, a wrong type, a key given twice, a number where text is meant: line 2 each,
    // and the column of what is wrong, from 1.
    for (second, column, what) in [
        ("sipp: {}", 1, "unknown field `sipp`"),
        ("sip: { calls_max: many }", 19, "u16"),
        ("data: elsewhere", 1, "duplicate"),
        ("rtp: { portable_sockets: yes }", 26, "boolean"),
        ("rtp: { ports: 20000-10000 }", 15, "no range of ports"),
    ] {
        fs::write(&file, format!("data: data\n{second}\n"))?;
        for message in refusals(&file)? {
            let place = format!("{}:2:{column}\n", file.display());
            for part in [place.as_str(), what, &format!("2 | {second}\n")] {
                assert!(message.contains(part), "no `{part}` in\n{message}");
            }
        }
    }
    // Nothing was begun: no data folder was made.
    assert!(!folder.path().join("data").exists());
    Ok(())
}

#[test]
fn a_configuration_that_is_not_there_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("node.yaml");
    for message in refusals(&file)? {
        assert!(message.contains(&format!("cannot read {}: No such file", file.display())));
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    Ok(())
}

#[test]
fn a_trunk_that_is_wrong_is_refused_with_its_own_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (file, trunks) = (folder.path().join("node.yaml"), folder.path().join("trunks.yaml"));
    fs::write(&file, "data: data\n")?;
    fs::write(&trunks, "trunks:\n  - name: a\n    signaling: []\n")?;
    let output = linka_command()?.args(["serve", "--config"]).arg(&file).output()?;
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("unknown field `signaling`"), "{message}");
    assert!(message.contains(&format!("{}:3:5\n", trunks.display())), "{message}");
    assert!(message.contains("3 |     signaling: []\n"), "{message}");
    Ok(())
}

#[test]
fn the_shipped_configuration_is_in_order() -> Result<()> {
    let output = linka_command()?.args(["check", "--config", "config/linka.yaml"]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let expected = "mail: mails are written into config/../data/node/mails\n\
                    database: embedded (SQLite)\n\
                    config/linka.yaml: everything is in order\n";
    assert_eq!(said, expected);
    assert!(output.status.success());
    Ok(())
}

/// The first answer to an INVITE from this address of this machine, if there is one.
fn answer(server: &Server, own: Ipv4Addr) -> Result<Option<String>> {
    let peer = RawPeer::between(own, server.sip())?;
    peer.send(plain_request("INVITE", peer.address()?, server.sip(), NUMBER).as_bytes())?;
    Ok(peer.receive(SILENCE)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

#[test]
fn a_stranger_gets_not_one_byte_where_the_carrier_is_answered() -> Result<()> {
    let trunks = "trunks: [{ name: carrier, signalling: [\"127.0.0.2/32\"], media: [], country_code: \"420\" }]\n";
    let configuration = Configuration::of(include_str!("one_line.yaml")).trunks(trunks);
    let server = Server::serve(&configuration)?;
    assert_eq!(answer(&server, Ipv4Addr::LOCALHOST)?, None);
    let carrier = answer(&server, Ipv4Addr::new(127, 0, 0, 2))?.because(|| "no answer")?;
    assert!(carrier.starts_with("SIP/2.0 100 "), "{carrier}");
    assert!(!server.log().contains("no trunk"), "{}", server.log());
    Ok(())
}

#[test]
fn without_a_trunk_nobody_is_answered_and_the_start_says_so() -> Result<()> {
    let configuration = Configuration::of(include_str!("one_line.yaml")).trunks("trunks: []\n");
    let server = Server::serve(&configuration)?;
    assert_eq!(answer(&server, Ipv4Addr::LOCALHOST)?, None);
    let said = "no trunk is configured: linka answers nobody. Add one to trunks.yaml.\n";
    assert!(server.log().contains(said), "{}", server.log());
    Ok(())
}

/// A node with its line on, and a caller on it who has spoken for some seconds and goes on.
struct Busy {
    server: Server,
    calling: Calling,
    capture: Capture,
    /// Where the caller hears.
    port: u16,
}

impl Busy {
    /// Waits for the line to hang up and the node to end; says what the caller heard.
    fn end(mut self) -> Result<(Server, Vec<Hearing>)> {
        self.calling.finish()?.as_planned()?;
        assert!(self.server.stop()?.success());
        let streams = streams(&self.capture.stop()?);
        let stream = streams.iter().find(|stream| stream.destination.port() == self.port);
        let heard = stream.because(|| "nothing was heard")?.samples()?;
        Ok((self.server, listener()?.hear(&heard)?))
    }
}

fn with_a_caller() -> Result<Busy> {
    let server = Server::serve(&Configuration::of(include_str!("one_line.yaml")))?;
    for command in
        [&["credit", "grant", "--org", "Alfa", "--amount", "10"][..], &["lines", "on", NUMBER]]
    {
        assert!(server.linka(command)?.status.success(), "{command:?}");
    }
    // Past the greeting, past the hint, the first category, past its name, consent, to the tone.
    let start = Speech::new(Law::A).silence(2.0);
    let keys = ["#", "#", "1", "#", "1", "5"];
    let mut speech = keys.iter().fold(start, |speech, key| speech.digits(key).silence(1.0));
    let speaking = speech.length() + Duration::from_secs(5);
    let sentence = say("Faktury za březen byly dodatečně změněny. Viděl jsem to.", "cs")?;
    while speech.length() < LIMIT {
        speech = speech.speech(&sentence).silence(0.5);
    }
    let media = server.folder().join("caller.pcap");
    speech.write(&media)?;
    let scenario = Scenario::call(&Invite::default(), Some(&media), Ending::Await(LIMIT));
    let caller = Caller::to(server.sip(), NUMBER)?.within(LIMIT);
    let port = caller.media_port();
    let capture = Capture::start("call", &caller.media_filter(), server.folder())?;
    let calling = caller.start(&scenario)?;
    wait_for("the answer", LIMIT, || {
        Ok(calling.messages().iter().any(|message| message.status() == Some(200)).then_some(()))
    })?;
    let_pass(speaking);
    Ok(Busy { server, calling, capture, port })
}

/// The call ended by the node's end, and what the caller said is kept.
fn assert_saved(server: &Server) -> Result<()> {
    let (calls, reports) = (server.json(&["calls"])?, server.json(&["reports"])?);
    assert_eq!(calls[0]["end_reason"], "shutdown", "{calls}");
    // Less than a minute at 0.60 (config/ratecards/cz-landline-czk.yaml); 10 − 0.60 are left.
    assert_eq!(calls[0]["amount_micro"], 600_000, "{calls}");
    assert_eq!(server.json(&["lines"])?[0]["balance_micro"], 9_400_000);
    assert_eq!(reports[0]["ended"], "interrupted", "{reports}");
    assert!(reports[0]["seconds"].as_u64().is_some_and(|seconds| seconds >= 3), "{reports}");
    Ok(())
}

/// Nobody new is taken: a carrier shall try elsewhere, or later.
fn assert_no_more_calls(server: &Server) -> Result<()> {
    let late = Caller::to(server.sip(), NUMBER)?.within(LIMIT);
    let late = late.run(&Scenario::refused(&Invite::default(), 503))?.as_planned()?;
    let refusal = late.responses(503).first().and_then(|answer| answer.header("Retry-After"));
    let seconds: Option<u64> = refusal.and_then(|seconds| seconds.parse().ok());
    assert!(seconds.is_some_and(|seconds| (5..=30).contains(&seconds)), "{refusal:?}");
    Ok(())
}

#[test]
fn the_first_signal_lets_a_call_save_and_say_goodbye() -> Result<()> {
    let mut busy = with_a_caller()?;
    busy.server.running()?.signal("TERM")?;
    assert_no_more_calls(&busy.server)?;
    let (server, heard) = busy.end()?;
    let goodbye = heard.last().is_some_and(|last| last.name == "cs/farewell" && last.is_whole());
    assert!(goodbye, "{}", listing(&heard));
    assert_saved(&server)
}

#[test]
fn the_second_signal_ends_a_call_without_a_goodbye() -> Result<()> {
    let mut busy = with_a_caller()?;
    busy.server.running()?.signal("TERM")?;
    assert_no_more_calls(&busy.server)?;
    busy.server.running()?.signal("INT")?;
    let (server, heard) = busy.end()?;
    assert!(!names(&heard).contains(&"cs/farewell"), "{}", listing(&heard));
    assert_saved(&server)
}
