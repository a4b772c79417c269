//! The statement, read by poppler, and as CSV.

use linka_letters::{
    CALLS_MAX, CallSum, Date, Hour, Language, LetterError, MovementKind, Statement,
};
use linka_model::{Micros, OriginClass};

use crate::proforma::in_order;
use crate::programs::Pdf;
use crate::samples::statement;

#[test]
fn a_short_statement_shows_how_the_balance_came_about() {
    // Calls of 1 to 12 s cost n × 0.016667. Shown: .02 .03 .05 .07 .08 .10 .12 .13 .15 .17 .18 .20
    // = 1.30; exactly 78 × 0.016667 = 1.300026.
    // Opening 1 000.005 is shown 1 000.01. 1 000.01 − 1.30 − 250 + 10 000 − 100 + 0.50 = 10 649.21.
    // Closing is 10 649.204974, shown 10 649.20: rounding −0.01.
    let pdf = Pdf::keep("statement-cs.pdf", &statement(12).pdf().unwrap());
    in_order(
        &pdf.text(),
        &[
            "Výpis kreditu",
            "listopad 2026",
            "Organizace",
            "Žluťoučký kůň",
            "Počáteční zůstatek",
            "1 000,01",
            "Hovory (12)",
            "−1,30",
            "Měsíční poplatky",
            "−250,00",
            "Dobití kreditu",
            "10 000,00",
            "Vrácený kredit",
            "−100,00",
            "Opravy",
            "0,50",
            "Zaokrouhlení",
            "−0,01",
            "Konečný zůstatek",
            "10 649,20",
            "Sklad Žďár, 1. 11. – 30. 11.",
            "9 650,50",
            "2. 11., 1 h",
            "mobilní síť",
            "cz-tollfree-czk/3",
            "0,02",
            "Strana 1/2",
            "13. 11., 12 h",
            "Celkem",
            "78",
            "1,30",
            "Strana 2/2",
        ],
    );
}

#[test]
fn a_thousand_calls_add_up_over_many_pages() {
    // Seconds: 1 000 × 1 001 / 2 = 500 500.
    // A call of n s costs 0.016667 n, shown rounded to halers. The sum of what is shown is worked
    // out here in halers, half up: (16 667 n + 5 000) / 10 000 without the rest.
    let shown: i64 = (1..=1_000).map(|n: i64| (16_667 * n + 5_000) / 10_000).sum();
    // Six calls in a row cost 1, 2, … 6 × 1.6667 halers, about 35; the mean is 834.2, near
    // 500 500 × 1.6667 / 1 000 = 834.18.
    assert!((834_100..834_300).contains(&shown), "{shown}");
    let pdf = Pdf::keep("statement-1000.pdf", &statement(1_000).pdf().unwrap());
    let text = pdf.text();
    let figures = format!("{} {:03},{:02}", shown / 100_000, shown / 100 % 1_000, shown % 100);
    in_order(&text, &["Hovory (1 000)", &format!("−{figures}")]);
    let last = text.lines().rev().find(|line| line.contains("Celkem")).unwrap();
    in_order(last, &["Celkem", "500 500", &figures]);
    // 1 000.005 + 10 000 − 250 − 100 + 0.5 − 500 500 × 0.016667 = 10 650.505 − 8 341.8335
    // = 2 308.6715.
    in_order(&text, &["Konečný zůstatek", "2 308,67"]);
    pages(&pdf, &text);
}

/// Every page has its number and the head of its table, and no row is lost.
fn pages(pdf: &Pdf, text: &str) {
    let pages: Vec<&str> = text.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    let count = pages.len();
    assert!(count > 15, "{count}");
    assert!(pdf.info().contains(&format!("Pages:           {count}\n")), "{}", pdf.info());
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Strana {}/{count}", index + 1)), "{page}");
        assert!(page.contains("Začátek"), "{page}");
    }
    assert_eq!(text.matches("cz-tollfree-czk/3").count(), 1_000);
}

#[test]
fn the_same_statement_gives_the_same_bytes_and_names_its_month() {
    let facts = Statement { language: Language::English, ..statement(60) };
    let bytes = facts.pdf().unwrap();
    assert!(bytes == facts.pdf().unwrap());
    let pdf = Pdf::keep("statement-en.pdf", &bytes);
    assert!(pdf.info().contains("Statement of credit, November 2026"), "{}", pdf.info());
    in_order(&pdf.text(), &["Balance brought forward", "1,000.01", "24 Nov", "Page 2/3"]);
}

#[test]
fn a_month_without_calls_has_a_statement() {
    let empty = Statement {
        movements: Vec::new(),
        opening: Micros(5_000_000),
        closing: Micros(5_000_000),
        ..statement(0)
    };
    let text = Pdf::keep("statement-empty.pdf", &empty.pdf().unwrap()).text();
    in_order(&text, &["Počáteční zůstatek", "5,00", "Konečný zůstatek", "5,00", "Strana 1/1"]);
}

#[test]
fn sums_of_calls_stand_before_the_calls_and_an_unfinished_month_says_so() {
    let mut facts = statement(2);
    // 12 calls of 600 s in all for 7.25, beside two of 1 and 2 s that are shown as 0.02 and 0.03.
    facts.folded = vec![CallSum {
        line: "Sklad Brno".to_owned(),
        origin: OriginClass::Abroad,
        card: "cz-tollfree-czk/2".to_owned(),
        calls: 12,
        billable_seconds: 600,
        cost: Micros(7_250_000),
    }];
    facts.closing = Micros(facts.closing.0 - 7_250_000);
    facts.unfinished = true;
    facts.organisation.address.clear();
    let text = Pdf::keep("statement-folded.pdf", &facts.pdf().unwrap()).text();
    let sum =
        ["12 ×", "Sklad Brno", "zahraničí", "cz-tollfree-czk/2", "600", "7,25", "2. 11., 1 h"];
    in_order(&text, &["neúplný", "Hovory (14)", "−7,30"]);
    in_order(&text, &sum);
    in_order(&text, &["2. 11., 1 h", "Celkem", "603", "7,30", "Po 90 dnech"]);
    let csv = String::from_utf8(facts.csv().unwrap()).unwrap();
    let row = "calls,2026-11,Sklad Brno,abroad,600,cz-tollfree-czk/2,12 calls,-7.25,-7.250000,CZK";
    assert!(csv.contains(row) && csv.contains("\nclosing_so_far,2026-11-30,"), "{csv}");
    facts.folded[0].cost = Micros(-1);
    assert!(matches!(facts.csv(), Err(LetterError::Fact { field: "calls.cost", .. })));
}

#[test]
fn a_balance_that_does_not_add_up_is_refused() {
    let mut facts = statement(3);
    facts.closing = Micros(facts.closing.0 + 1);
    // 1 000.005 + 9 650.5 − 6 × 0.016667 = 10 650.404998; one micro-unit more is stated.
    let expected = "the balance does not add up: the entries make 10650.404998, the document says \
                    10650.404999";
    assert_eq!(facts.pdf().unwrap_err().to_string(), expected);
    assert_eq!(facts.csv().unwrap_err().to_string(), expected);
}

#[test]
fn entries_that_cannot_be_are_refused() {
    let mut december = statement(3);
    december.calls[0].begun = Hour::new(Date::new(2026, 12, 1).unwrap(), 0).unwrap();
    assert!(matches!(december.pdf(), Err(LetterError::Fact { field: "calls.begun", .. })));
    let mut gift = statement(3);
    gift.calls[0].cost = Micros(-1);
    assert!(matches!(gift.pdf(), Err(LetterError::Fact { field: "calls.cost", .. })));
    let mut fee = statement(3);
    fee.movements[0].change = Micros(1);
    assert_eq!(fee.movements[0].kind, MovementKind::Fee);
    assert!(matches!(fee.csv(), Err(LetterError::Fact { field: "movements.change", .. })));
    let mut flood = statement(1);
    flood.calls = vec![flood.calls[0].clone(); CALLS_MAX + 1];
    assert!(matches!(flood.csv(), Err(LetterError::TooMany { what: "calls", .. })));
}

#[test]
fn sums_at_the_edge_of_what_can_be_counted_are_no_panic() {
    let mut facts = statement(2);
    facts.movements.clear();
    facts.opening = Micros(i64::MIN);
    facts.calls[0].cost = Micros(i64::MAX);
    assert!(matches!(facts.pdf(), Err(LetterError::Sum { .. })));
}

/// Fields of a line without quoted ones.
fn fields(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

fn halers(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[test]
fn both_columns_of_the_csv_add_up() {
    let facts = statement(1_000);
    let csv = String::from_utf8(facts.csv().unwrap()).unwrap();
    assert!(csv.ends_with("\r\n") && !csv.replace("\r\n", "").contains(['\r', '\n']));
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    // A head, opening, 1 000 calls, 4 movements, rounding, closing.
    assert_eq!(lines.len(), 1 + 1 + 1_000 + 4 + 1 + 1);
    let from_the_end = |line: &str, n: usize| {
        let all = fields(line);
        halers(all[all.len() - n])
    };
    let (last, entries) = lines[1..].split_last().unwrap();
    let rounded: i64 = entries.iter().map(|line| from_the_end(line, 3)).sum();
    let exact: i64 = entries.iter().map(|line| from_the_end(line, 2)).sum();
    assert_eq!(rounded, from_the_end(last, 3));
    assert_eq!(exact, from_the_end(last, 2));
    // 2 308.6715 as above.
    assert!(last.ends_with("2308.67,2308.671500,CZK"), "{last}");
}

#[test]
fn the_csv_is_written_line_by_line_as_it_should_be() {
    let mut facts = statement(2);
    facts.calls[0].line = "=HYPERLINK(\"http://evil.example\")".to_owned();
    facts.calls[1].line = "Sklad, Žďár\r\n".to_owned();
    facts.movements.truncate(1);
    facts.movements[0].text = "-1+2".to_owned();
    // 1 000.005 − 250 − 0.016667 − 0.033334 = 749.954999; shown 1 000.01 − 0.02 − 0.03 − 250
    // = 749.96, closing 749.95: rounding −0.01.
    facts.closing = Micros(749_954_999);
    let csv = String::from_utf8(facts.csv().unwrap()).unwrap();
    let expected = [
        "kind,when,line,origin,billable_seconds,card,text,amount,exact,currency",
        "opening,2026-11-01,,,,,,1000.01,1000.005000,CZK",
        "call,2026-11-02T01,\"'=HYPERLINK(\"\"http://evil.example\"\")\",mobile,1,cz-tollfree-czk/3,,-0.02,-0.016667,CZK",
        "call,2026-11-03T02,\"Sklad, Žďár\",payphone,2,cz-tollfree-czk/3,,-0.03,-0.033334,CZK",
        "fee,2026-11-01,,,,,'-1+2,-250.00,-250.000000,CZK",
        "rounding,2026-11-30,,,,,,-0.01,0.000000,CZK",
        "closing,2026-11-30,,,,,,749.95,749.954999,CZK",
    ];
    assert_eq!(csv.split_terminator("\r\n").collect::<Vec<_>>(), expected);
}
