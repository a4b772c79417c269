//! Monthly fees as an operator meets them, in either database: the fourth landline and the toll-free
//! line pay, what cannot be paid is owed and written about, a top-up pays it first, and no number goes
//! without its being typed twice.

use std::fs;

use harness::postgres::Postgres;
use harness::server::{Configuration, Server};
use harness::{Context, Result};
use serde_json::{Value, json};

const CITY: &str = "Obec";
const READER: &str = "reader@example.org";
const GREEN: &str = "+420800123456";
const LANDLINES: [&str; 4] = ["+420222123451", "+420222123452", "+420222123453", "+420222123454"];

fn grant(server: &Server, amount: &str) -> Result<String> {
    server.operate(&["credit", "grant", "--org", CITY, "--amount", amount])
}

/// Orders a line and gives it its number; says what it waits for.
fn line(server: &Server, number: &str, kind: &str) -> Result<String> {
    let place = ["--country", "CZ", "--kind", kind];
    server.operate(&[["numbers", "add", number].as_slice(), &place].concat())?;
    let order = ["orders", "place", "--org", CITY, "--name", number, "--language", "cs"];
    let said = server.operate(&[order.as_slice(), &place].concat())?;
    let order = said.strip_prefix("ordered: ").because(|| said.clone())?;
    server.operate(&["orders", "assign", order, number])
}

/// How a line stands with its fee.
fn fee(server: &Server, number: &str) -> Result<Value> {
    let fees = server.json(&["fees"])?;
    let fees = fees.as_array().because(|| "no list of fees")?;
    let row = fees.iter().find(|row| row["line"] == number);
    row.cloned().because(|| format!("no fee of {number} is listed"))
}

fn balance(server: &Server) -> Result<Value> {
    Ok(server.json(&["orgs", "list"])?[0]["balance_micro"].clone())
}

/// The mails that were sent of these lines, by what they tell, in their order by name.
fn told(server: &Server) -> Result<Vec<String>> {
    server.operate(&["jobs", "run", "mails"])?;
    let mails = server.json(&["mails", "list"])?;
    let mails = mails.as_array().because(|| "no list of mails")?.iter();
    let fees = mails.filter(|mail| mail["state"] == "sent");
    let fees = fees.filter_map(|mail| mail["notice"].as_str());
    let mut fees: Vec<String> =
        fees.filter(|notice| notice.starts_with("fee")).map(str::to_owned).collect();
    fees.sort();
    Ok(fees)
}

/// Three landlines are free, the fourth costs 90.00 and a toll-free line 250.00.
fn begin(server: &Server) -> Result<()> {
    server.operate(&["orgs", "add", "--name", CITY, "--currency", "CZK"])?;
    server.operate(&["contacts", "add", "--org", CITY, READER, "--language", "cs"])?;
    grant(server, "100")?;
    for number in LANDLINES {
        let said = line(server, number, "landline")?;
        assert_eq!(said, format!("assigned {number}: the line is ready"));
    }
    // 100 − 90.
    assert_eq!(balance(server)?, json!(10_000_000));
    for (number, paid) in LANDLINES.into_iter().zip([0, 0, 0, 90_000_000]) {
        assert_eq!(fee(server, number)?["paid_micro"], json!(paid), "{number}");
    }
    let said = line(server, GREEN, "toll_free")?;
    assert_eq!(said, format!("assigned {GREEN}: the line works, and owes its monthly fee"));
    let row = fee(server, GREEN)?;
    assert_eq!((&row["state"], &row["owed_micro"]), (&json!("past_due"), &json!(250_000_000)));
    assert_eq!(told(server)?, ["fee_due"]);
    let files = fs::read_dir(server.data().join("mails"))?.flatten();
    assert!(files.map(|file| file.path()).any(|path| path.extension() == Some("eml".as_ref())));
    assert_eq!(server.operate(&["fees", "run"])?, "there was nothing to do");
    Ok(())
}

/// A top-up that is too small stays credit; with a haler more the fee is paid before anything else.
fn pay(server: &Server) -> Result<()> {
    let pending = server.refused(&["lines", "release", GREEN, "--confirm", GREEN])?;
    assert!(pending.contains("in the state past_due"), "{pending}");
    grant(server, "239.99")?;
    assert_eq!(balance(server)?, json!(249_990_000));
    assert_eq!(fee(server, GREEN)?["state"], "past_due");
    grant(server, "0.01")?;
    assert_eq!(balance(server)?, json!(0));
    let row = fee(server, GREEN)?;
    assert_eq!((&row["state"], &row["owed_micro"]), (&json!("ready"), &Value::Null));
    assert_eq!(told(server)?, ["fee_due", "fee_paid"]);
    Ok(())
}

/// A line that its organisation gives up on the first day gets all days but that one back.
fn end(server: &Server) -> Result<()> {
    let slip = server.refused(&["lines", "release", GREEN, "--confirm", LANDLINES[0]])?;
    assert!(slip.contains("not confirmed"), "{slip}");
    server.operate(&["numbers", "release", GREEN, "--confirm", GREEN, "--wished"])?;
    let row = fee(server, GREEN)?;
    assert_eq!((&row["state"], &row["number"]), (&json!("released"), &Value::Null));
    // 250 · 27 / 28, 250 · 28 / 29, 250 · 29 / 30 or 250 · 30 / 31, by the length of the month; a day
    // less where midnight passed meanwhile: 250 · 26 / 28 and so on.
    let whole = [241_071_428, 241_379_310, 241_666_666, 241_935_483];
    let midnight = [232_142_857, 232_758_620, 233_333_333, 233_870_967];
    let back = row["returned_micro"].as_i64().because(|| "nothing came back")?;
    assert!(whole.contains(&back) || midnight.contains(&back), "{back}");
    assert_eq!(balance(server)?, json!(back));
    Ok(())
}

fn life(server: &Server) -> Result<()> {
    begin(server)?;
    pay(server)?;
    end(server)?;
    let said = server.operate(&["ledger", "audit"])?;
    assert!(said.contains("The books are in order"), "{said}");
    Ok(())
}

#[test]
fn fees_are_charged_owed_paid_and_returned_in_sqlite() -> Result<()> {
    life(&Server::serve(&Configuration::of("  []\n"))?)
}

#[test]
fn fees_are_charged_owed_paid_and_returned_in_postgresql() -> Result<()> {
    let database = Postgres::shared().database();
    life(&Server::serve(&Configuration::of("  []\n").database(&database))?)
}
