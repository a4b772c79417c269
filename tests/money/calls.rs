//! What calls cost: twenty at once to lines of `linka serve` on four price lists, with every length
//! and every end, among them one that meets the end of its credit. It lasts two and a half minutes,
//! the shortest time that a call's first reservation can reach.

use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::capture::{Capture, streams};
use harness::clock::wait_for;
use harness::g711::Law;
use harness::hear::listing;
use harness::journey::{apart, listener};
use harness::pcap::Speech;
use harness::phone::{Caller, CallerIdentity, Calling, Ending, Invite, Scenario, give_up};
use harness::server::{Configuration, Server};
use harness::sound::{decode, seconds_of};
use harness::voice::{compare_pieces, say};
use harness::{Context, Result};
use serde_json::Value;

/// Longer than any of the calls.
const LIMIT: Duration = Duration::from_secs(200);
/// How long it may take until an ended call is in the books.
const SETTLED: Duration = Duration::from_secs(10);
/// The lines of money/organisations.yaml, and what their organisations are granted.
const MINUTES: &str = "+420200000011";
const FREE: &str = "+420800000012";
const SECONDS: &str = "+421200000013";
const SIXES: &str = "+421800000014";
const LAST: &str = "+421200000015";
const SHORT: &str = "+420200000016";
const LINES: [&str; 6] = [MINUTES, FREE, SECONDS, SIXES, LAST, SHORT];
/// Gama gets what a first reservation takes by the second, to 150 s: 0.01 + 150 · 0.024 / 60 =
/// 0.07. Delta lacks 0.01 of what it takes by the minute, three minutes: 3 · 0.60 = 1.80.
const CREDITS: [(&str, &str); 4] =
    [("Alfa", "100"), ("Beta", "10"), ("Gama", "0.07"), ("Delta", "1.79")];

/// Callers who do the same: where from, to which line, how many, what they say, how it ends.
type Callers<'a> = (&'a str, &'a str, usize, Option<&'a Path>, Ending);

/// What one call must have cost: its line, its end, and the amount by its billable seconds, from
/// and to. A started second counts, and on a busy machine a BYE may take three.
type Due = (&'static str, &'static str, &'static [(u64, u64, i64)]);

/// By which price list each line is paid.
const CARDS: [(&str, &str, &str); 5] = [
    ("minutes", "CZK", "cz-minutes"),
    ("free", "CZK", "cz-free"),
    ("seconds", "EUR", "sk-seconds"),
    ("sixes", "EUR", "sk-sixes"),
    ("last", "EUR", "sk-seconds"),
];

const HUNG_UP: &str = "caller_hung_up";
const DUE: [Due; 17] = [
    // By the minute, 0.60 (60, 60): a minute begun is a minute; 63 s are two.
    ("minutes", HUNG_UP, &[(5, 8, 600_000)]),
    ("minutes", HUNG_UP, &[(5, 8, 600_000)]),
    ("minutes", HUNG_UP, &[(5, 8, 600_000)]),
    ("minutes", HUNG_UP, &[(16, 19, 600_000)]),
    ("minutes", HUNG_UP, &[(20, 30, 600_000)]),
    ("minutes", HUNG_UP, &[(63, 66, 1_200_000)]),
    ("minutes", "completed", &[(20, 59, 600_000)]),
    // Toll-free (60, 1): the first minute whole. From a mobile 2.90, a fixed line 1.20, unknown 3.50.
    ("free", HUNG_UP, &[(7, 10, 2_900_000)]),
    ("free", HUNG_UP, &[(7, 10, 2_900_000)]),
    ("free", HUNG_UP, &[(11, 14, 1_200_000)]),
    ("free", HUNG_UP, &[(15, 18, 3_500_000)]),
    // 2.90 · 66 / 60 = 3.19, · 67 = 3.238333…, · 68 = 3.286666…, · 69 = 3.335; each rounded up.
    (
        "free",
        HUNG_UP,
        &[(66, 66, 3_190_000), (67, 67, 3_238_334), (68, 68, 3_286_667), (69, 69, 3_335_000)],
    ),
    // By the second: 0.01 + 8 · 0.0004 = 0.0132 is below the least price, 0.02.
    ("seconds", HUNG_UP, &[(8, 11, 20_000)]),
    ("seconds", HUNG_UP, &[(8, 11, 20_000)]),
    // 0.01 + 40 · 0.0004 = 0.026, and 0.0004 for each second more.
    ("seconds", HUNG_UP, &[(40, 40, 26_000), (41, 41, 26_400), (42, 42, 26_800), (43, 43, 27_200)]),
    // (30, 6) at 0.002 a second: 12 s count as 30, 32 to 36 s as 36.
    ("sixes", HUNG_UP, &[(12, 15, 60_000)]),
    ("sixes", HUNG_UP, &[(32, 35, 72_000)]),
];

/// One language and no units: past the greeting, past the hint, the first category, past its name,
/// consent, to the tone, which takes nine seconds.
const TO_THE_TONE: &[&str] = &["#", "#", "1", "#", "1", "5"];
/// The same where the credit is short: after consent the code is read, and cut here.
const PAST_THE_CODE: &[&str] = &["#", "#", "1", "#", "1", "1", "#", "#", "5"];

/// These keys, and then the same sentence for so long in all.
fn speaking(keys: &[&str], sentence: &[i16], seconds: u64) -> Speech {
    let start = Speech::new(Law::A).silence(2.0);
    let mut speech = keys.iter().fold(start, |speech, key| speech.digits(key).silence(1.0));
    while speech.length() < Duration::from_secs(seconds) {
        speech = speech.speech(sentence).silence(0.5);
    }
    speech
}

/// A report, and these keys after it.
fn reporting(sentence: &[i16], keys: &[&str]) -> Speech {
    let report = speaking(TO_THE_TONE, sentence, 10);
    keys.iter().fold(report, |speech, key| speech.digits(key).silence(1.5))
}

/// The callers whom sipp plays, all but one, at once.
fn call(server: &Server, sentence: &[i16]) -> Result<Vec<Calling>> {
    let talk = written(&speaking(TO_THE_TONE, sentence, 70), server, "talk.pcap")?;
    let whole = reporting(sentence, &["#", "1", "1", "#", "#", "#", "#"]).silence(5.0);
    let whole = written(&whole, server, "whole.pcap")?;
    let handed_in = reporting(sentence, &["#", "1"]).silence(2.0);
    let leaving = Ending::HangUp(handed_in.length());
    let handed_in = written(&handed_in, server, "handed_in.pcap")?;
    let talk = Some(talk.as_path());
    let after = |seconds| Ending::HangUp(Duration::from_secs(seconds));
    let (mobile, fixed, withheld) = ("+420777654321", "+420222123456", "anonymous");
    let callers: [Callers<'_>; 13] = [
        (withheld, MINUTES, 3, None, after(5)),
        (withheld, MINUTES, 1, talk, after(16)),
        (withheld, MINUTES, 1, Some(&handed_in), leaving),
        (withheld, MINUTES, 1, talk, after(63)),
        (withheld, MINUTES, 1, Some(&whole), Ending::Await(LIMIT)),
        (mobile, FREE, 2, None, after(7)),
        (fixed, FREE, 1, None, after(11)),
        (withheld, FREE, 1, None, after(15)),
        (mobile, FREE, 1, talk, after(66)),
        (withheld, SECONDS, 2, None, after(8)),
        (mobile, SECONDS, 1, talk, after(40)),
        (fixed, SIXES, 1, None, after(12)),
        (withheld, SIXES, 1, talk, after(32)),
    ];
    callers.into_iter().map(|callers| start(server, callers)).collect()
}

fn written(speech: &Speech, server: &Server, name: &str) -> Result<PathBuf> {
    let file = server.folder().join(name);
    speech.write(&file)?;
    Ok(file)
}

/// The caller whose credit is just enough to begin.
struct LastCaller {
    calling: Calling,
    capture: Capture,
    port: u16,
}

impl LastCaller {
    fn start(server: &Server, sentence: &[i16]) -> Result<Self> {
        let media = written(&speaking(PAST_THE_CODE, sentence, 155), server, "last_words.pcap")?;
        let caller = Caller::to(server.sip(), LAST)?.within(LIMIT);
        let port = caller.media_port();
        let capture = Capture::start("last", &caller.media_filter(), server.folder())?;
        let ending = Ending::Await(LIMIT);
        let calling = caller.start(&Scenario::call(&Invite::default(), Some(&media), ending))?;
        Ok(Self { calling, capture, port })
    }

    /// Waits for the line to hang up. It warned, read the code twice and said goodbye.
    fn finish(self) -> Result<()> {
        self.calling.finish()?.as_planned()?;
        let streams = streams(&self.capture.stop()?);
        let stream = streams.iter().find(|stream| stream.destination.port() == self.port);
        let heard = stream.because(|| "nothing was heard")?.samples()?;
        let hearings = listener()?.hear(&heard)?;
        let (heard, _) = apart(&hearings);
        let end = ["credit_minute", "credit_seconds", "code_is", "code_again", "sent", "farewell"];
        assert!(heard.ends_with(&end.map(|name| format!("cs/{name}"))), "{}", listing(&hearings));
        Ok(())
    }
}

fn start(server: &Server, (user, number, calls, media, ending): Callers<'_>) -> Result<Calling> {
    let caller = CallerIdentity { user: user.to_owned(), ..CallerIdentity::default() };
    let invite = Invite { caller, ..Invite::default() };
    let caller = Caller::to_many(server.sip(), &vec![number; calls])?.within(LIMIT);
    caller.start(&Scenario::call(&invite, media, ending))
}

/// A running node with its organisations in credit and its lines on.
fn node() -> Result<Server> {
    let configuration = Configuration::of(include_str!("organisations.yaml"))
        .ratecard("cz-minutes.yaml", include_str!("ratecards/cz-minutes.yaml"))
        .ratecard("cz-free.yaml", include_str!("ratecards/cz-free.yaml"))
        .ratecard("sk-seconds.yaml", include_str!("ratecards/sk-seconds.yaml"))
        .ratecard("sk-sixes.yaml", include_str!("ratecards/sk-sixes.yaml"));
    let server = Server::serve(&configuration)?;
    for (organisation, amount) in CREDITS {
        // No recording goes on beyond its credit: where it is cut is what is looked at.
        server.operate(&["orgs", "set", "--org", organisation, "--overdraft", "0"])?;
        server.operate(&["credit", "grant", "--org", organisation, "--amount", amount])?;
    }
    for number in LINES {
        server.operate(&["lines", "on", number])?;
    }
    Ok(server)
}

/// What the organisation of a line can spend: what is reserved is not in it.
fn balance(server: &Server, number: &str) -> Result<i64> {
    let lines = server.json(&["lines"])?;
    let lines = lines.as_array().because(|| "no list of lines")?;
    let line = lines.iter().find(|line| line["number"] == number);
    line.and_then(|line| line["balance_micro"].as_i64()).because(|| "no balance")
}

/// Takes the call that is due out of those listed; says what it cost.
fn settle(listed: &mut Vec<Value>, (line, end, costs): &Due) -> Result<i64> {
    let price = |call: &Value| {
        let seconds = call["billable_s"].as_u64()?;
        let fits = |(from, to, _): &&(u64, u64, i64)| (*from..=*to).contains(&seconds);
        costs.iter().find(fits).map(|(.., amount)| *amount)
    };
    let is_due =
        |call: &Value| call["line"] == *line && call["end_reason"] == *end && price(call).is_some();
    let place = listed.iter().position(is_due);
    let call = listed.remove(place.because(|| format!("no {line} {end} {costs:?} in {listed:?}"))?);
    let amount = price(&call).because(|| "no price")?;
    assert_eq!(call["amount_micro"], amount, "{call}");
    let card = CARDS.iter().find(|(name, ..)| name == line).because(|| *line)?;
    assert_eq!((&call["currency"], &call["rate_card"]), (&card.1.into(), &card.2.into()));
    Ok(amount)
}

/// The credit of this call was enough for 150 s: recording stopped at 100, the code was spoken, and
/// what was said since the tone, which came after twelve seconds, is kept.
fn assert_cut(server: &Server, listed: &mut Vec<Value>, sentence: &[i16]) -> Result<()> {
    let place = listed.iter().position(|call| call["line"] == "last");
    let call = listed.remove(place.because(|| format!("no call to `last` in {listed:?}"))?);
    assert_eq!(call["end_reason"], "credit_exhausted", "{call}");
    let seconds = call["billable_s"].as_i64().because(|| "no seconds")?;
    assert!((100..=150).contains(&seconds), "{call}");
    // 0.01 + 0.024 / 60 = 0.0004 a second: 0.05 at 100 s, 0.07 at 150.
    let amount = 10_000 + 400 * seconds;
    assert_eq!(call["amount_micro"], amount, "{call}");
    assert_eq!(balance(server, LAST)?, 70_000 - amount);
    let reports = server.json(&["reports"])?;
    let report = reports.as_array().and_then(|all| all.iter().find(|one| one["line"] == "last"));
    let report = report.because(|| "the report was not kept")?;
    assert_eq!(report["ended"], "interrupted", "{report}");
    let path = report["audio"].as_str().because(|| format!("no sound in {report}"))?;
    let audio = decode(&server.data().join(path))?;
    assert!((80.0..=90.0).contains(&seconds_of(audio.len())), "{report}");
    let alike = compare_pieces(&audio, sentence)?;
    assert!(alike > 0.9, "{alike}");
    Ok(())
}

/// How many reports ended so.
fn reports(server: &Server, ended: &str) -> Result<usize> {
    let reports = server.json(&["reports"])?;
    let reports = reports.as_array().because(|| "no list of reports")?;
    Ok(reports.iter().filter(|report| report["ended"] == ended).count())
}

#[test]
fn twenty_calls_at_once_cost_what_the_price_lists_say() -> Result<()> {
    let server = node()?;
    let sentence = say("Faktury za březen byly dodatečně změněny. Viděl jsem to.", "cs")?;
    let last = LastCaller::start(&server, &sentence)?;
    let calling = call(&server, &sentence)?;
    let refused = Caller::to(server.sip(), SHORT)?;
    let refused = refused.start(&Scenario::refused(&Invite::default(), 480))?;
    let given_up = give_up(server.sip(), MINUTES, SETTLED)?;
    assert_eq!(given_up, [("CANCEL".to_owned(), 200), ("INVITE".to_owned(), 487)]);
    refused.finish()?.as_planned()?;
    // All that Gama has is reserved: its call is 150 s from costing it.
    wait_for("all of it to be reserved", SETTLED, || {
        Ok((balance(&server, LAST)? == 0).then_some(()))
    })?;
    for calls in calling {
        calls.finish()?.as_planned()?;
    }
    last.finish()?;
    // Eighteen that were answered, and the one that was given up; the refused one is no call.
    let mut listed = wait_for("all calls in the books", SETTLED, || {
        let listed = server.json(&["calls"])?.as_array().cloned().unwrap_or_default();
        Ok((listed.len() >= 19).then_some(listed))
    })?;
    assert_cut(&server, &mut listed, &sentence)?;
    let mut spent = [("minutes", 0), ("free", 0), ("seconds", 0), ("sixes", 0)];
    for due in &DUE {
        let amount = settle(&mut listed, due)?;
        spent.iter_mut().filter(|(line, _)| *line == due.0).for_each(|(_, sum)| *sum += amount);
    }
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((&listed[0]["billable_s"], &listed[0]["amount_micro"]), (&0.into(), &0.into()));
    let [minutes, free, seconds, sixes] = spent.map(|(_, sum)| sum);
    // Six calls of one minute and one of two: 6 · 0.60 + 1.20 = 4.80 CZK.
    assert_eq!(minutes, 4_800_000);
    assert_eq!(balance(&server, MINUTES)?, 100_000_000 - 4_800_000 - free);
    assert_eq!(balance(&server, SIXES)?, 10_000_000 - seconds - sixes);
    assert_eq!(balance(&server, SHORT)?, 1_790_000);
    let ends = ["reviewed", "unreviewed", "interrupted"].map(|ended| reports(&server, ended));
    // Two were handed in, five broken off while speaking, and the one whose credit ended.
    assert_eq!(ends.into_iter().collect::<Result<Vec<_>>>()?, [2, 5, 1]);
    let findings = server.linka(&["doctor"])?.stdout;
    let findings = String::from_utf8_lossy(&findings);
    assert!(findings.contains("the books are in order"), "{findings}");
    Ok(())
}
