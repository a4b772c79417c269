//! Rate cards held against each other: everything that is wrong with a folder, at once.

use linka_metering::calendar::parse_utc;
use linka_metering::{CardFile, Folder, read_folder};

const CARD: &str = r#"id: a
currency: CZK
country: CZ
kind: landline
valid_from: 2026-01-01
monthly: "0"
rates:
  - {origin: default, per_minute: "0.60", first: 60, step: 60}
"#;

fn read(files: &[(&str, &str)]) -> Folder {
    let files: Vec<CardFile<'_>> =
        files.iter().map(|&(name, text)| CardFile { name, text }).collect();
    read_folder(&files, parse_utc("2026-06-01").expect("sound"))
}

fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(CARD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// File, line and column of every error, with its reason.
fn errors(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let head = |text: String| text.lines().next().unwrap_or("").to_owned();
    let remark = |text: String| {
        let head = head(text);
        let (place, reason) = head.split_once(": ").expect("a place");
        (place.to_owned(), reason.to_owned())
    };
    read(files).errors.iter().map(|error| remark(error.to_string())).collect()
}

#[test]
fn versions_in_one_file_or_several_are_read_with_their_own_line_numbers() {
    let later = changed(&[("2026-01-01", "2026-05-01"), ("0.60", "0.70")]);
    let both = format!("# Prices\n---\n{CARD}---\n{later}");
    for folder in [read(&[("a.yaml", &both)]), read(&[("a.yaml", CARD), ("b.yaml", &later)])] {
        assert_eq!((folder.errors, folder.warnings), (vec![], vec![]));
        let from: Vec<i64> = folder.cards.iter().map(|card| card.valid_from_ms).collect();
        assert_eq!(from, ["2026-01-01", "2026-05-01"].map(|day| parse_utc(day).expect("sound")));
    }
    // The second card begins on line 12: its prices stand on 19.
    let broken = both.replace("\"0.70\"", "0.70");
    assert_eq!(errors(&[("a.yaml", &broken)])[0].0, "a.yaml:19:35");
}

#[test]
fn two_cards_for_the_same_lines_overlap() {
    let rival = changed(&[("id: a", "id: b"), ("2026-01-01", "2026-05-01")]);
    let reason =
        "`b` prices the same lines as `a` in a.yaml:1: one card for a country, kind and currency";
    let found = errors(&[("b.yaml", &rival), ("a.yaml", CARD)]);
    assert_eq!(found, [("b.yaml:1:5".to_owned(), reason.to_owned())]);
    for other in [("CZK", "EUR"), ("country: CZ", "country: SK"), ("landline", "toll_free")] {
        assert_eq!(
            errors(&[("a.yaml", CARD), ("b.yaml", &changed(&[("id: a", "id: b"), other]))]),
            []
        );
    }
}

#[test]
fn two_versions_from_the_same_instant_are_refused() {
    let twin = changed(&[("0.60", "0.70")]);
    let found = errors(&[("a.yaml", CARD), ("b.yaml", &twin)]);
    let reason =
        "a version of `a` begins at this instant already, in a.yaml:1: give one a later valid_from";
    assert_eq!(found, [("b.yaml:5:13".to_owned(), reason.to_owned())]);
}

#[test]
fn a_card_keeps_its_key_through_all_versions() {
    for (from, to, place, word) in [
        ("country: CZ", "country: SK", "b.yaml:3:10", "country"),
        ("landline", "toll_free", "b.yaml:4:7", "kind"),
        ("CZK", "EUR", "b.yaml:2:11", "currency"),
    ] {
        let other = changed(&[(from, to), ("2026-01-01", "2026-05-01")]);
        let found = errors(&[("a.yaml", CARD), ("b.yaml", &other)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, place);
        assert!(found[0].1.starts_with(&format!("the {word} of `a` is another")), "{}", found[0].1);
    }
}

#[test]
fn all_findings_of_all_files_come_at_once() {
    let classes = changed(&[("default", "fixed")]);
    let twins = changed(&[(
        "rates:\n",
        "rates:\n  - {origin: default, per_minute: \"1\", first: 1, step: 1}\n",
    )]);
    let found = errors(&[("c.yaml", "id: ["), ("b.yaml", &twins), ("a.yaml", &classes)]);
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    // Four classes have no price; one origin has two entries; one file is no YAML.
    assert_eq!(
        places[..5],
        ["a.yaml:8:3", "a.yaml:8:3", "a.yaml:8:3", "a.yaml:8:3", "b.yaml:9:14"]
    );
    assert!(places[5].starts_with("c.yaml:"), "{places:?}");
    let named: Vec<&str> = found[..4].iter().map(|(_, reason)| &reason[..15]).collect();
    assert_eq!(named, ["origin `mobile`", "origin `payphon", "origin `abroad`", "origin `unknown"]);
}

#[test]
fn a_price_that_leaps_tenfold_and_a_card_that_begins_later_are_warnings() {
    let warned = |price: &str| {
        let later = changed(&[("2026-01-01", "2026-05-01"), ("0.60", price)]);
        let found = read(&[("a.yaml", CARD), ("b.yaml", &later)]).warnings;
        found.iter().map(|warning| warning.to_string()).collect::<Vec<_>>()
    };
    // One remark for the entry, though it prices five classes.
    let reason = "b.yaml:8:35: 6.00 a minute was 0.60 before: is the decimal point in its place?";
    assert_eq!(warned("6.00").len(), 1);
    assert_eq!(warned("6.00")[0].lines().next(), Some(reason));
    assert_eq!(warned("0.06").len(), 1);
    assert_eq!(warned("5.99"), Vec::<String>::new());

    let future = read(&[("a.yaml", &changed(&[("2026-01-01", "2026-06-02")]))]).warnings;
    let reason = "a.yaml:5:13: no version of `a` is in force before 2026-06-02T00:00Z: until then its lines have no price";
    assert_eq!(future[0].to_string().lines().next(), Some(reason));
    assert_eq!(read(&[("a.yaml", &changed(&[("2026-01-01", "2026-06-01")]))]).warnings, []);
}

#[test]
fn a_fee_for_the_call_above_100_is_a_warning() {
    let dear = changed(&[("step: 60", "step: 60, setup: \"100.01\"")]);
    assert_eq!(read(&[("a.yaml", &dear)]).warnings.len(), 1);
    let fair = changed(&[("step: 60", "step: 60, setup: \"100\", minimum: \"100\"")]);
    assert_eq!(read(&[("a.yaml", &fair)]).warnings, []);
}
