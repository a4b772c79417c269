//! `linka call`, the telephone that comes with linka, as the second voice: it makes a whole journey
//! by a script, and what it recorded and left passes the same checks as with others' telephones.

use std::path::Path;
use std::process::Output;

use harness::hear::{listing, names};
use harness::journey::{OPEN, check_journey, check_report, listener};
use harness::ports::MediaPorts;
use harness::server::{Server, linka_command};
use harness::sound::{decode, write_wav};
use harness::voice::say;
use harness::{Context, Result};
use serde_json::Value;

/// The demo's journey in English. Prompts follow each other within 0.3 s, the groups of the case
/// code within 0.7, and menus wait for at least four seconds.
fn script(report: &Path) -> String {
    let menus = "talk; quiet 1.5; key 2; talk; quiet 1.5; key 1; talk; quiet 1.5; key 2; \
                 talk; quiet 1.5; key 1";
    let end = "talk; quiet 1.5; key 1; talk; quiet 1.5; key 1; talk; quiet 1.5 120; key #; \
               talk; quiet 5 60; hangup";
    format!("{menus}; talk; quiet 1 60; say {}; wait 1; key #; {end}", report.display())
}

/// Runs the telephone along a script, with its recording in this file.
fn telephone(server: &Server, number: &str, script: &str, record: &Path) -> Result<Output> {
    let ports = MediaPorts::reserve()?;
    let mut command = linka_command()?;
    command.args(["call", &format!("sip:{number}@{}", server.sip()), "--json"]);
    command.args(["--rtp-ports", &ports.to_string(), "--limit", "240"]);
    command.args(["--script", script, "--record"]).arg(record);
    command.output().because(|| "running linka call")
}

/// The events that it printed: one object a line, their times never going back.
fn events(output: &Output) -> Result<Vec<String>> {
    let mut before = 0;
    let text = String::from_utf8_lossy(&output.stdout);
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).because(|| line.to_owned())?;
        let at = event["ms"].as_u64().because(|| line.to_owned())?;
        assert!(at >= before, "{text}");
        before = at;
        event["event"].as_str().map(str::to_owned).because(|| line.to_owned())
    };
    text.lines().map(event).collect()
}

#[test]
fn it_makes_a_whole_journey_and_leaves_a_report() -> Result<()> {
    let server = Server::start()?;
    let spoken =
        say("The invoices of March were changed afterwards, the boss forbade us to speak.", "en")?;
    let (report, record) = (server.folder().join("say.wav"), server.folder().join("heard.wav"));
    write_wav(&report, &spoken)?;
    let output = telephone(&server, OPEN, &script(&report), &record)?;
    let events = events(&output)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    check_journey(&listener()?.hear(&decode(&record)?)?, "en", 1)?;
    check_report(&server, "en", "reviewed", &spoken)?;
    // The line said goodbye before the script came to its own end.
    assert_eq!(events.last().map(String::as_str), Some("the line hung up"), "{events:?}");
    for event in ["answered", "the line speaks", "the line is silent", "pressing keys", "said"] {
        assert!(events.iter().any(|seen| seen == event), "no {event} in {events:?}");
    }
    let calls = server.json(&["calls"])?;
    assert_eq!(calls[0]["end_reason"], "completed", "{calls}");
    Ok(())
}

/// The script of the example that `linka demo` prints, as a newcomer would paste it.
fn printed_script(server: &Server) -> Result<String> {
    let log = server.log();
    let quoted = log.split_once("--script '").and_then(|(_, rest)| rest.split_once('\''));
    quoted.map(|(script, _)| script.to_owned()).because(|| format!("no example in {log}"))
}

#[test]
fn the_example_that_the_demo_prints_leaves_a_report() -> Result<()> {
    let server = Server::start()?;
    let record = server.folder().join("heard.wav");
    let output = telephone(&server, OPEN, &printed_script(&server)?, &record)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reports = server.json(&["reports"])?;
    let report = (&reports[0]["language"], &reports[0]["category"], &reports[0]["ended"]);
    assert_eq!(report, (&"en".into(), &"fraud".into(), &"reviewed".into()), "{reports}");
    // Every key came when it was asked for, and the caller heard the end.
    let heard = listener()?.hear(&decode(&record)?)?;
    let astray = |name: &&str| name.ends_with("/invalid") || name.ends_with("/no_input");
    assert!(!names(&heard).iter().any(astray), "{}", listing(&heard));
    assert_eq!(names(&heard).last(), Some(&"en/farewell"), "{}", listing(&heard));
    Ok(())
}

#[test]
fn a_refused_call_is_told_and_is_no_success() -> Result<()> {
    let server = Server::start()?;
    let record = server.folder().join("heard.wav");
    let output = telephone(&server, "+420200000099", "hangup", &record)?;
    assert_eq!(events(&output)?, ["refused 404"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(decode(&record)?, [0; 0]);
    Ok(())
}
