//! Calls that are not answered, and requests that are no calls: what the line says to them, and
//! that nothing is left of them.

use std::time::Duration;

use harness::clock::wait_for;
use harness::http;
use harness::phone::{Caller, Ending, Invite, Message, Report, Scenario, give_up};
use harness::server::Server;
use harness::{Context, Result};

const LIMIT: Duration = Duration::from_secs(15);
/// The demo's lines (config/demo.yaml): on, switched off, and on without credit.
const OPEN: &str = "+420200000001";
const OFF: &str = "+420200000002";
const NO_CREDIT: &str = "+420200000003";
/// A number of the same trunk that nobody has.
const NOBODYS: &str = "+420200000099";

/// Calls a number that must be refused with this status, and hands back the one refusal.
fn refused(server: &Server, number: &str, status: u16) -> Result<Message> {
    let scenario = Scenario::refused(&Invite::default(), status);
    let report = Caller::to(server.sip(), number)?.within(LIMIT).run(&scenario)?.as_planned()?;
    let refusals = report.responses(status);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.first().map(|message| (*message).clone()).because(|| "no refusal")
}

/// Calls a number that must be answered, and hangs up after a moment.
fn answered(server: &Server, number: &str) -> Result<Report> {
    let scenario =
        Scenario::call(&Invite::default(), None, Ending::HangUp(Duration::from_millis(300)));
    Caller::to(server.sip(), number)?.within(LIMIT).run(&scenario)?.as_planned()
}

/// Asks something outside of any call.
fn asked(server: &Server, method: &str, status: u16) -> Result<Message> {
    let scenario = Scenario::request(method, status);
    let report = Caller::to(server.sip(), OPEN)?.within(LIMIT).run(&scenario)?.as_planned()?;
    report.responses(status).first().map(|message| (*message).clone()).because(|| "no answer")
}

/// Runs a subcommand of the program that must succeed.
fn operate(server: &Server, arguments: &[&str]) -> Result<()> {
    let output = server.linka(arguments)?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The value of one figure of `/metrics`.
fn figure(server: &Server, name: &str) -> Result<u64> {
    let text = http::fetch(server.http(), "/metrics")?.body;
    let mut rows = text.lines().filter_map(|line| line.split_once(' '));
    let value = rows.find(|(found, _)| *found == name).map(|(_, value)| value);
    value.because(|| format!("no figure {name}"))?.parse().because(|| name.to_owned())
}

/// That there is no report, nobody is on the line, and no call has cost anything.
fn assert_nothing_left(server: &Server) -> Result<()> {
    wait_for("the line to be free", LIMIT, || {
        Ok((figure(server, "linka_calls_live")? == 0).then_some(()))
    })?;
    assert_eq!(figure(server, "linka_calls_answered_total")?, 0);
    let (reports, calls) = (server.json(&["reports"])?, server.json(&["calls"])?);
    assert_eq!(reports, serde_json::json!([]));
    for call in calls.as_array().because(|| "calls are a list")? {
        assert_eq!((&call["billable_s"], &call["amount_micro"]), (&0.into(), &0.into()), "{call}");
    }
    Ok(())
}

#[test]
fn a_number_that_nobody_has_is_not_found() -> Result<()> {
    let server = Server::start()?;
    refused(&server, NOBODYS, 404)?;
    assert_eq!(figure(&server, "linka_calls_refused_not_found_total")?, 1);
    assert_nothing_left(&server)
}

#[test]
fn a_line_without_credit_is_refused_as_one_that_is_switched_off() -> Result<()> {
    let server = Server::start()?;
    let (off, broke) = (refused(&server, OFF, 480)?, refused(&server, NO_CREDIT, 480)?);
    // Nobody but the operator may see that an organisation has not paid. What differs by the
    // transaction alone is starred out; the rest is equal to the byte.
    assert_eq!(off.skeleton(), broke.skeleton());
    assert!(off.text.starts_with("SIP/2.0 480 "), "{}", off.text);
    // The comparison is not blind: the answer for a stranger's number is another one.
    assert_ne!(off.skeleton(), refused(&server, NOBODYS, 404)?.skeleton());
    assert_nothing_left(&server)
}

#[test]
fn a_line_that_is_switched_off_is_refused_until_it_is_on_again() -> Result<()> {
    let server = Server::start()?;
    answered(&server, OPEN)?;
    operate(&server, &["lines", "off", OPEN])?;
    refused(&server, OPEN, 480)?;
    operate(&server, &["lines", "on", OPEN])?;
    answered(&server, OPEN)?;
    Ok(())
}

#[test]
fn credit_opens_the_line_of_an_organisation_at_its_next_call() -> Result<()> {
    let server = Server::start()?;
    refused(&server, NO_CREDIT, 480)?;
    operate(&server, &["credit", "grant", "--org", "Bez kreditu s.r.o.", "--amount", "50"])?;
    answered(&server, NO_CREDIT)?;
    // And the way back: without the money the door is shut again.
    operate(&server, &["credit", "withdraw", "--org", "Bez kreditu s.r.o.", "--all"])?;
    refused(&server, NO_CREDIT, 480)?;
    Ok(())
}

#[test]
fn requests_outside_of_calls_get_their_answers() -> Result<()> {
    let server = Server::start()?;
    let options = asked(&server, "OPTIONS", 200)?;
    // A method that does not exist, and one that exists but is not for a line like this one
    // (RFC 3261, sections 8.2.1 and 21.4.6: a 405 must name what is taken).
    asked(&server, "CONFUSE", 501)?;
    let known = asked(&server, "REGISTER", 405)?;
    for answer in [&options, &known] {
        let allowed: Vec<&str> =
            answer.header("Allow").unwrap_or_default().split(',').map(str::trim).collect();
        for method in ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"] {
            assert!(allowed.contains(&method), "{}", answer.text);
        }
        assert!(!allowed.contains(&"REGISTER"), "{}", answer.text);
    }
    assert_nothing_left(&server)
}

#[test]
fn a_call_given_up_before_the_answer_leaves_nothing() -> Result<()> {
    let server = Server::start()?;
    let finals = give_up(server.sip(), OPEN, LIMIT)?;
    assert_eq!(finals, [("CANCEL".to_owned(), 200), ("INVITE".to_owned(), 487)]);
    wait_for("the call to be counted as cancelled", LIMIT, || {
        Ok((figure(&server, "linka_calls_cancelled_total")? == 1).then_some(()))
    })?;
    assert_nothing_left(&server)?;
    // The credit that was set aside for it is free again: all of it can be withdrawn.
    operate(&server, &["credit", "withdraw", "--org", "Demo s.r.o.", "--amount", "500"])
}
