//! Telephones that fall silent: the line ends the call after the trunk's media time-out and bills
//! it to that BYE. One that neither acknowledged the answer nor sent anything costs nothing.

use std::time::Duration;

use harness::clock::wait_for;
use harness::g711::Law;
use harness::pcap::Speech;
use harness::phone::{Caller, Ending, Invite, Report, Scenario};
use harness::server::{Configuration, Server};
use harness::voice::sine;
use harness::{Context, Result};
use serde_json::Value;

/// More than any call lasts: a transaction lives for 32 s (RFC 3261, section 17.1.1.2).
const LIMIT: Duration = Duration::from_secs(60);
/// How long it may take until an ended call is in the books.
const SETTLED: Duration = Duration::from_secs(10);
const NUMBER: &str = "+420200000021";
/// 10.00 CZK.
const CREDIT: i64 = 10_000_000;
/// Sound is missed after five seconds.
const TRUNKS: &str = "trunks: [{ name: hasty, signalling: [127.0.0.0/8], media: [127.0.0.0/8], \
                      country_code: \"420\", media_timeout_s: 5 }]\n";
/// Every second costs 0.01 CZK.
const CARD: &str = "id: cz-seconds\ncurrency: CZK\ncountry: CZ\nkind: landline\n\
                    valid_from: 2026-01-01T00:00:00Z\nmonthly: \"0\"\n\
                    rates: [{ origin: default, per_minute: \"0.60\", first: 1, step: 1 }]\n";

fn node() -> Result<Server> {
    let configuration = Configuration::of(include_str!("one_line.yaml")).trunks(TRUNKS);
    let server = Server::serve(&configuration.ratecard("cz-seconds.yaml", CARD))?;
    for command in
        [&["credit", "grant", "--org", "Alfa", "--amount", "10"][..], &["lines", "on", NUMBER]]
    {
        let output = server.linka(command)?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(server)
}

fn call(server: &Server, scenario: &Scenario) -> Result<Report> {
    Caller::to(server.sip(), NUMBER)?.within(LIMIT).run(scenario)?.as_planned()
}

/// The only call in the books, which left so much credit.
fn settled(server: &Server) -> Result<(Value, i64)> {
    let call = wait_for("the call in the books", SETTLED, || {
        Ok(server.json(&["calls"])?.as_array().and_then(|calls| calls.first()).cloned())
    })?;
    let balance = server.json(&["lines"])?[0]["balance_micro"].as_i64();
    Ok((call, balance.because(|| "no balance")?))
}

/// The line ended the call for want of sound, after so many seconds or a few more; each second
/// costs 0.01.
fn assert_timed_out(server: &Server, after_s: i64) -> Result<()> {
    let (call, balance) = settled(server)?;
    assert_eq!(call["end_reason"], "media_timeout", "{call}");
    let seconds = call["billable_s"].as_i64().because(|| "no seconds")?;
    assert!((after_s..=after_s + 4).contains(&seconds), "{call}");
    assert_eq!(call["amount_micro"], 10_000 * seconds, "{call}");
    assert_eq!(balance, CREDIT - 10_000 * seconds);
    Ok(())
}

/// The reason that the line gave in its BYE (RFC 3326).
fn reason(report: &Report) -> Option<&str> {
    let bye = report.messages.iter().find(|message| message.method() == Some("BYE"));
    bye.and_then(|message| message.header("Reason"))
}

#[test]
fn a_telephone_that_never_sends_sound_is_hung_up_and_pays_to_the_end() -> Result<()> {
    let server = node()?;
    let report = call(&server, &Scenario::call(&Invite::default(), None, Ending::Await(LIMIT)))?;
    assert!(reason(&report).is_some(), "{:?}", report.messages.last());
    assert_timed_out(&server, 5)
}

#[test]
fn a_telephone_that_falls_silent_is_hung_up_five_seconds_later() -> Result<()> {
    let server = node()?;
    let media = server.folder().join("six_seconds.pcap");
    Speech::new(Law::A).speech(&sine(440.0, 6.0, -20.0)).write(&media)?;
    let scenario = Scenario::call(&Invite::default(), Some(&media), Ending::Await(LIMIT));
    call(&server, &scenario)?;
    assert_timed_out(&server, 6 + 5)
}

#[test]
fn a_call_that_was_neither_acknowledged_nor_heard_costs_nothing() -> Result<()> {
    let server = node()?;
    let report = call(&server, &Scenario::without_ack(&Invite::default()))?;
    // The answer was sent again and again: at 0.5, 1.5, 3.5, 7.5, 11.5 … s (section 13.3.1.4).
    assert!(report.responses(200).len() > 5, "{}", report.responses(200).len());
    let (call, balance) = settled(&server)?;
    assert_eq!((&call["billable_s"], &call["amount_micro"]), (&0.into(), &0.into()), "{call}");
    assert_eq!(balance, CREDIT);
    Ok(())
}
