//! One of each mail, with what has to be read in it: written by hand, in both languages.

use linka_letters::{Amount, CreditLevel, Date, FeeReminder, Link, Mail, Payment, Reference};
use linka_model::{LineKind, Micros};

/// A mail and what it has to say.
pub(crate) struct Sample {
    pub(crate) mail: Mail,
    pub(crate) czech: Vec<&'static str>,
    pub(crate) english: Vec<&'static str>,
}

fn sample(mail: Mail, czech: &[&'static str], english: &[&'static str]) -> Sample {
    Sample { mail, czech: czech.to_vec(), english: english.to_vec() }
}

fn czk(micros: i64) -> Amount {
    Amount { micros: Micros(micros), currency: "CZK".parse().unwrap() }
}

fn date(day: u8) -> Date {
    Date::new(2026, 11, day).unwrap()
}

fn link(path: &str) -> Link {
    format!("https://linka.example/{path}").parse().unwrap()
}

fn payment() -> Payment {
    Payment {
        iban: "CZ6508000000192000145399".to_owned(),
        bic: Some("GIBACZPX".to_owned()),
        reference: Reference::VariableSymbol("1234567802".to_owned()),
    }
}

/// All mails about an organisation and a line of these names.
pub(crate) fn samples(organisation: &str, line: &str) -> Vec<Sample> {
    let mut all = orders(organisation, line);
    all.extend(credit(organisation));
    all.extend(fees(organisation, line));
    all.extend(payments(organisation));
    all
}

fn orders(organisation: &str, line: &str) -> Vec<Sample> {
    let (organisation, line) = (organisation.to_owned(), line.to_owned());
    vec![
        sample(
            Mail::OrderReceived {
                organisation: organisation.clone(),
                line: line.clone(),
                country: "CZ".to_owned(),
                kind: LineKind::TollFree,
                ordered: date(24),
                link: link("lines"),
            },
            &["CZ", "bezplatná pro volající", "24. 11. 2026"],
            &["CZ", "toll-free", "24 November 2026"],
        ),
        sample(
            Mail::NumberRegistered {
                organisation: organisation.clone(),
                line: line.clone(),
                number: "+420800123456".parse().unwrap(),
                link: link("credit"),
            },
            &["+420800123456", "Dobít kredit"],
            &["+420800123456", "Top up credit"],
        ),
        sample(
            Mail::OrderRejected {
                organisation,
                line,
                reason: "Chybí výpis z rejstříku".to_owned(),
                link: link("lines"),
            },
            &["Chybí výpis z rejstříku"],
            &["Chybí výpis z rejstříku"],
        ),
    ]
}

fn credit(organisation: &str) -> Vec<Sample> {
    let low = |level| Mail::LowCredit {
        organisation: organisation.to_owned(),
        level,
        // 1 234.505 is rounded half up to 1 234.51.
        available: czk(1_234_505_000),
        link: link("credit"),
    };
    let figures = (&["1 234,51 Kč"], &["CZK 1,234.51"]);
    vec![
        sample(low(CreditLevel::Low), figures.0, figures.1),
        sample(low(CreditLevel::OneCall), figures.0, figures.1),
        sample(
            Mail::CreditExhausted {
                organisation: organisation.to_owned(),
                available: czk(2_004_999),
                link: link("credit"),
            },
            &["2,00 Kč"],
            &["CZK 2.00"],
        ),
        sample(
            Mail::CallsRefused {
                organisation: organisation.to_owned(),
                calls: 17,
                available: czk(0),
                link: link("credit"),
            },
            &["Odmítnuté hovory", "17", "0,00 Kč"],
            &["Calls turned away", "17", "CZK 0.00"],
        ),
    ]
}

fn fees(organisation: &str, line: &str) -> Vec<Sample> {
    let number = || "+420800123456".parse().unwrap();
    let (organisation, line) = (|| organisation.to_owned(), || line.to_owned());
    let due = |reminder| Mail::FeeDue {
        organisation: organisation(),
        line: line(),
        number: number(),
        reminder,
        fee: czk(250_000_000),
        due: date(3),
        suspended_on: date(10),
        link: link("credit"),
    };
    let due_cs = &["+420800123456", "250,00 Kč", "3. 11. 2026", "10. 11. 2026"];
    let due_en = &["+420800123456", "CZK 250.00", "3 November 2026", "10 November 2026"];
    vec![
        sample(due(FeeReminder::First), due_cs, due_en),
        sample(due(FeeReminder::Second), due_cs, due_en),
        sample(due(FeeReminder::Last), due_cs, due_en),
        sample(
            Mail::FeePaid {
                organisation: organisation(),
                line: line(),
                number: number(),
                fee: czk(250_000_000),
                next: date(20),
                link: link("lines"),
            },
            &["+420800123456", "Zaplacený poplatek", "250,00 Kč", "20. 11. 2026"],
            &["+420800123456", "Fee paid", "CZK 250.00", "20 November 2026"],
        ),
        sample(
            Mail::Suspended {
                organisation: organisation(),
                line: line(),
                number: number(),
                fee: czk(250_000_000),
                kept_until: Date::new(2027, 1, 9).unwrap(),
                link: link("credit"),
            },
            &["+420800123456", "250,00 Kč", "9. 1. 2027"],
            &["+420800123456", "CZK 250.00", "9 January 2027"],
        ),
        sample(
            Mail::ReleasePending {
                organisation: organisation(),
                line: line(),
                number: number(),
                fee: czk(250_000_000),
                decided_from: Date::new(2027, 1, 23).unwrap(),
                link: link("lines/7"),
            },
            &["+420800123456", "250,00 Kč", "23. 1. 2027"],
            &["+420800123456", "CZK 250.00", "23 January 2027"],
        ),
        sample(
            Mail::Released {
                organisation: organisation(),
                line: line(),
                number: number(),
                released: Date::new(2027, 1, 25).unwrap(),
                link: link("lines"),
            },
            &["+420800123456", "25. 1. 2027"],
            &["+420800123456", "25 January 2027"],
        ),
    ]
}

fn payments(organisation: &str) -> Vec<Sample> {
    let organisation = || organisation.to_owned();
    let iban = "CZ65 0800 0000 1920 0014 5399";
    vec![
        sample(
            Mail::PaymentReceived {
                organisation: organisation(),
                received: czk(5_000_000_000),
                paid: date(20),
                available: czk(5_012_345_678),
                link: link("credit"),
            },
            &["5 000,00 Kč", "20. 11. 2026", "5 012,35 Kč"],
            &["CZK 5,000.00", "20 November 2026", "CZK 5,012.35"],
        ),
        sample(
            Mail::PaymentPartlyReceived {
                organisation: organisation(),
                received: czk(3_000_000_000),
                asked: czk(5_000_000_000),
                missing: czk(2_000_000_000),
                paid: date(20),
                payment: payment(),
                link: link("credit"),
            },
            &["3 000,00 Kč", "5 000,00 Kč", "2 000,00 Kč", iban, "GIBACZPX", "1234567802"],
            &["CZK 3,000.00", "CZK 5,000.00", "CZK 2,000.00", iban, "GIBACZPX", "1234567802"],
        ),
        sample(
            Mail::PaymentAwaited {
                organisation: organisation(),
                amount: czk(5_000_000_000),
                due: date(30),
                payment: payment(),
                link: link("orders/42"),
            },
            &["5 000,00 Kč", "30. 11. 2026", iban, "GIBACZPX", "Variabilní symbol", "1234567802"],
            &["CZK 5,000.00", "30 November 2026", iban, "Variable symbol", "1234567802"],
        ),
        sample(
            Mail::BooksAlarm {
                found: date(24),
                findings: vec!["account 7: balance is 12.50, entries make 12.40".to_owned()],
                link: link("audit"),
            },
            &["24. 11. 2026", "account 7: balance is 12.50, entries make 12.40"],
            &["24 November 2026", "account 7: balance is 12.50, entries make 12.40"],
        ),
    ]
}
