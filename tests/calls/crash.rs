//! The power fails while a caller speaks: what was said until then is kept, and the call costs what
//! is proven and nothing stays reserved.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::clock::{let_pass, wait_for};
use harness::g711::Law;
use harness::pcap::Speech;
use harness::phone::{Caller, Ending, Invite, Scenario};
use harness::server::{LineState, Server};
use harness::sound::{RATE, decode, samples_of, seconds_of};
use harness::voice::{compare_pieces, say};
use harness::{Context, Result};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);
/// What the demo grants: 500.00 CZK.
const CREDIT: i64 = 500_000_000;
/// config/ratecards/cz-landline-czk.yaml: 0.60 CZK a minute, first 60, step 60. The call lasts less
/// than 60 s, so no proof can be worth more than one minute; it runs for more than 10 s, twice as
/// long as a heartbeat takes, so it is proven and that minute is due.
const ONE_MINUTE: i64 = 600_000;
/// Speech goes on for so long before the power fails.
const SPOKEN_S: f64 = 8.0;
/// What may be lost of it.
const LOST_S: f64 = 2.0;

/// More speech than is needed: the caller is still speaking.
fn spoken() -> Result<Vec<i16>> {
    let text = "Faktury za březen byly dodatečně změněny. Viděl jsem to na vlastní oči. Vedoucí \
                nám zakázal o tom mluvit. Kdo se ptal, byl přeložen na jiné místo. Peníze šly na \
                účet firmy, která patří jeho bratrovi, a nikdo z vedení se na nic neptal.";
    say(text, "cs")
}

/// A key a second, each cuts what is being said: past the greeting, Czech, past the hint, the first
/// category, past its name, the first unit, past its name, consent, to the tone; then speech.
fn media(spoken: &[i16], folder: &Path) -> Result<(PathBuf, Duration)> {
    let keys = ["#", "1", "#", "1", "#", "1", "#", "1", "5"];
    let start = Speech::new(Law::A).silence(2.0);
    let start = keys.iter().fold(start, |speech, key| speech.digits(key).silence(1.0));
    let (before, file) = (start.length(), folder.join("caller.pcap"));
    start.speech(spoken).write(&file)?;
    Ok((file, before))
}

/// The only row of a listing.
fn only(rows: Value) -> Result<Value> {
    match rows.as_array().map(Vec::as_slice) {
        Some([row]) => Ok(row.clone()),
        _ => None.because(|| format!("not one row: {rows}")),
    }
}

/// What was said until two seconds before the end lies there and can be heard.
fn assert_kept(server: &Server, spoken: &[i16]) -> Result<()> {
    let report = only(server.json(&["reports"])?)?;
    assert_eq!((&report["ended"], &report["consent"]), (&"interrupted".into(), &"audio".into()));
    let path = report["audio"].as_str().because(|| format!("no sound in {report}"))?;
    let audio = decode(&server.data().join(path))?;
    let expected = spoken.get(..samples_of(SPOKEN_S - LOST_S)).because(|| "too little is said")?;
    assert!(audio.len() >= expected.len(), "only {} s were kept", seconds_of(audio.len()));
    let seconds = report["seconds"].as_f64().because(|| format!("no length in {report}"))?;
    assert!((seconds - seconds_of(audio.len())).abs() <= 1.0, "{report}: {}", audio.len() / RATE);
    let alike = compare_pieces(&audio, expected)?;
    assert!(alike > 0.9, "{alike}");
    Ok(())
}

/// The call is settled, nothing is reserved, the books agree.
fn assert_settled(server: &Server, number: &str) -> Result<()> {
    let call = only(server.json(&["calls"])?)?;
    assert_eq!((&call["end_reason"], &call["amount_micro"]), (&"crash".into(), &ONE_MINUTE.into()));
    assert!(
        call["billable_s"].as_u64().is_some_and(|seconds| (1..60).contains(&seconds)),
        "{call}"
    );
    let lines = server.json(&["lines"])?;
    let mut lines = lines.as_array().because(|| "no list of lines")?.iter();
    let line = lines.find(|line| line["number"] == number).because(|| "the line is gone")?;
    assert_eq!(line["balance_micro"], CREDIT - ONE_MINUTE, "{line}");
    let findings = server.linka(&["doctor"])?.stdout;
    let findings = String::from_utf8_lossy(&findings);
    assert!(findings.contains("the books are in order"), "{findings}");
    Ok(())
}

#[test]
fn a_power_cut_while_a_caller_speaks_loses_two_seconds_and_no_money() -> Result<()> {
    let mut server = Server::start()?;
    let number = server.demo()?.line(LineState::On)?.number()?.to_owned();
    let spoken = spoken()?;
    let (media, before) = media(&spoken, server.folder())?;
    let scenario = Scenario::call(&Invite::default(), Some(&media), Ending::Await(LIMIT));
    let calling = Caller::to(server.sip(), &number)?.within(LIMIT).start(&scenario)?;
    wait_for("the answer", LIMIT, || {
        Ok(calling.messages().iter().any(|message| message.status() == Some(200)).then_some(()))
    })?;
    // A second more than that: sipp may begin to speak a little late.
    let_pass(before + Duration::from_secs_f64(SPOKEN_S + 1.0));
    server.kill9()?;
    drop(calling);
    server.go()?;
    assert_kept(&server, &spoken)?;
    assert_settled(&server, &number)?;
    // A second start finds nothing more to settle.
    server.restart()?;
    assert_settled(&server, &number)
}
