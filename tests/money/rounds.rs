//! `kill -9` of the engine and of PostgreSQL in turns, under load: after each round the books are
//! clean, nothing is reserved, and nobody paid for more than the telephone saw. Five rounds, fifty
//! in the long form.

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use harness::clock::{Stopwatch, let_pass, wait_for};
use harness::phone::{Caller, Ending, Invite, Message, Scenario};
use harness::postgres::Postgres;
use harness::proxy::{Proxy, server_of};
use harness::server::Server;
use harness::{Context, Result};
use house::{A_SECOND, CREDIT, LIMIT, NUMBER, answered, balance, call, node, open, settled, sound};
use serde_json::Value;

/// Callers of a round: so many who hang up before the kill, and so many who are in the middle.
const SHORT: usize = 8;
const LONG: usize = 12;
/// The line's clock and the telephone's start and stop a moment apart, and a second begun counts.
const APART_S: f64 = 1.5;

/// What the telephones saw, in seconds of each call: from the answer to their BYE, or to `cut`
/// after the first answer where the engine died.
fn seen(messages: &[Message], cut_s: f64) -> Vec<f64> {
    let mut calls: BTreeMap<&str, (f64, Option<f64>)> = BTreeMap::new();
    for message in messages {
        let Some(call) = message.header("Call-ID") else { continue };
        if !message.sent && message.status() == Some(200) {
            calls.entry(call).or_insert((message.at_s, None));
        }
        if message.sent && message.method() == Some("BYE") {
            calls.entry(call).and_modify(|times| times.1 = times.1.or(Some(message.at_s)));
        }
    }
    let first = calls.values().map(|(from, _)| *from).fold(f64::INFINITY, f64::min);
    let length = |&(from, to): &(f64, Option<f64>)| to.unwrap_or(first + cut_s) - from;
    calls.values().map(length).collect()
}

/// That these calls together paid for no more than was seen: the n-th shortest bill is below the
/// n-th shortest call. Each costs what its seconds cost. Gives back the sum.
fn nobody_paid_more(calls: &[&Value], mut seen_s: Vec<f64>) -> Result<i64> {
    let mut billed = Vec::new();
    for call in calls {
        let seconds = call["billable_s"].as_i64().because(|| format!("no seconds in {call}"))?;
        assert_eq!(call["amount_micro"], seconds * A_SECOND, "{call}");
        billed.push(seconds);
    }
    billed.sort_unstable();
    seen_s.sort_by(f64::total_cmp);
    assert_eq!(billed.len(), seen_s.len(), "{calls:?} {seen_s:?}");
    let over = billed.iter().zip(&seen_s).find(|(billed, seen)| **billed as f64 > **seen + APART_S);
    assert!(over.is_none(), "{over:?} of {billed:?} and {seen_s:?}");
    Ok(billed.iter().sum::<i64>() * A_SECOND)
}

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dies {
    Engine,
    Database,
}

/// One round: twenty calls, one death, and how many micro-units the calls cost.
fn round(server: &mut Server, database: &mut Postgres, n: u32) -> Result<(Dies, f64, i64)> {
    let dies = if n.is_multiple_of(2) { Dies::Engine } else { Dies::Database };
    let known = settled(server, 0)?;
    let watch = Stopwatch::start();
    let short = call(server, SHORT, None, Ending::HangUp(Duration::from_millis(1_200)))?;
    let ending = match dies {
        Dies::Engine => Ending::Await(LIMIT),
        Dies::Database => Ending::HangUp(Duration::from_secs(5)),
    };
    let long = call(server, LONG, None, ending)?;
    answered(&short, SHORT)?;
    answered(&long, LONG)?;
    // At another place of the beat of the heart (5 s) each time.
    let_pass(Duration::from_millis(u64::from(n % 5) * 1_300));
    let seen_s = match dies {
        Dies::Engine => {
            server.kill9()?;
            let lasted = watch.elapsed().as_secs_f64();
            let messages = [short.messages(), long.messages()].concat();
            drop((short, long));
            server.go()?;
            seen(&messages, lasted)
        }
        Dies::Database => {
            database.kill9()?;
            let (short, long) = (short.finish()?.as_planned()?, long.finish()?.as_planned()?);
            database.restart()?;
            seen(&[short.messages, long.messages].concat(), 0.0)
        }
    };
    let calls = settled(server, known.len() + SHORT + LONG)?;
    let new: Vec<&Value> = calls.iter().filter(|call| !known.contains(call)).collect();
    let sum_s = seen_s.iter().sum();
    let cost = nobody_paid_more(&new, seen_s)?;
    Ok((dies, sum_s, cost))
}

#[test]
fn after_each_kill_of_engine_or_database_the_books_are_clean_and_nobody_is_overcharged()
-> Result<()> {
    let rounds = if std::env::var_os("LINKA_SOAK").is_some() { 50 } else { 5 };
    let mut database = Postgres::start()?;
    let mut server = node(&database.database())?;
    open(&server)?;
    let mut spent = 0;
    for n in 0..rounds {
        let (dies, seen_s, cost) = round(&mut server, &mut database, n)?;
        spent += cost;
        let left = wait_for("nothing to be reserved", LIMIT, || {
            let left = balance(&server)?;
            Ok((left >= CREDIT - spent).then_some(left))
        })?;
        assert_eq!(left, CREDIT - spent);
        sound(&server)?;
        let billed_s = cost / A_SECOND;
        println!(
            "round {n}, {dies:?} dies: {seen_s:.1} s seen by {} calls, {billed_s} s billed",
            SHORT + LONG
        );
    }
    Ok(())
}

#[test]
fn a_commit_whose_answer_is_lost_charges_a_call_once() -> Result<()> {
    let url = Postgres::shared().database();
    let proxy = Proxy::before(server_of(&url).because(|| "no port")?)?;
    let server = node(&proxy.through(&url))?;
    open(&server)?;
    let mut spent = 0;
    for n in 1..=3 {
        let calling = call(&server, 4, None, Ending::HangUp(Duration::from_secs(2)))?;
        answered(&calling, 4)?;
        let_pass(Duration::from_millis(1_500));
        // Of the settlements, unless a sign of life comes first: then of that.
        proxy.lose_the_next_answer();
        let messages = calling.finish()?.as_planned()?.messages;
        wait_for("an answer to be lost", LIMIT, || Ok((!proxy.is_losing()).then_some(())))?;
        let calls = settled(&server, 4 * n)?;
        let all: Vec<&Value> = calls.iter().collect();
        if n == 1 {
            spent = nobody_paid_more(&all, seen(&messages, 0.0))?;
        }
        let sum = all.iter().filter_map(|call| call["amount_micro"].as_i64()).sum::<i64>();
        assert_eq!(balance(&server)?, CREDIT - sum);
    }
    assert!(spent > 0);
    sound(&server)
}

/// One caller who is refused while the database is away, and told when to come again.
#[test]
fn without_its_database_a_node_lets_calls_go_on_and_sends_new_ones_away() -> Result<()> {
    let mut database = Postgres::start()?;
    let mut server = node(&database.database())?;
    open(&server)?;
    let calling = call(&server, 3, None, Ending::Await(LIMIT))?;
    let watch = Stopwatch::start();
    answered(&calling, 3)?;
    let ending = call(&server, 2, None, Ending::HangUp(Duration::from_secs(6)))?;
    answered(&ending, 2)?;
    database.kill9()?;
    let refused = Caller::to(server.sip(), NUMBER)?;
    let refused = refused.start(&Scenario::refused(&Invite::default(), 503))?;
    let refused = refused.finish()?.as_planned()?;
    let again = refused.responses(503).first().and_then(|answer| answer.header("Retry-After"));
    let again: u32 = again.because(|| "no Retry-After")?.parse()?;
    assert!((5..=30).contains(&again), "{again}");
    // Two hang up meanwhile, three go on; then the engine dies too.
    let messages = ending.finish()?.as_planned()?.messages;
    let_pass(Duration::from_secs(6));
    server.kill9()?;
    let lasted = i64::try_from(watch.elapsed().as_secs())? + 1;
    drop(calling);
    let journal = std::fs::metadata(server.data().join("ledger.journal"))?;
    assert!(journal.len() > 0);

    database.restart()?;
    server.go()?;
    assert!(
        server.log().contains("requests of its journal are in the books now"),
        "{}",
        server.log()
    );
    let calls = settled(&server, 5)?;
    let (ended, cut): (Vec<&Value>, Vec<&Value>) =
        calls.iter().partition(|call| call["end_reason"] == "caller_hung_up");
    assert_eq!((ended.len(), cut.len()), (2, 3), "{calls:?}");
    let hung_up = nobody_paid_more(&ended, seen(&messages, 0.0))?;
    assert!(hung_up >= 2 * 6 * A_SECOND, "their ends were in the journal: {ended:?}");
    let mut sum = hung_up;
    for call in cut {
        let seconds = call["billable_s"].as_i64().because(|| "no seconds")?;
        // Proven by the journal: no more than a beat of the heart before the end.
        assert!((lasted - 8..=lasted).contains(&seconds), "of {lasted} s: {call}");
        sum += seconds * A_SECOND;
    }
    assert_eq!(balance(&server)?, CREDIT - sum);
    sound(&server)
}
