//! What calls cost: many at once, and the one call that the credit is enough for.

use std::collections::BTreeMap;
use std::time::Duration;

use harness::clock::wait_for;
use harness::g711::Law;
use harness::pcap::Speech;
use harness::phone::{Caller, Calling, Ending, Invite, Scenario};
use harness::server::{LineState, Server};
use harness::voice::say;
use harness::{Context, Result};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(40);
/// How long it may take until an ended call is in the books.
const SETTLED: Duration = Duration::from_secs(10);
/// config/ratecards/cz-landline-czk.yaml: 0.60 CZK a minute, first 60, step 60. Every call of up to
/// 60 s costs one minute.
const ONE_MINUTE: i64 = 600_000;
/// What the demo grants: 500.00 CZK.
const CREDIT: i64 = 500_000_000;
/// How long the calls last, each length five times.
const LENGTHS: [u64; 4] = [3, 7, 11, 15];
const EACH: usize = 5;

/// Calls of one length at once, ended by the caller.
fn call(server: &Server, number: &str, calls: usize, seconds: u64) -> Result<Calling> {
    let ending = Ending::HangUp(Duration::from_secs(seconds));
    let scenario = Scenario::call(&Invite::default(), None, ending);
    Caller::to_many(server.sip(), &vec![number; calls])?.within(LIMIT).start(&scenario)
}

fn calls(server: &Server, count: usize) -> Result<Vec<Value>> {
    wait_for("all calls in the books", SETTLED, || {
        let listed = server.json(&["calls"])?.as_array().cloned().unwrap_or_default();
        Ok((listed.len() >= count).then_some(listed))
    })
}

fn balance(server: &Server, number: &str) -> Result<i64> {
    let lines = server.json(&["lines"])?;
    let lines = lines.as_array().because(|| "no list of lines")?;
    let line = lines.iter().find(|line| line["number"] == number);
    line.and_then(|line| line["balance_micro"].as_i64()).because(|| "no balance")
}

fn assert_books_in_order(server: &Server) -> Result<()> {
    let findings = server.linka(&["doctor"])?.stdout;
    let findings = String::from_utf8_lossy(&findings);
    assert!(findings.contains("the books are in order"), "{findings}");
    Ok(())
}

#[test]
fn twenty_calls_at_once_cost_what_the_price_list_says() -> Result<()> {
    let server = Server::start()?;
    let number = server.demo()?.line(LineState::On)?.number()?.to_owned();
    let groups = LENGTHS.map(|seconds| call(&server, &number, EACH, seconds));
    for group in groups {
        assert_eq!(group?.finish()?.as_planned()?.successful, 5);
    }
    let listed = calls(&server, 20)?;
    assert_eq!(listed.len(), 20, "{listed:?}");
    let mut lengths = BTreeMap::new();
    for call in &listed {
        assert_eq!(call["amount_micro"], ONE_MINUTE, "{call}");
        assert_eq!(call["end_reason"], "caller_hung_up", "{call}");
        assert_eq!(
            (&call["currency"], &call["rate_card"]),
            (&"CZK".into(), &"cz-landline-czk".into())
        );
        // A started second counts, and the BYE takes a moment: n to n + 2.
        let seconds = call["billable_s"].as_u64().because(|| "no seconds")?;
        let planned = LENGTHS.iter().find(|length| (**length..=**length + 2).contains(&seconds));
        *lengths
            .entry(*planned.because(|| format!("nobody called for {seconds} s"))?)
            .or_insert(0) += 1;
    }
    assert_eq!(lengths, LENGTHS.map(|length| (length, EACH)).into());
    // 20 · 0.60 = 12.00 CZK; nothing stays reserved.
    assert_eq!(balance(&server, &number)?, CREDIT - 12_000_000);
    assert_books_in_order(&server)
}

#[test]
fn credit_for_one_call_answers_one_of_two() -> Result<()> {
    let server = Server::start()?;
    let number = server.demo()?.line(LineState::NoCredit)?.number()?.to_owned();
    // The first reservation reaches at least 150 s: three minutes at (60, 60), 1.80 CZK. Twice that
    // would be 3.60.
    let granted =
        server.linka(&["credit", "grant", "--org", "Bez kreditu s.r.o.", "--amount", "3.59"])?;
    assert!(granted.status.success(), "{}", String::from_utf8_lossy(&granted.stderr));
    let reports = [call(&server, &number, 1, 4)?, call(&server, &number, 1, 4)?]
        .map(|calling| calling.finish());
    let mut outcomes = Vec::new();
    for report in reports {
        let report = report?;
        outcomes.push((report.responses(200).is_empty(), report.responses(480).len()));
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [(false, 0), (true, 1)]);
    let listed = calls(&server, 1)?;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["amount_micro"], ONE_MINUTE);
    // 3.59 − 0.60.
    assert_eq!(balance(&server, &number)?, 2_990_000);
    assert_books_in_order(&server)
}

/// The shortest call that can meet the end of its credit: three minutes, in real time.
#[test]
fn a_call_ends_with_its_credit_and_its_report_is_kept() -> Result<()> {
    let server = Server::start()?;
    let number = server.demo()?.line(LineState::NoCredit)?.number()?.to_owned();
    // Just the first reservation, up to 180 s (see above).
    let grant = ["credit", "grant", "--org", "Bez kreditu s.r.o.", "--amount", "1.80"];
    assert!(server.linka(&grant)?.status.success());
    // One language and no units: past the greeting, past the hint, the first category, past its
    // name, consent, to the tone; then speech until the line hangs up.
    let start = Speech::new(Law::A).silence(2.0);
    let keys = ["#", "#", "1", "#", "1", "5"];
    let mut speech = keys.iter().fold(start, |speech, key| speech.digits(key).silence(1.0));
    let sentence = say("Faktury za březen byly dodatečně změněny. Viděl jsem to.", "cs")?;
    while speech.length() < Duration::from_secs(190) {
        speech = speech.speech(&sentence).silence(0.5);
    }
    let media = server.folder().join("caller.pcap");
    speech.write(&media)?;
    let limit = Duration::from_secs(200);
    let scenario = Scenario::call(&Invite::default(), Some(&media), Ending::Await(limit));
    Caller::to(server.sip(), &number)?.within(limit).run(&scenario)?.as_planned()?;
    // The recording stops 50 s before the boundary, at 130 s; the call ends between that and 180 s.
    // Either way three minutes are begun: 1.80 CZK, all there was.
    let listed = calls(&server, 1)?;
    assert_eq!(listed[0]["end_reason"], "credit_exhausted", "{listed:?}");
    assert_eq!(listed[0]["amount_micro"], 3 * ONE_MINUTE, "{listed:?}");
    let seconds = listed[0]["billable_s"].as_u64();
    assert!(seconds.is_some_and(|seconds| (130..=180).contains(&seconds)), "{listed:?}");
    assert_eq!(balance(&server, &number)?, 0);
    let reports = server.json(&["reports"])?;
    assert_eq!(reports[0]["ended"], "interrupted", "{reports}");
    assert_books_in_order(&server)
}
