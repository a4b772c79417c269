//! Credit by bank transfer, as an operator's commands and files have it: the invoice with its code, the
//! statements of two dialects, and what no program can place.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use harness::server::{Configuration, Server};
use harness::{Context, Failure, Result};
use serde_json::Value;

const ACCOUNT: &str = "CZ6508000000192000145399";
const EURO_ACCOUNT: &str = "DE89370400440532013000";
const PAYMENTS: &str = "\
payments:
  issuer:
    name: Provozovatel s.r.o.
    address: [Dlouhá 1, 110 00 Praha 1]
    company_id: \"12345678\"
  accounts:
    - { iban: CZ6508000000192000145399, bic: GIBACZPX, currency: CZK }
    - { iban: DE89370400440532013000, currency: EUR }
";

fn served() -> Result<Server> {
    let organisations = include_str!("organisations.yaml");
    Server::serve(&Configuration::of(organisations).sections(PAYMENTS))
}

/// What a command prints, which must succeed.
fn run(server: &Server, arguments: &[&str]) -> Result<String> {
    let output = server.configured(arguments)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("linka {}: {complaint}", arguments.join(" "))))
}

/// What a command complains of, which must fail.
fn complaint(server: &Server, arguments: &[&str]) -> Result<String> {
    let output = server.configured(arguments)?;
    if output.status.success() {
        return Err(Failure::new(format!("linka {} did not fail", arguments.join(" "))));
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// An order on an invoice.
struct Order {
    symbol: String,
    pdf: PathBuf,
    id: String,
}

fn order(server: &Server, org: &str, amount: &str) -> Result<Order> {
    let pdf = server.folder().join(format!("{org}-{}.pdf", amount.replace('.', "-")));
    let said = run(
        server,
        &["credit", "buy", "--org", org, "--amount", amount, "--method", "invoice"]
            .into_iter()
            .chain(["--address", "Náměstí 5", "--address", "602 00 Brno", "--out"])
            .chain([&*pdf.to_string_lossy()])
            .collect::<Vec<_>>(),
    )?;
    let after = |mark: &str, end: char| {
        let (_, rest) = said.split_once(mark).because(|| said.clone())?;
        Ok::<_, Failure>(rest.split(end).next().unwrap_or_default().to_owned())
    };
    Ok(Order { symbol: after("variable symbol ", ',')?, id: after("purchase ", ':')?, pdf })
}

/// A Fio statement: opening balance 0, the amounts with their ids and symbols.
fn fio(account: &str, currency: &str, entries: &[(u32, &str, &str)]) -> String {
    let cents = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap_or(0);
    let sum: i64 = entries.iter().map(|(_, amount, _)| cents(amount)).sum();
    let closing =
        format!("{}{}.{:02}", if sum < 0 { "-" } else { "" }, sum.abs() / 100, sum.abs() % 100);
    let rows = entries.iter().map(|(id, amount, symbol)| {
        let symbol = if symbol.is_empty() {
            "null".to_owned()
        } else {
            format!(r#"{{"value":"{symbol}","name":"VS","id":5}}"#)
        };
        format!(
            r#"{{"column22":{{"value":{id},"name":"ID pohybu","id":22}},
            "column0":{{"value":"2026-11-24+0100","name":"Datum","id":0}},
            "column1":{{"value":{amount},"name":"Objem","id":1}},
            "column14":{{"value":"{currency}","name":"Měna","id":14}},
            "column5":{symbol},"column16":null}}"#
        )
    });
    format!(
        r#"{{"accountStatement":{{"info":{{"accountId":"1","bankId":"2010","currency":"{currency}",
        "iban":"{account}","bic":"FIOBCZPPXXX","openingBalance":0.00,"closingBalance":{closing},
        "dateStart":"2026-11-24+0100","dateEnd":"2026-11-24+0100","idFrom":1,"idTo":2}},
        "transactionList":{{"transaction":[{}]}}}}}}"#,
        rows.collect::<Vec<_>>().join(",")
    )
}

/// An entry of a camt.053 statement: the bank's reference, the amount, its status, the symbol, and
/// whether the bank marks it as a reversal.
struct Booking<'a>(&'a str, &'a str, &'a str, &'a str, bool);

impl Booking<'_> {
    /// As version 02 has it, with the symbol where Czech banks put it.
    fn xml(&self) -> String {
        let Self(reference, amount, status, symbol, reversed) = *self;
        let (amount, direction) =
            amount.strip_prefix('-').map_or((amount, "CRDT"), |amount| (amount, "DBIT"));
        let symbol = match symbol {
            "" => "<EndToEndId>NOTPROVIDED</EndToEndId>".to_owned(),
            symbol => format!("<EndToEndId>/VS{symbol}/SS/KS0308</EndToEndId>"),
        };
        format!(
            "<Ntry><Amt Ccy=\"CZK\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
             <RvslInd>{reversed}</RvslInd><Sts>{status}</Sts>\
             <BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>\
             <NtryDtls><TxDtls><Refs>{symbol}</Refs></TxDtls></NtryDtls></Ntry>"
        )
    }
}

/// A camt.053 statement (ISO 20022) in version 02.
fn camt(opening: &str, closing: &str, bookings: &[Booking<'_>]) -> String {
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CZK\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>"
        )
    };
    let entries: String = bookings.iter().map(Booking::xml).collect();
    let (opening, closing) = (balance("OPBD", opening), balance("CLBD", closing));
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>\
         <Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>CZK</Ccy></Acct>\
         {opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>"
    )
}

/// The same in version 08, as a bank writes it that prefixes every name and puts the symbol into the
/// creditor's reference.
fn other_dialect(statement: &str) -> String {
    statement
        .replace("camt.053.001.02", "camt.053.001.08")
        .replace("<Sts>", "<Sts><Cd>")
        .replace("</Sts>", "</Cd></Sts>")
        .replace("<Refs><EndToEndId>/", "<RmtInf><Strd><CdtrRefInf><Ref>")
        .replace("/SS/KS0308</EndToEndId></Refs>", "</Ref></CdtrRefInf></Strd></RmtInf>")
        .replace("<Ref>VS", "<Ref>VS:")
        .replace('<', "<b:")
        .replace("<b:/", "</b:")
        .replace("xmlns=", "xmlns:b=")
}

fn import(server: &Server, name: &str, text: &str) -> Result<String> {
    let file = server.folder().join(name);
    fs::write(&file, text)?;
    run(server, &["bank", "import", &file.to_string_lossy()])
}

/// What the purchases of `linka credit purchases` say of one: state, received, returned.
fn stands(server: &Server, order: &Order) -> Result<(String, String, String)> {
    let rows = server.json(&["credit", "purchases"])?;
    let rows = rows.as_array().because(|| "purchases are a list")?;
    let row = rows.iter().find(|row| row["id"] == order.id.as_str());
    let row = row.because(|| format!("no purchase {}", order.id))?;
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    Ok((text("state"), text("received"), text("returned")))
}

fn strings(values: [&str; 3]) -> (String, String, String) {
    let [a, b, c] = values.map(str::to_owned);
    (a, b, c)
}

/// The code on the first page of a PDF, as an independent reader sees it in a picture of the page.
fn code(pdf: &PathBuf) -> Result<String> {
    let picture = pdf.with_extension("");
    let drawn = Command::new("pdftoppm")
        .args(["-png", "-r", "150", "-singlefile"])
        .args([pdf, &picture])
        .output()
        .because(|| "pdftoppm")?;
    if !drawn.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&drawn.stderr)));
    }
    let read = Command::new("zbarimg")
        .args(["--raw", "--quiet"])
        .arg(picture.with_extension("png"))
        .output()
        .because(|| "zbarimg")?;
    if !read.status.success() {
        return Err(Failure::new(format!("no code in {}", picture.display())));
    }
    Ok(String::from_utf8_lossy(&read.stdout).trim_end().to_owned())
}

#[test]
fn an_invoice_is_drawn_with_the_code_that_a_banking_application_reads() -> Result<()> {
    let server = served()?;
    let czech = order(&server, "Alfa", "1234.50")?;
    let read = code(&czech.pdf)?;
    let due = read.split("*DT:").nth(1).and_then(|rest| rest.get(..8)).unwrap_or_default();
    let symbol = &czech.symbol;
    let due = due.to_owned();
    // The day itself follows the clock of this machine.
    assert!(due.len() == 8 && due.bytes().all(|byte| byte.is_ascii_digit()), "{read}");
    let expected =
        format!("SPD*1.0*ACC:{ACCOUNT}+GIBACZPX*AM:1234.50*CC:CZK*DT:{due}*X-VS:{symbol}");
    assert_eq!(read, expected);
    // The first purchase has serial 1: 98 − 100 mod 97 = 95.
    assert_eq!(symbol, "0000000195");

    let euro = order(&server, "Beta", "20")?;
    let read = code(&euro.pdf)?;
    let lines: Vec<&str> = read.lines().collect();
    assert_eq!(
        lines.get(..8).because(|| read.clone())?,
        ["BCD", "002", "1", "SCT", "", "Provozovatel s.r.o.", EURO_ACCOUNT, "EUR20",]
    );
    // Serial 2: 98 − 200 mod 97 = 92; the symbol 0000000292 as a creditor reference.
    let reference = lines.get(9).because(|| read.clone())?;
    assert!(reference.starts_with("RF") && reference.ends_with("0000000292"), "{read}");
    Ok(())
}

#[test]
fn statements_credit_what_came_once_and_leave_the_rest_to_a_person() -> Result<()> {
    let server = served()?;
    let whole = order(&server, "Alfa", "500")?;
    let parts = order(&server, "Alfa", "300")?;
    let over = order(&server, "Alfa", "100")?;
    let (w, p, o) = (whole.symbol.as_str(), parts.symbol.as_str(), over.symbol.as_str());
    // The last digit of a symbol mistyped; a payment without one; a payment of the operator's own.
    let wrong = format!("{}0", w.get(..9).unwrap_or_default());
    let entries = [
        (11, "500.00", w),
        (12, "120.00", p),
        (13, "150.00", o),
        (14, "77.00", wrong.as_str()),
        (15, "42.00", ""),
        (16, "-900.00", ""),
    ];
    let text = fio(ACCOUNT, "CZK", &entries);
    let first = import(&server, "1.json", &text)?;
    assert!(
        first
            .contains("3 credited, 0 taken back, 2 unmatched, 0 known already, 1 not about credit"),
        "{first}"
    );
    assert!(first.contains("partly paid, 120.00 of 300.00"), "{first}");
    let again = import(&server, "1.json", &text)?;
    assert!(again.contains("0 credited, 0 taken back, 0 unmatched, 5 known already"), "{again}");
    assert_eq!(stands(&server, &whole)?, strings(["credited", "500.00", "0.00"]));
    assert_eq!(stands(&server, &parts)?, strings(["partly_paid", "120.00", "0.00"]));
    assert_eq!(stands(&server, &over)?, strings(["credited", "150.00", "0.00"]));

    // The rest of the parts comes; the whole one goes out again. This bank marks no reversals, so a
    // person says that it is one.
    let second = fio(ACCOUNT, "CZK", &[(21, "180.00", p), (22, "-500.00", w)]);
    let said = import(&server, "2.json", &second)?;
    assert!(said.contains("1 credited, 0 taken back, 1 unmatched"), "{said}");
    assert_eq!(stands(&server, &parts)?, strings(["credited", "300.00", "0.00"]));
    assert_eq!(stands(&server, &whole)?, strings(["credited", "500.00", "0.00"]));

    let queue = server.json(&["bank", "unmatched"])?;
    let named = |amount: &str| -> Result<String> {
        let entry = queue.as_array().into_iter().flatten().find(|entry| entry["amount"] == amount);
        Ok(entry.because(|| format!("{queue}"))?["id"].as_str().unwrap_or_default().to_owned())
    };
    let (mistyped, nobody, out) = (named("77.00")?, named("42.00")?, named("-500.00")?);
    let output = server.linka(&["bank", "unmatched", "take-back", &out, &whole.id])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(stands(&server, &whole)?, strings(["pending", "0.00", "0.00"]));
    let output = server.linka(&["bank", "unmatched", "assign", &mistyped, &whole.id])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = server.linka(&["bank", "unmatched", "return", &nobody])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.json(&["bank", "unmatched"])?, Value::Array(Vec::new()));
    assert_eq!(stands(&server, &whole)?, strings(["partly_paid", "77.00", "0.00"]));

    // 120 + 150 + 180 + 77 = 527 are credited. The toll-free line's month took 250 of it, which the
    // oldest paid: the 77, and 173 of the 300. The rest can go back: 127 and 150.
    let refunds = run(&server, &["credit", "refund", "--org", "Alfa"])?;
    assert_eq!(refunds.lines().count(), 2, "{refunds}");
    for amount in ["127.00 CZK", "150.00 CZK"] {
        assert!(refunds.contains(amount), "{refunds}");
    }
    books_are_sound(&server)
}

#[test]
fn camt_053_credits_once_and_takes_back_once_in_each_dialect() -> Result<()> {
    let server = served()?;
    let (back, kept) = (order(&server, "Alfa", "500")?, order(&server, "Alfa", "300")?);
    let (b, k) = (back.symbol.as_str(), kept.symbol.as_str());
    // 1000 + 500 + 300 − 49.50 = 1750.50: what is pending is in no balance.
    let bookings = [
        Booking("A1", "500.00", "BOOK", b, false),
        Booking("A2", "300.00", "BOOK", k, false),
        Booking("A3", "-49.50", "BOOK", "", false),
        Booking("A4", "300.00", "PDNG", k, false),
    ];
    let first = camt("1000.00", "1750.50", &bookings);
    let said = import(&server, "1.xml", &first)?;
    let tally = "2 credited, 0 taken back, 0 unmatched, 0 known already, 2 not about credit";
    assert!(said.contains(tally), "{said}");
    assert_eq!(stands(&server, &back)?, strings(["credited", "500.00", "0.00"]));
    assert_eq!(stands(&server, &kept)?, strings(["credited", "300.00", "0.00"]));

    // The first is reversed; told again, in either dialect, it changes nothing.
    let reversal = [Booking("A5", "-500.00", "BOOK", b, true)];
    let second = camt("1750.50", "1250.50", &reversal);
    let said = import(&server, "2.xml", &other_dialect(&second))?;
    assert!(said.contains("0 credited, 1 taken back, 0 unmatched, 0 known already"), "{said}");
    assert_eq!(stands(&server, &back)?, strings(["pending", "0.00", "0.00"]));
    let said = import(&server, "2.xml", &second)?;
    assert!(said.contains("0 credited, 0 taken back, 0 unmatched, 1 known already"), "{said}");

    // Nothing is left of it that another reversal could take: a person looks at that.
    let again = [Booking("A6", "-500.00", "BOOK", b, true)];
    let said = import(&server, "3.xml", &other_dialect(&camt("1250.50", "750.50", &again)))?;
    assert!(said.contains("0 credited, 0 taken back, 1 unmatched, 0 known already"), "{said}");
    let said = import(&server, "1.xml", &other_dialect(&first))?;
    assert!(said.contains("0 credited, 0 taken back, 0 unmatched, 2 known already"), "{said}");
    assert_eq!(stands(&server, &back)?, strings(["pending", "0.00", "0.00"]));
    assert_eq!(stands(&server, &kept)?, strings(["credited", "300.00", "0.00"]));
    books_are_sound(&server)
}

/// What a program prints, which must succeed.
fn printed(command: &mut Command) -> Result<String> {
    let output = command.output().because(|| format!("{command:?}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(Failure::new(String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_statement_of_the_month_says_what_came_and_what_is_left() -> Result<()> {
    let server = served()?;
    let order = order(&server, "Alfa", "500")?;
    import(&server, "1.json", &fio(ACCOUNT, "CZK", &[(1, "500.00", &order.symbol)]))?;
    let month = printed(Command::new("date").arg("+%Y-%m").env("TZ", "Europe/Prague"))?;
    let asked = ["statements", "--org", "Alfa", "--month", &month];
    let with = |more: &[&str]| run(&server, &[&asked[..], more].concat());
    let stated: Value = serde_json::from_str(&with(&["--json"])?).because(|| "no JSON")?;
    assert_eq!(stated["zone"], "Europe/Prague");
    // The toll-free line opens with the credit and pays its first month: 500 − 250.
    assert_eq!((&stated["opening"], &stated["closing"]), (&"0.00".into(), &"250.00".into()));
    assert_eq!(stated["unfinished"], true);
    let mut moved: Vec<(&str, &str)> = Vec::new();
    for row in stated["movements"].as_array().into_iter().flatten() {
        moved.push((row["kind"].as_str().unwrap_or(""), row["change"].as_str().unwrap_or("")));
    }
    moved.sort_unstable();
    assert_eq!(moved, [("fee", "-250.00"), ("top-up", "500.00")]);

    let (pdf, csv) = (server.folder().join("month.pdf"), server.folder().join("month.csv"));
    with(&["--pdf", &pdf.to_string_lossy(), "--csv", &csv.to_string_lossy()])?;
    let text = printed(Command::new("pdftotext").arg("-layout").args([&pdf]).arg("-"))?;
    for part in ["Statement of credit", "Provozovatel s.r.o.", "Alfa", "unfinished", "500.00"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let table = fs::read_to_string(&csv)?;
    assert!(
        table.contains(",500.00,500.000000,CZK") && table.contains("closing_so_far,"),
        "{table}"
    );

    let nobody = ["statements", "--org", "Nobody", "--month", &month];
    assert!(complaint(&server, &nobody)?.contains("there is no organisation `Nobody`"));
    let future = ["statements", "--org", "Alfa", "--month", "2999-01"];
    assert!(complaint(&server, &future)?.contains("the month 2999-01 has not begun"));
    let wrong = ["statements", "--org", "Alfa", "--month", "2026-1"];
    assert!(complaint(&server, &wrong)?.contains("a month is written 2026-11"));
    books_are_sound(&server)
}

#[test]
fn a_broken_camt_053_says_what_is_wrong_and_credits_nothing() -> Result<()> {
    let server = served()?;
    let order = order(&server, "Alfa", "500")?;
    let booking = [Booking("A1", "500.00", "BOOK", &order.symbol, false)];
    let good = camt("0.00", "500.00", &booking);
    for (name, text, why) in [
        ("sum.xml", camt("0.00", "499.99", &booking), "closing balance"),
        ("99.xml", good.replace("001.02", "001.99"), "camt.053.001.99"),
        (
            "nameless.xml",
            good.replace("<AcctSvcrRef>A1</AcctSvcrRef>", ""),
            "the bank's reference (AcctSvcrRef) is missing",
        ),
        ("day.xml", good.replace("2026-11-24</Dt></BookgDt>", "24.11.</Dt></BookgDt>"), "24.11."),
        ("half.xml", good.get(..good.len() / 2).unwrap_or_default().to_owned(), "half.xml"),
    ] {
        let file = server.folder().join(name);
        fs::write(&file, text)?;
        let complaint = complaint(&server, &["bank", "import", &file.to_string_lossy()])?;
        assert!(complaint.contains(why), "{name}: {complaint}");
    }
    assert_eq!(stands(&server, &order)?, strings(["pending", "0.00", "0.00"]));
    let said = import(&server, "good.xml", &good)?;
    assert!(said.contains("1 credited"), "{said}");
    books_are_sound(&server)
}

#[test]
fn files_that_cannot_be_trusted_change_nothing() -> Result<()> {
    let server = served()?;
    let order = order(&server, "Alfa", "500")?;
    let symbol = order.symbol.as_str();
    let good = fio(ACCOUNT, "CZK", &[(1, "500.00", symbol)]);
    let other = "CZ5508000000001234567899";
    for (name, text, why) in [
        (
            "sum.json",
            good.replace(r#""closingBalance":500.00"#, r#""closingBalance":400.00"#),
            "closing balance",
        ),
        ("other.json", fio(other, "CZK", &[(1, "500.00", symbol)]), "not among payments.accounts"),
        ("euro.json", fio(ACCOUNT, "EUR", &[(1, "500.00", symbol)]), "not among payments.accounts"),
        ("half.json", good.get(..good.len() / 2).unwrap_or_default().to_owned(), "JSON"),
        ("list.csv", "date;amount".to_owned(), "neither camt.053 nor Fio's JSON"),
        (
            "bomb.xml",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><Document>&b;</Document>".to_owned(),
            "bomb.xml",
        ),
    ] {
        let file = server.folder().join(name);
        fs::write(&file, text)?;
        let complaint = complaint(&server, &["bank", "import", &file.to_string_lossy()])?;
        assert!(complaint.contains(why), "{name}: {complaint}");
    }
    assert_eq!(stands(&server, &order)?, strings(["pending", "0.00", "0.00"]));
    // A credit in another currency under the right symbol waits for a person.
    let said = import(&server, "de.json", &fio(EURO_ACCOUNT, "EUR", &[(9, "20.00", symbol)]))?;
    assert!(said.contains("in another currency"), "{said}");
    let said = import(&server, "good.json", &good)?;
    assert!(said.contains("1 credited"), "{said}");
    books_are_sound(&server)
}

fn books_are_sound(server: &Server) -> Result<()> {
    let output = server.linka(&["doctor"])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("the books are in order"), "{said}");
    Ok(())
}
