//! Rate cards as files: what is read, what is refused and where the error points.

use linka_metering::{Rate, RateCard};
use linka_model::{LineKind, Micros, OriginClass};

const CARD: &str = r#"id: cz-tollfree-czk
currency: CZK
country: CZ
kind: toll_free
valid_from: 2026-01-01T00:00:00Z
monthly: "250"
rates:
  - {origin: mobile, per_minute: "2.90", first: 60, step: 1}
  - {origin: default, per_minute: "1.20", first: 60, step: 60, setup: "0.5", minimum: "1"}
"#;

/// The place and the reason of the refusal.
fn refused(yaml: &str) -> (usize, usize, String) {
    let error = RateCard::parse(yaml, "card.yaml").expect_err(yaml);
    (error.line(), error.column(), error.message().to_owned())
}

fn changed(from: &str, to: &str) -> String {
    assert!(CARD.contains(from), "{from}");
    CARD.replacen(from, to, 1)
}

#[test]
fn a_card_is_read_and_default_stands_for_the_classes_without_an_entry() {
    let (card, warnings) = RateCard::parse(CARD, "card.yaml").expect("sound");
    assert_eq!(warnings, []);
    assert_eq!(card.id.as_str(), "cz-tollfree-czk");
    assert_eq!((card.currency.as_str(), card.country.as_str()), ("CZK", "CZ"));
    assert_eq!((card.kind, card.monthly), (LineKind::TollFree, Micros(250_000_000)));
    // 2026-01-01 is 1767225600 seconds after 1970.
    assert_eq!(card.valid_from_ms, 1_767_225_600_000);
    let mobile = Rate::new(Micros(2_900_000), (60, 1), Micros::ZERO, Micros::ZERO).expect("sound");
    let other =
        Rate::new(Micros(1_200_000), (60, 60), Micros(500_000), Micros(1_000_000)).expect("sound");
    for origin in OriginClass::ALL {
        let expected = if origin == OriginClass::Mobile { mobile } else { other };
        assert_eq!(card.rate_for(origin), expected, "{}", origin.as_str());
    }
}

#[test]
fn every_slip_is_refused_where_it_stands() {
    for (from, to, line, column) in [
        ("monthly:", "montly:", 6, 1),
        ("country: CZ\n", "country: CZ\ncountry: SK\n", 4, 1),
        ("kind: toll_free", "kind: green", 4, 7),
        ("currency: CZK", "currency: czk", 2, 11),
        ("country: CZ", "country: Czechia", 3, 10),
        ("id: cz-tollfree-czk", "id: Czech green", 1, 5),
        ("2026-01-01T00:00:00Z", "2026-02-30", 5, 13),
        ("\"2.90\"", "2.90", 8, 34),
        ("\"2.90\"", "\"2.9000001\"", 8, 34),
        ("\"2.90\"", "\"2,90\"", 8, 34),
        ("\"2.90\"", "\"-2.90\"", 8, 34),
        ("\"2.90\"", "\"100000.01\"", 8, 34),
        ("first: 60, step: 1}", "first: 0, step: 1}", 8, 49),
        ("first: 60, step: 1}", "first: 60, step: 3601}", 8, 59),
        ("first: 60, step: 1}", "first: 1.5, step: 1}", 8, 49),
        ("origin: default", "origin: mobile", 9, 14),
        ("origin: default", "origin: fixed", 8, 3),
        ("origin: mobile", "origin: moble", 8, 14),
    ] {
        let (found_line, found_column, message) = refused(&changed(from, to));
        assert_eq!((found_line, found_column), (line, column), "{to}: {message}");
    }
}

#[test]
fn a_missing_field_and_an_empty_file_are_refused() {
    assert!(refused(&changed("monthly: \"250\"\n", "")).2.contains("monthly"));
    assert!(RateCard::parse("", "card.yaml").is_err());
    assert!(RateCard::parse("id: [", "card.yaml").is_err());
}

#[test]
fn an_error_shows_file_line_column_reason_and_the_line_itself() {
    let error = RateCard::parse(&changed("origin: default", "origin: mobile"), "cards/cz.yaml")
        .expect_err("mobile stands twice");
    let expected = r#"cards/cz.yaml:9:14: this origin has an entry already
    9 |   - {origin: mobile, per_minute: "1.20", first: 60, step: 60, setup: "0.5", minimum: "1"}
      |              ^"#;
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_class_without_a_price_is_named() {
    let message = refused(&changed("origin: default", "origin: fixed")).2;
    assert_eq!(
        message,
        "origin `payphone` has no price: add it, or an entry with origin `default`"
    );
}

#[test]
fn a_price_that_looks_like_a_slip_is_a_warning() {
    let warnings = |yaml: &str| RateCard::parse(yaml, "card.yaml").expect("sound").1;
    let dear = warnings(&changed("\"2.90\"", "\"290\""));
    assert_eq!(dear.iter().map(|w| w.line()).collect::<Vec<_>>(), [8]);
    let free = warnings(&changed("\"1.20\"", "\"0\""));
    assert_eq!(free.iter().map(|w| w.line()).collect::<Vec<_>>(), [9]);
    assert!(free[0].to_string().starts_with("card.yaml:9:"));
    // Exactly 100 is no slip, and a landline may be free.
    assert_eq!(warnings(&changed("\"2.90\"", "\"100\"")), []);
    let landline = changed("toll_free", "landline").replace("\"1.20\"", "\"0\"");
    assert_eq!(warnings(&landline), []);
}

#[test]
fn every_shipped_card_reads_without_a_warning_under_its_own_name() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/ratecards");
    let mut read = 0;
    for entry in std::fs::read_dir(directory).expect("sound") {
        let path = entry.expect("sound").path();
        let text = std::fs::read_to_string(&path).expect("sound");
        let (card, warnings) = RateCard::parse(&text, &path.display().to_string()).expect("sound");
        assert_eq!(warnings, []);
        assert_eq!(path.file_stem().and_then(|s| s.to_str()), Some(card.id.as_str()));
        read += 1;
    }
    assert!(read >= 10, "{read} cards are shipped");
}
