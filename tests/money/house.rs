//! A house with one line over a PostgreSQL server, and what its books say.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use harness::clock::wait_for;
use harness::phone::{Caller, Calling, Ending, Invite, Scenario};
use harness::server::{Configuration, Server};
use harness::{Context, Result};
use serde_json::Value;

/// One line in credit. 0.60 a minute, by the second: a call of s seconds costs s · 10,000
/// micro-units.
pub(crate) const NUMBER: &str = "+420200000021";
pub(crate) const CREDIT: i64 = 100_000_000;
pub(crate) const A_SECOND: i64 = 10_000;
const HOUSE: &str = r#"
  - name: Alfa
    currency: CZK
    spoken: { cs: cs/names/org_demo.ogg }
    lines:
      - name: seconds
        number: "+420200000021"
        country: CZ
        kind: landline
        channels: 50
        languages: [cs]
        categories:
          - { id: fraud, spoken: { cs: cs/names/category_fraud.ogg } }
          - { id: other, spoken: { cs: cs/names/category_other.ogg } }
"#;
const CARD: &str = r#"{id: cz-by-the-second, currency: CZK, country: CZ, kind: landline,
  valid_from: 2026-01-01T00:00:00Z, monthly: "0",
  rates: [{origin: default, per_minute: "0.60", first: 1, step: 1}]}"#;

pub(crate) const LIMIT: Duration = Duration::from_secs(90);
/// A node of its own folder and ports. Its limits are short: a silent one is held for dead 3 s
/// after its last sign.
pub(crate) fn node(database: &str) -> Result<Server> {
    let configuration = Configuration::of(HOUSE)
        .ratecard("seconds.yaml", CARD)
        .database(database)
        .sections("term: { lease_s: 2, grace_s: 1, grace_after_outage_s: 3 }\n");
    Server::serve(&configuration)
}

/// Credit and the toggle of the line.
pub(crate) fn open(node: &Server) -> Result<()> {
    node.operate(&["credit", "grant", "--org", "Alfa", "--amount", "100"])?;
    node.operate(&["lines", "on", NUMBER]).map(drop)
}

/// So many callers at once.
pub(crate) fn call(
    node: &Server,
    calls: usize,
    media: Option<&Path>,
    ending: Ending,
) -> Result<Calling> {
    let caller = Caller::to_many(node.sip(), &vec![NUMBER; calls])?.within(LIMIT);
    caller.start(&Scenario::call(&Invite::default(), media, ending))
}

pub(crate) fn answered(calling: &Calling, calls: usize) -> Result<()> {
    wait_for("the answers", LIMIT, || {
        let messages = calling.messages();
        let answers = messages.iter().filter(|one| one.status() == Some(200));
        // A call that is over was answered twice: its BYE too.
        let answered: BTreeSet<&str> = answers.filter_map(|one| one.header("Call-ID")).collect();
        Ok((answered.len() >= calls).then_some(()))
    })
}

/// The settled calls, once there are so many.
pub(crate) fn settled(node: &Server, calls: usize) -> Result<Vec<Value>> {
    wait_for("the calls to be settled", LIMIT, || {
        let listed = node.json(&["calls"])?.as_array().cloned().unwrap_or_default();
        let ended = listed.iter().filter(|call| !call["end_reason"].is_null()).count();
        Ok((ended >= calls).then_some(listed))
    })
}

/// What can be spent: what is reserved is not in it.
pub(crate) fn balance(node: &Server) -> Result<i64> {
    let lines = node.json(&["lines"])?;
    lines[0]["balance_micro"].as_i64().because(|| format!("no balance in {lines}"))
}

pub(crate) fn sound(node: &Server) -> Result<()> {
    let audit = node.linka(&["ledger", "audit"])?;
    let told = String::from_utf8_lossy(&audit.stdout);
    assert!(audit.status.success() && told.contains("The books are in order"), "{told}");
    Ok(())
}
