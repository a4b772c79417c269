//! The monthly statement as a document: what the ledger says, in the organisation's zone (M18).

use linka_letters::{
    Call, CallSum, Date, Hour, Language, LetterError, Month, Movement, MovementKind, Party,
    Statement,
};
use linka_metering::calendar;
use linka_metering::plan::Zone;
use linka_model::Org;
use linka_store::{Stated, StatedMovement};

use super::proforma::party;
use crate::config::Payments;
use crate::failure::Failure;

/// What a statement is made from.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) org: &'a Org,
    pub(crate) zone: &'a Zone,
    pub(crate) month: Month,
    pub(crate) unfinished: bool,
    pub(crate) stated: &'a Stated,
}

/// The document, in a language (`cs` or `en`), with the organisation's address where one is given.
pub(crate) fn letter(
    facts: &Facts<'_>,
    payments: &Payments,
    (language, address): (&str, Vec<String>),
    now_ms: i64,
) -> Result<Statement, Failure> {
    let missing = || Failure::new("payments: there is no issuer: add who sells credit");
    let issuer = payments.issuer.as_ref().ok_or_else(missing)?;
    let Facts { org, zone, month, unfinished, stated } = *facts;
    let organisation = Party { name: org.name.clone(), address, company_id: None, vat_id: None };
    Ok(Statement {
        language: if language == "cs" { Language::Czech } else { Language::English },
        issuer: party(issuer),
        organisation,
        month,
        issued: day(zone, now_ms)?.0,
        unfinished,
        currency: org.currency,
        opening: stated.opening,
        calls: calls(stated, zone)?,
        folded: sums(stated),
        movements: movements(stated, zone)?,
        closing: stated.closing,
    })
}

fn calls(stated: &Stated, zone: &Zone) -> Result<Vec<Call>, Failure> {
    let call = |call: &linka_store::StatedCall| {
        Ok(Call {
            begun: hour(zone, call.hour_ms)?.0,
            line: call.line.clone(),
            origin: call.origin,
            billable_seconds: call.billable_s,
            card: card(&call.card, call.valid_from_ms),
            cost: call.amount,
        })
    };
    stated.calls.iter().map(call).collect()
}

fn sums(stated: &Stated) -> Vec<CallSum> {
    let sum = |sum: &linka_store::StatedSum| CallSum {
        line: sum.line.clone(),
        origin: sum.origin,
        card: card(&sum.card, sum.valid_from_ms),
        calls: sum.calls,
        billable_seconds: sum.billable_s,
        cost: sum.amount,
    };
    stated.folded.iter().map(sum).collect()
}

fn movements(stated: &Stated, zone: &Zone) -> Result<Vec<Movement>, Failure> {
    let movement = |moved: &StatedMovement| {
        Ok(Movement {
            date: day(zone, moved.at_ms)?.0,
            kind: kind(&moved.code).0,
            text: text(moved).to_owned(),
            change: moved.change,
        })
    };
    stated.movements.iter().map(movement).collect()
}

/// What an entry is to its reader, and in a word. What goes either way is a correction.
pub(crate) fn kind(code: &str) -> (MovementKind, &'static str) {
    match code {
        "fee" => (MovementKind::Fee, "fee"),
        "grant" | "top_up_card" | "top_up_bank" | "top_up_partner" | "budget" => {
            (MovementKind::TopUp, "top-up")
        }
        "refund" | "dispute" => (MovementKind::Refund, "refund"),
        _ => (MovementKind::Correction, "correction"),
    }
}

/// Why it was made; where nobody said why, what the ledger calls it.
pub(crate) fn text(moved: &StatedMovement) -> &str {
    if moved.reason.is_empty() { &moved.code } else { &moved.reason }
}

/// A version of a rate card: its name, and from which day (UTC) on it is in force.
pub(crate) fn card(name: &str, valid_from_ms: i64) -> String {
    format!("{name} {}", calendar::day(valid_from_ms))
}

/// The day that it is in a zone at an instant, also as `2026-11-24`.
pub(crate) fn day(zone: &Zone, unix_ms: i64) -> Result<(Date, String), Failure> {
    let (year, month, day) = zone.date(unix_ms).ok_or_else(beyond)?;
    let date = Date::new(year, month, day).map_err(unwritable)?;
    Ok((date, format!("{year:04}-{month:02}-{day:02}")))
}

/// The hour that it is in a zone at an instant, also as `2026-11-24T06`.
pub(crate) fn hour(zone: &Zone, unix_ms: i64) -> Result<(Hour, String), Failure> {
    let (date, text) = day(zone, unix_ms)?;
    let hour = zone.hour(unix_ms).ok_or_else(beyond)?;
    Ok((Hour::new(date, hour).map_err(unwritable)?, format!("{text}T{hour:02}")))
}

fn beyond() -> Failure {
    Failure::new("the books bear a time beyond the calendar")
}

fn unwritable(error: LetterError) -> Failure {
    Failure::new(error.to_string())
}
