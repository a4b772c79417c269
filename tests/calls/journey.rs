//! Whole calls from the greeting to the farewell: which prompts are heard, in which order and
//! whether to their end, and what lies in the folder afterwards.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use harness::capture::{Capture, streams};
use harness::clock::let_pass;
use harness::g711::Law;
use harness::hear::Hearing;
use harness::journey::{OPEN, OPENING, check_journey, check_report, expected, length_of, listener};
use harness::pcap::Speech;
use harness::phone::{Caller, Dialled, Ending, Invite, Phone, Role, Scenario};
use harness::server::Server;
use harness::sound::seconds_of;
use harness::voice::{compare_pieces, say};
use harness::{Context, Failure, Result};

/// For one prompt: the longest menu lasts 20 s.
const PROMPT: Duration = Duration::from_secs(40);
/// For a whole call, which lasts about two minutes.
const CALL: Duration = Duration::from_secs(200);

/// A Czech call by baresip, which waits for each prompt before it presses.
fn czech_call() -> Result<()> {
    let server = Server::start()?;
    let spoken =
        say("Faktury z března někdo dodatečně přepsal, ředitel nám zakázal o tom mluvit.", "cs")?;
    let mut phone = Phone::start(Role::Calls, listener()?)?;
    let uri = format!("sip:{OPEN}@{}", server.sip());
    assert_eq!(phone.dial(&uri)?, Dialled::Established);
    phone.expect_whole("cs/welcome", PROMPT)?;
    phone.expect_whole("en/lang_option", PROMPT)?;
    phone.expect_silence(1.2, PROMPT)?;
    phone.press("1")?;
    for (prompt, key) in
        [("notice_short", ""), ("hint_repeat", "1"), ("unit_intro", ""), ("option_unsure", "2")]
    {
        phone.expect_whole(&format!("cs/{prompt}"), PROMPT)?;
        phone.press(key)?;
    }
    phone.expect_whole("cs/consent_two_short", PROMPT)?;
    phone.press("1")?;
    phone.expect_whole("cs/stay_hint", PROMPT)?;
    phone.expect_silence(0.8, PROMPT)?; // after the tone
    phone.speak(&spoken)?;
    let_pass(Duration::from_secs_f64(seconds_of(spoken.len()) + 1.0));
    phone.press("#")?;
    for (prompt, key) in [
        ("review_menu", "2"),
        ("review_menu", "1"),
        ("code_intro_short", "1"),
        ("code_menu", "#"),
        ("sent", ""),
        ("farewell", ""),
    ] {
        phone.expect_whole(&format!("cs/{prompt}"), PROMPT)?;
        phone.press(key)?;
    }
    phone.wait_until_closed(PROMPT)?;
    let heard = phone.recording()?;
    check_journey(&listener()?.hear(&heard)?, "cs", 2)?;
    // Key 2 of the review: the caller has heard the own voice.
    let alike = compare_pieces(&heard, &spoken)?;
    assert!(alike > 0.9, "{alike}");
    check_report(&server, "cs", "reviewed", &spoken)
}

/// Lays a call down beforehand: waits as long as prompts take, then presses.
struct Plan(Speech);

impl Plan {
    /// Hears these prompts of a language, lets a moment pass and presses keys. Pieces follow each
    /// other at about 0.1 s; the shortest time that a menu waits is 4 s.
    fn hear(self, prompts: &[String], keys: &str) -> Result<Self> {
        let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
        Ok(Self(self.0.silence(1.0 + length_of(&prompts)?).digits(keys)))
    }
}

/// The prompts of the English journey from one to another, both with it.
fn stretch(from: &str, to: &str) -> Result<Vec<String>> {
    let all = expected("en", 1);
    let place = |name: &str| {
        let found = all.iter().rposition(|prompt| prompt.strip_prefix("en/") == Some(name));
        found.because(|| format!("{name} is not in the journey"))
    };
    Ok(all.get(place(from)?..=place(to)?).unwrap_or_default().to_vec())
}

/// Everything that the English caller says and presses.
fn english_side(spoken: &[i16], folder: &Path) -> Result<PathBuf> {
    let opening: Vec<String> = OPENING.iter().map(|name| (*name).to_owned()).collect();
    let category: Vec<String> =
        expected("en", 1).into_iter().skip(6).take_while(|name| name != "en/chosen").collect();
    let mut unit = stretch("unit_intro", "consent_two_short")?;
    unit.retain(|name| name != "en/consent_two_short" && name != "en/chosen");
    unit.pop(); // the name of the unit that is read back
    let chosen = ["en/chosen".to_owned(), "en/names/category_fraud".to_owned()];
    let read_back = ["en/chosen", "en/names/unit_brno", "en/consent_two_short"].map(str::to_owned);
    // Two readings of sixteen digits in four groups with 0.7 s between: 6 × 0.7 s of silence.
    let digits: Vec<String> = (0..32).map(|n| format!("en/digits/{}.middle", n % 10)).collect();
    let code = [stretch("code_is", "code_menu")?, digits].concat();
    let plan = Plan(Speech::new(Law::A).silence(0.7))
        .hear(&opening, "2")?
        .hear(&category, "1")?
        .hear(&[&chosen[..], &unit].concat(), "2")?
        .hear(&read_back, "1")?
        .hear(&stretch("record_short", "stay_hint")?, "")?;
    let plan = Plan(plan.0.speech(spoken).silence(1.0).digits("#"))
        .hear(&stretch("review_menu", "review_menu")?, "1")?
        .hear(&stretch("code_intro_short", "code_intro_short")?, "1")?;
    let plan = Plan(plan.0.silence(6.0 * 0.7))
        .hear(&code, "#")?
        .hear(&stretch("sent", "farewell")?, "")?;
    let file = folder.join("caller.pcap");
    plan.0.silence(8.0).write(&file)?;
    Ok(file)
}

/// An English call by sipp to a line that was started with these arguments; what was heard.
fn english_call(arguments: &[&str]) -> Result<Vec<Hearing>> {
    let server = Server::start_with(arguments, &[])?;
    let spoken =
        say("The invoices of March were changed afterwards, the boss forbade us to speak.", "en")?;
    let media = english_side(&spoken, server.folder())?;
    let caller = Caller::to(server.sip(), OPEN)?.within(CALL);
    let port = caller.media_port();
    let capture = Capture::start("call", &caller.media_filter(), server.folder())?;
    let scenario = Scenario::call(&Invite::default(), Some(&media), Ending::Await(CALL));
    caller.run(&scenario)?.as_planned()?;
    let streams = streams(&capture.stop()?);
    let stream = streams.iter().find(|stream| stream.destination.port() == port);
    let heard = listener()?.hear(&stream.because(|| "nothing was heard")?.samples()?)?;
    check_journey(&heard, "en", 1)?;
    check_report(&server, "en", "reviewed", &spoken)?;
    Ok(heard)
}

/// A call that ends while the caller speaks.
fn broken_off_call() -> Result<()> {
    let server = Server::start()?;
    let spoken = say("Somebody takes parts home from the store, every Friday evening.", "en")?;
    // Every second a key that cuts what is being said: past the greeting, English, past the hint,
    // the first category, past its name, the second unit, past its name, consent, to the tone.
    let keys = ["#", "2", "#", "1", "#", "2", "#", "1", "5"];
    let speech = Speech::new(Law::A).silence(2.0);
    let speech = keys.iter().fold(speech, |speech, key| speech.digits(key).silence(1.0));
    let speech = speech.speech(&spoken).silence(0.5);
    let media = server.folder().join("caller.pcap");
    speech.write(&media)?;
    let ending = Ending::HangUp(speech.length());
    let scenario = Scenario::call(&Invite::default(), Some(&media), ending);
    Caller::to(server.sip(), OPEN)?.within(CALL).run(&scenario)?.as_planned()?;
    check_report(&server, "en", "unreviewed", &spoken)
}

/// What became of the whole journeys.
struct Calls {
    czech: Result<()>,
    english: Result<Vec<Hearing>>,
    portable: Result<Vec<Hearing>>,
}

/// All journeys at once, each to a line of its own: a journey lasts two minutes, and the tests of a
/// program run on as many threads as there are processors.
fn calls() -> &'static Calls {
    static CALLS: OnceLock<Calls> = OnceLock::new();
    CALLS.get_or_init(|| {
        thread::scope(|scope| {
            let czech = scope.spawn(czech_call);
            let english = scope.spawn(|| english_call(&[]));
            let portable = scope.spawn(|| english_call(&["--portable-sockets"]));
            Calls { czech: outcome(czech), english: outcome(english), portable: outcome(portable) }
        })
    })
}

/// What a thread came to; an assertion's words are kept for the test that asks.
fn outcome<T>(call: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    call.join().unwrap_or_else(|words| {
        Err(Failure::new(words.downcast_ref::<String>().map_or("no words", String::as_str)))
    })
}

/// The outcome, for one test of several.
fn shared<T>(outcome: &Result<T>) -> Result<&T> {
    outcome.as_ref().map_err(|why| Failure::new(why.to_string()))
}

#[test]
fn a_caller_is_led_through_the_whole_journey_in_czech() -> Result<()> {
    shared(&calls().czech).copied()
}

#[test]
fn a_caller_is_led_through_the_whole_journey_in_english() -> Result<()> {
    shared(&calls().english).map(drop)
}

#[test]
fn portable_sockets_lead_through_the_same_journey() -> Result<()> {
    shared(&calls().portable).map(drop)
}

#[test]
fn a_caller_who_hangs_up_while_speaking_leaves_an_unreviewed_report() -> Result<()> {
    broken_off_call()
}
