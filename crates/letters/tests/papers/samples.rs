//! Documents to try.

use linka_letters::{
    Call, Date, Hour, Language, Month, Movement, MovementKind, Party, Payment, Proforma,
    ProformaLine, Reference, Statement, Vat, VatRate,
};
use linka_model::{Micros, OriginClass};

/// A payment code as the Czech standard has it.
pub(crate) const SPAYD: &str =
    "SPD*1.0*ACC:CZ6508000000192000145399*AM:6050.00*CC:CZK*DT:20261130*X-VS:1234567802*MSG:LINKA";

pub(crate) fn date(day: u8) -> Date {
    Date::new(2026, 11, day).unwrap()
}

pub(crate) fn issuer() -> Party {
    Party {
        name: "Bezpečná linka, s. r. o.".to_owned(),
        address: vec!["Dělnická 12/3".to_owned(), "170 00 Praha 7".to_owned(), "Česko".to_owned()],
        company_id: Some("12345679".to_owned()),
        vat_id: Some("CZ12345679".to_owned()),
    }
}

pub(crate) fn customer() -> Party {
    Party {
        name: "Żółta Gęś Großhandel Žluťoučký kůň a. s.".to_owned(),
        address: vec!["Náměstí Míru 1".to_owned(), "591 01 Žďár nad Sázavou".to_owned()],
        company_id: Some("87654326".to_owned()),
        vat_id: None,
    }
}

/// 5 000 of credit at 21 %: 1 050 of VAT, 6 050 in all.
pub(crate) fn proforma() -> Proforma {
    Proforma {
        language: Language::Czech,
        number: "2026-00042".to_owned(),
        issued: date(16),
        due: date(30),
        issuer: issuer(),
        customer: customer(),
        currency: "CZK".parse().unwrap(),
        lines: vec![ProformaLine {
            text: "Kredit pro telefonní linku".to_owned(),
            net: Micros(5_000_000_000),
            rate: Some(VatRate(2_100)),
        }],
        vat: Vat::Payer,
        total: Micros(6_050_000_000),
        payment: Payment {
            iban: "CZ6508000000192000145399".to_owned(),
            bic: Some("GIBACZPX".to_owned()),
            reference: Reference::VariableSymbol("1234567802".to_owned()),
        },
        qr: SPAYD.to_owned(),
    }
}

/// A statement of so many calls. Call `n` (from 1) lasts `n` seconds and costs `n` × 16 667
/// micro-units; with a top-up of 10 000, a fee of 250, a refund of 100 and a correction of 0.5.
pub(crate) fn statement(calls: i64) -> Statement {
    let opening = Micros(1_000_005_000);
    // 1 + 2 + … + n = n (n + 1) / 2.
    let cost = calls * (calls + 1) / 2 * 16_667;
    Statement {
        language: Language::Czech,
        issuer: issuer(),
        organisation: customer(),
        month: Month::new(2026, 11).unwrap(),
        issued: Date::new(2026, 12, 1).unwrap(),
        unfinished: false,
        currency: "CZK".parse().unwrap(),
        opening,
        calls: (1..=calls).map(call).collect(),
        folded: Vec::new(),
        movements: vec![
            movement(1, MovementKind::Fee, "Sklad Žďár, 1. 11. – 30. 11.", -250_000_000),
            movement(3, MovementKind::TopUp, "Převod, VS 1234567802", 10_000_000_000),
            movement(17, MovementKind::Refund, "Na účet CZ65…5399", -100_000_000),
            movement(18, MovementKind::Correction, "Dobrá vůle", 500_000),
        ],
        closing: Micros(opening.0 + 10_000_000_000 - 250_000_000 - 100_000_000 + 500_000 - cost),
    }
}

fn call(number: i64) -> Call {
    let day = 1 + u8::try_from(number % 28).unwrap();
    let hour = u8::try_from(number % 24).unwrap();
    let index = usize::try_from(number).unwrap() % OriginClass::ALL.len();
    Call {
        begun: Hour::new(date(day), hour).unwrap(),
        line: "Sklad Žďár".to_owned(),
        origin: OriginClass::ALL[index],
        billable_seconds: u64::try_from(number).unwrap(),
        card: "cz-tollfree-czk/3".to_owned(),
        cost: Micros(number * 16_667),
    }
}

fn movement(day: u8, kind: MovementKind, text: &str, change: i64) -> Movement {
    Movement { date: date(day), kind, text: text.to_owned(), change: Micros(change) }
}
