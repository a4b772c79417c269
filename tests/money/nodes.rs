//! Two `linka serve` over one PostgreSQL server: what one leaves behind when it dies or stands
//! still, the other settles, once and never for more than was proven.

mod house;

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::clock::{Stopwatch, let_pass};
use harness::g711::Law;
use harness::pcap::Speech;
use harness::phone::Ending;
use harness::postgres::Postgres;
use harness::server::Server;
use harness::voice::say;
use harness::{Context, Result};
use house::{A_SECOND, CREDIT, LIMIT, answered, balance, call, node, open, settled, sound};
use serde_json::Value;

/// The heart of a call beats every 5 s (M13), and what was proven last may be as old as that.
const BEAT_S: i64 = 5;

/// Two nodes over one database, with the line in credit and on.
fn two_nodes() -> Result<[Server; 2]> {
    let database = Postgres::shared().database();
    let nodes = [node(&database)?, node(&database)?];
    open(&nodes[0])?;
    Ok(nodes)
}

/// The sum of these calls, each of which ended so, costs what its seconds cost, and lasted from..=to
/// seconds.
fn sum(calls: &[Value], end: &str, (from, to): (i64, i64)) -> Result<i64> {
    let ended = calls.iter().filter(|call| call["end_reason"] == end);
    let mut sum = 0;
    for call in ended {
        let seconds = call["billable_s"].as_i64().because(|| format!("no seconds in {call}"))?;
        assert!((from..=to).contains(&seconds), "{from} to {to} s: {call}");
        assert_eq!(call["amount_micro"], seconds * A_SECOND, "{call}");
        sum += seconds * A_SECOND;
    }
    Ok(sum)
}

/// Past the greeting, the hint, the first category, its name and consent, to the tone; then speech.
fn speech(folder: &Path) -> Result<PathBuf> {
    let start = Speech::new(Law::A).silence(2.0);
    let keys = ["#", "#", "1", "#", "1", "5"];
    let start = keys.iter().fold(start, |speech, key| speech.digits(key).silence(1.0));
    let said =
        say("Faktury za březen byly dodatečně změněny. Viděl jsem to na vlastní oči.", "cs")?;
    let file = folder.join("speaking.pcap");
    (0..4).fold(start, |speech, _| speech.speech(&said)).write(&file)?;
    Ok(file)
}

#[test]
fn calls_of_a_node_that_is_killed_are_settled_by_the_other_at_their_last_proof() -> Result<()> {
    let [mut killed, other] = two_nodes()?;
    let media = speech(killed.folder())?;
    let watch = Stopwatch::start();
    let cut = call(&killed, 20, Some(&media), Ending::Await(LIMIT))?;
    let whole = call(&other, 4, None, Ending::HangUp(Duration::from_secs(8)))?;
    answered(&cut, 20)?;
    // Nine seconds to the tone, and some to speak.
    let_pass(Duration::from_secs(13));
    killed.kill9()?;
    let lasted = i64::try_from(watch.elapsed().as_secs())? + 1;
    drop(cut);
    whole.finish()?.as_planned()?;

    let calls = settled(&other, 24)?;
    assert_eq!(calls.len(), 24);
    let crashed = sum(&calls, "crash", (13 - BEAT_S - 1, lasted))?;
    let hung_up = sum(&calls, "caller_hung_up", (8, 11))?;
    assert_eq!(calls.iter().filter(|call| call["end_reason"] == "crash").count(), 20);
    assert_eq!(balance(&other)?, CREDIT - crashed - hung_up);
    sound(&other)?;
    println!(
        "20 calls of a killed node, at most {lasted} s: {:.2} s billed a call",
        crashed as f64 / 20.0 / A_SECOND as f64
    );

    // Its reports lie in its own folder, and its next start makes them whole.
    killed.go()?;
    let reports = killed.json(&["reports"])?;
    let reports = reports.as_array().because(|| "no list of reports")?;
    assert_eq!(reports.len(), 20);
    assert!(reports.iter().all(|report| report["ended"] == "interrupted"), "{reports:?}");
    // It finds nothing more to settle, and takes calls again.
    call(&killed, 1, None, Ending::HangUp(Duration::from_secs(1)))?.finish()?.as_planned()?;
    let again = settled(&other, 25)?;
    let new = again.iter().find(|call| !calls.contains(call)).because(|| "no new call")?;
    let cost = sum(std::slice::from_ref(new), "caller_hung_up", (1, 4))?;
    assert_eq!(balance(&other)?, CREDIT - crashed - hung_up - cost);
    sound(&killed)
}

#[test]
fn a_node_that_stood_still_can_write_nothing_after_the_take_over_and_ends() -> Result<()> {
    let [mut still, other] = two_nodes()?;
    let calling = call(&still, 5, None, Ending::Await(LIMIT))?;
    let watch = Stopwatch::start();
    answered(&calling, 5)?;
    let_pass(Duration::from_secs(6));
    still.running()?.signal("STOP")?;
    let lasted = i64::try_from(watch.elapsed().as_secs())? + 2;
    let calls = settled(&other, 5)?;
    let crashed = sum(&calls, "crash", (1, lasted))?;
    assert_eq!((calls.len(), balance(&other)?), (5, CREDIT - crashed));

    // Revived, it wants to go on with its calls: each write is refused by its epoch (I20).
    still.running()?.signal("CONT")?;
    let process = still.running()?;
    let status = process.wait(LIMIT)?;
    assert!(!status.success(), "{status}");
    assert!(still.log().contains("the term of this node is over"), "{}", still.log());
    drop(calling);
    assert_eq!(settled(&other, 5)?, calls);
    assert_eq!(balance(&other)?, CREDIT - crashed);
    sound(&other)
}
