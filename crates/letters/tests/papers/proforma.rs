//! The proforma invoice, read by poppler and zbar.

use linka_letters::{Language, LetterError, Proforma, Reference, Vat, VatRate};
use linka_model::Micros;

use crate::programs::Pdf;
use crate::samples::{SPAYD, proforma};

/// The pieces stand in the text in this order.
#[track_caller]
pub(crate) fn in_order(text: &str, pieces: &[&str]) {
    let mut rest = text;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            panic!("{piece:?} is not where it should be:\n{text}")
        };
        rest = &rest[at + piece.len()..];
    }
}

#[test]
fn every_fact_is_on_the_page_in_the_order_of_reading() {
    let pdf = Pdf::keep("proforma-cs.pdf", &proforma().pdf().unwrap());
    in_order(
        &pdf.text(),
        &[
            "Zálohová faktura",
            "2026-00042",
            "není daňovým dokladem",
            "Dodavatel",
            "Odběratel",
            "Bezpečná linka, s. r. o.",
            "Žluťoučký kůň",
            "Dělnická 12/3",
            "591 01 Žďár nad Sázavou",
            "IČO 12345679",
            "DIČ CZ12345679",
            "16. 11. 2026",
            "30. 11. 2026",
            "Kredit pro telefonní linku",
            "21 %",
            "5 000,00",
            "DPH 21 % z 5 000,00",
            "1 050,00",
            "Celkem k úhradě",
            "6 050,00 Kč",
            "CZ65 0800 0000 1920 0014 5399",
            "GIBACZPX",
            "1234567802",
            "6 050,00 Kč",
            "1/1",
        ],
    );
}

#[test]
fn the_payment_code_says_exactly_what_was_given() {
    let pdf = Pdf::keep("proforma-code.pdf", &proforma().pdf().unwrap());
    assert_eq!(pdf.code(), SPAYD);
    // As a bank of the euro has it (EPC069-12): lines, and letters beyond ASCII.
    let epc = "BCD\n002\n1\nSCT\nGIBAATWW\nBezpečná linka\nAT611904300234573201\nEUR6050.00\n\nRF18539007547034";
    let euro = Proforma {
        currency: "EUR".parse().unwrap(),
        qr: epc.to_owned(),
        language: Language::English,
        ..proforma()
    };
    let pdf = Pdf::keep("proforma-epc.pdf", &euro.pdf().unwrap());
    assert_eq!(pdf.code(), epc);
}

#[test]
fn the_largest_code_is_still_read() {
    // 331 bytes are all that version 13 holds at level M.
    let qr = "x".repeat(331);
    let pdf = Pdf::keep(
        "proforma-largest.pdf",
        &Proforma { qr: qr.clone(), ..proforma() }.pdf().unwrap(),
    );
    assert_eq!(pdf.code(), qr);
    let refused = Proforma { qr: format!("{qr}x"), ..proforma() }.pdf();
    assert!(matches!(refused, Err(LetterError::Fact { field: "qr", .. })), "{refused:?}");
}

#[test]
fn fonts_are_embedded_in_parts_and_properties_are_set() {
    let bytes = proforma().pdf().unwrap();
    let pdf = Pdf::keep("proforma-properties.pdf", &bytes);
    let fonts = pdf.fonts();
    // Columns: emb sub uni. Three cuts, each embedded, in part, readable.
    assert_eq!(fonts.matches("yes yes yes").count(), 3, "{fonts}");
    assert!(fonts.contains("LibertinusSerif"), "{fonts}");
    let info = pdf.info();
    assert!(info.contains("Zálohová faktura 2026-00042"), "{info}");
    assert!(info.contains("Pages:           1\n") && info.contains("(A4)"), "{info}");
    assert!(bytes.len() < 60_000, "{} bytes: whole fonts?", bytes.len());
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"/Lang(cs)") || has(b"/Lang (cs)"), "no language");
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let first = proforma().pdf().unwrap();
    assert!(first == proforma().pdf().unwrap());
    let other = Proforma { number: "2026-00043".to_owned(), ..proforma() };
    assert!(first != other.pdf().unwrap());
}

#[test]
fn an_issuer_without_vat_names_no_rate_and_says_so() {
    let mut facts = Proforma {
        language: Language::English,
        vat: Vat::NotPayer,
        total: Micros(5_000_000_000),
        ..proforma()
    };
    facts.lines[0].rate = None;
    facts.payment.reference = Reference::Creditor("RF18539007547034".to_owned());
    let text = Pdf::keep("proforma-en.pdf", &facts.pdf().unwrap()).text();
    in_order(
        &text,
        &[
            "Proforma invoice",
            "16 November 2026",
            "Total to pay",
            "CZK 5,000.00",
            "Creditor reference",
            "RF18539007547034",
            "not a payer of VAT",
        ],
    );
    assert!(!text.contains('%'), "{text}");
}

#[test]
fn vat_of_two_rates_is_summed_by_rate() {
    // 100.10 + 200.20 = 300.30 at 21 %: 63.063, so 63.06. 10.05 at 12 %: 1.206, so 1.21.
    // 300.30 + 10.05 + 63.06 + 1.21 = 374.62.
    let mut facts = Proforma { total: Micros(374_620_000), ..proforma() };
    let line = facts.lines[0].clone();
    let with = |micros, rate| linka_letters::ProformaLine {
        net: Micros(micros),
        rate: Some(VatRate(rate)),
        ..line.clone()
    };
    facts.lines = vec![with(100_100_000, 2_100), with(10_050_000, 1_200), with(200_200_000, 2_100)];
    let text = Pdf::keep("proforma-rates.pdf", &facts.pdf().unwrap()).text();
    in_order(&text, &["21 % z 300,30", "63,06", "12 % z 10,05", "1,21", "374,62 Kč"]);
}

#[test]
fn the_fullest_invoice_fits_its_page() {
    // Eight lines of 1.00, two at each of 1, 2, 3 and 4 %: VAT 0.02 + 0.04 + 0.06 + 0.08 = 0.20.
    let mut facts = Proforma { total: Micros(8_200_000), ..proforma() };
    let line = facts.lines[0].clone();
    let with = |rate| linka_letters::ProformaLine {
        net: Micros(1_000_000),
        rate: Some(VatRate(rate)),
        ..line.clone()
    };
    facts.lines = (0..8).map(|n| with(100 * (1 + n % 4))).collect();
    facts.issuer.address = vec!["Dělnická 12/3".to_owned(); 5];
    let pdf = Pdf::keep("proforma-full.pdf", &facts.pdf().unwrap());
    assert!(pdf.info().contains("Pages:           1\n"));
    assert_eq!(pdf.code(), SPAYD);
    in_order(&pdf.text(), &["8,20 Kč", "Platba převodem", "1234567802", "1/1"]);
    facts.lines[0].rate = Some(VatRate(500));
    let refused = facts.pdf();
    assert!(
        matches!(refused, Err(LetterError::TooMany { what: "rates of VAT", .. })),
        "{refused:?}"
    );
}

#[test]
fn facts_that_do_not_add_up_are_refused() {
    let off_by_a_haler = Proforma { total: Micros(6_050_010_000), ..proforma() };
    let error = off_by_a_haler.pdf().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the total does not add up: the entries make 6,050.00, the document says 6,050.01"
    );
    let fraction = Proforma { total: Micros(6_050_000_001), ..proforma() };
    assert!(matches!(fraction.pdf(), Err(LetterError::Fact { field: "total", .. })));
    let rate_of_none = Proforma { vat: Vat::NotPayer, ..proforma() };
    assert!(matches!(rate_of_none.pdf(), Err(LetterError::Fact { field: "rate", .. })));
}

#[test]
fn facts_that_are_missing_are_refused() {
    let no_lines = Proforma { lines: Vec::new(), ..proforma() };
    assert!(matches!(no_lines.pdf(), Err(LetterError::Fact { field: "lines", .. })));
    let no_number = Proforma { number: " ".to_owned(), ..proforma() };
    assert!(matches!(no_number.pdf(), Err(LetterError::Fact { field: "number", .. })));
    let mut nobody = proforma();
    nobody.customer.name = "\u{200b}".to_owned();
    assert!(matches!(nobody.pdf(), Err(LetterError::Fact { field: "customer", .. })));
    let mut many = proforma();
    many.lines = vec![many.lines[0].clone(); 9];
    assert!(matches!(many.pdf(), Err(LetterError::TooMany { what: "lines", count: 9, max: 8 })));
}
