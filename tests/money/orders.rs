//! The life of a line as an operator and its callers meet it, in either database: ordered, given a
//! number, without credit, on, called, off, released.

use std::fs;
use std::process::Output;
use std::time::{Duration, UNIX_EPOCH};

use harness::phone::{Caller, Ending, Invite, Scenario};
use harness::postgres::Postgres;
use harness::server::{Configuration, Server, linka_command};
use harness::{Context, Result};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(30);
const CITY: &str = "Obec";
const READER: &str = "reader@example.org";
/// What is in the pool, as carriers write it, and as it is dialled.
const POOL: &str = "# of our carrier\n+420 222 123 456\n+420 222 123 457 # the second\n";
/// The file that it is read from.
const LIST: &str = "numbers.txt";
const FIRST: &str = "+420222123456";
const SECOND: &str = "+420222123457";
const CZECH_LANDLINE: [&str; 4] = ["--country", "CZ", "--kind", "landline"];

fn place(server: &Server, name: &str) -> Result<String> {
    let order = ["orders", "place", "--org", CITY, "--name", name, "--language", "cs"];
    let said = server.operate(&[order.as_slice(), &CZECH_LANDLINE].concat())?;
    Ok(said.strip_prefix("ordered: ").because(|| said.clone())?.to_owned())
}

fn call(server: &Server, status: u16) -> Result<()> {
    let invite = Invite::default();
    let scenario = match status {
        200 => Scenario::call(&invite, None, Ending::HangUp(Duration::from_millis(300))),
        refusal => Scenario::refused(&invite, refusal),
    };
    Caller::to(server.sip(), FIRST)?.within(LIMIT).run(&scenario)?.as_planned()?;
    Ok(())
}

/// What `linka orders offers` says of a country and kind.
fn offer(server: &Server, country: &str, kind: &str) -> Result<Value> {
    let offers = server.json(&["orders", "offers", "--org", CITY])?;
    let offers = offers.as_array().because(|| "no list of offers")?;
    let is_it = |offer: &&Value| offer["country"] == country && offer["kind"] == kind;
    offers.iter().find(is_it).cloned().because(|| format!("nothing is said of {country} {kind}"))
}

/// A number of the pool, as it is listed.
fn listed(server: &Server, number: &str) -> Result<Value> {
    let numbers = server.json(&["numbers", "list"])?;
    let numbers = numbers.as_array().because(|| "no list of numbers")?;
    let number = numbers.iter().find(|row| row["number"] == number);
    number.cloned().because(|| "not in the pool")
}

/// When the pool was filled, in milliseconds since 1970: before anything was released.
fn filled_ms(server: &Server) -> Result<i64> {
    let written = fs::metadata(server.folder().join(LIST))?.modified()?;
    Ok(i64::try_from(written.duration_since(UNIX_EPOCH)?.as_millis())?)
}

/// An order is taken only where there is a price and a number, and it is said what is missing.
fn fill_the_pool(server: &Server) -> Result<()> {
    server.operate(&["orgs", "add", "--name", CITY, "--currency", "CZK"])?;
    let polish = offer(server, "PL", "landline")?;
    let why = "no rate card for landline numbers of PL in CZK, and no free number";
    assert_eq!((&polish["offered"], &polish["why_not"]), (&json!(false), &json!(why)));
    let order = ["orders", "place", "--org", CITY, "--name", "A", "--language", "cs"];
    let why = server.refused(&[order.as_slice(), &CZECH_LANDLINE].concat())?;
    assert_eq!(why, "this line cannot be ordered: no free number among landline numbers of CZ");
    let list = server.folder().join(LIST);
    fs::write(&list, POOL.replace("457", "45"))?;
    let list_name = list.to_str().because(|| "no name")?;
    let add = [["numbers", "add", list_name].as_slice(), &CZECH_LANDLINE].concat();
    let why = server.refused(&add)?;
    assert!(why.contains("numbers.txt:3: +42022212345 is no number of CZ"), "{why}");
    fs::write(&list, POOL)?;
    for added in [2, 0] {
        let said = server.operate(&add)?;
        assert_eq!(said, format!("added {added} of 2 numbers; the others stood already"));
    }
    let czech = offer(server, "CZ", "landline")?;
    assert_eq!((&czech["offered"], &czech["why_not"]), (&json!(true), &Value::Null));
    Ok(())
}

/// From the order to the answered call.
fn begin(server: &Server) -> Result<()> {
    let order = place(server, "Linka")?;
    let waiting = server.json(&["orders", "list"])?;
    assert_eq!(
        (&waiting[0]["id"], &waiting[0]["state"]),
        (&json!(order), &json!("processing_order"))
    );
    call(server, 404)?;
    let mobile = server.refused(&["orders", "assign", &order, "+420602123456"])?;
    assert!(mobile.contains("a mobile number of CZ"), "{mobile}");
    let said = server.operate(&["orders", "assign", &order, "--from-pool"])?;
    assert_eq!(said, format!("assigned {FIRST}: the line waits for credit"));
    let again = server.refused(&["orders", "assign", &order, SECOND])?;
    assert_eq!(again, format!("the line `Linka` has its number already: {FIRST}"));
    let toggle = server.refused(&["lines", "on", FIRST])?;
    assert_eq!(toggle, "the line cannot be switched on while it is in the state top_up_credit");
    call(server, 480)?;
    server.operate(&["credit", "grant", "--org", CITY, "--amount", "100"])?;
    call(server, 480)?;
    server.operate(&["lines", "on", FIRST])?;
    call(server, 200)
}

/// From the toggle to the number that rests.
fn end(server: &Server) -> Result<()> {
    let release = ["numbers", "release", FIRST, "--confirm", FIRST];
    let unasked = server.refused(&release)?;
    assert!(unasked.contains("state ready"), "{unasked}");
    let slip = server.refused(&["numbers", "release", FIRST, "--confirm", SECOND, "--wished"])?;
    assert!(slip.contains("not confirmed"), "{slip}");
    server.operate(&["lines", "off", FIRST])?;
    call(server, 480)?;
    server.operate(&[release.as_slice(), &["--wished"]].concat())?;
    call(server, 404)?;
    let resting = listed(server, FIRST)?;
    assert_eq!(resting["state"], "quarantined");
    let until = resting["quarantine_until_ms"].as_i64().because(|| "no end of its rest")?;
    assert!(until >= filled_ms(server)? + 90 * 86_400_000, "{until}");
    assert_eq!(server.operate(&["numbers", "free"])?, "0 numbers are free again");
    let order = place(server, "Druhá")?;
    let resting = server.refused(&["orders", "assign", &order, FIRST])?;
    assert_eq!(resting, format!("{FIRST} is quarantined"));
    let said = server.operate(&["orders", "assign", &order, "--from-pool"])?;
    assert_eq!(said, format!("assigned {SECOND}: the line is ready"));
    Ok(())
}

/// An order is refused for a reason, and the organisation reads it.
fn reject(server: &Server) -> Result<()> {
    server.operate(&["contacts", "add", "--org", CITY, READER])?;
    server.operate(&[
        "numbers",
        "add",
        "+420222123458",
        "--country",
        "CZ",
        "--kind",
        "landline",
    ])?;
    let order = place(server, "Třetí")?;
    server.operate(&["orders", "reject", &order, "--reason", "no contract"])?;
    let orders = server.json(&["orders", "list"])?;
    let mut orders = orders.as_array().because(|| "no list of orders")?.iter();
    let rejected = orders.find(|row| row["id"] == json!(order)).because(|| "no such order")?;
    assert_eq!(rejected["rejection"], "no contract");
    let again = server.refused(&["orders", "assign", &order, "--from-pool"])?;
    assert!(again.contains("rejected"), "{again}");
    server.operate(&["jobs", "run", "mails"])?;
    let mails = server.json(&["mails", "list"])?;
    let mut mails = mails.as_array().because(|| "no list of mails")?.iter();
    let mail = mails.find(|mail| mail["notice"] == "order_rejected").because(|| "no mail")?;
    assert_eq!((&mail["address"], &mail["state"]), (&json!(READER), &json!("sent")));
    let files = fs::read_dir(server.data().join("mails"))?.flatten();
    let texts: Vec<String> =
        files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
    assert!(texts.iter().any(|mail| mail.contains("no contract")), "{texts:?}");
    Ok(())
}

/// The configuration of a node names its books as its folder does, the database on a server too.
fn by_configuration(server: &Server) -> Result<()> {
    let named = |file: &str| -> Result<Output> {
        let mut command = linka_command()?;
        command.args(["orgs", "list", "--json", "--config"]).arg(server.folder().join(file));
        command.output().because(|| "running linka")
    };
    let orgs: Value = serde_json::from_slice(&named("node.yaml")?.stdout)?;
    assert_eq!((&orgs, &orgs[0]["name"]), (&server.json(&["orgs", "list"])?, &json!(CITY)));
    let missing = named("other.yaml")?;
    let complaint = String::from_utf8(missing.stderr)?;
    assert!(!missing.status.success() && complaint.contains("other.yaml"), "{complaint}");
    Ok(())
}

fn whole_life(mut server: Server) -> Result<()> {
    fill_the_pool(&server)?;
    begin(&server)?;
    end(&server)?;
    reject(&server)?;
    by_configuration(&server)?;
    server.restart()?;
    call(&server, 404)?;
    let findings = server.linka(&["doctor"])?.stdout;
    let findings = String::from_utf8_lossy(&findings);
    assert!(findings.contains("the books are in order"), "{findings}");
    Ok(())
}

#[test]
fn a_line_lives_from_its_order_to_its_release_in_sqlite() -> Result<()> {
    whole_life(Server::serve(&Configuration::of("  []\n"))?)
}

#[test]
fn a_line_lives_from_its_order_to_its_release_in_postgresql() -> Result<()> {
    let database = Postgres::shared().database();
    whole_life(Server::serve(&Configuration::of("  []\n").database(&database))?)
}

#[test]
fn a_number_is_explained_as_it_is_written() -> Result<()> {
    let check = |number: &str| -> Result<(bool, String)> {
        let mut command = linka_command()?;
        let output = command.args(["numbers", "check", number]).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8(said)?))
    };
    let (right, said) = check("+421800123456")?;
    assert!(right && said.contains("toll_free") && said.contains("0800 123 456"), "{said}");
    let (right, said) = check("+442071234567")?;
    assert!(!right && said.contains("of another country"), "{said}");
    Ok(())
}
