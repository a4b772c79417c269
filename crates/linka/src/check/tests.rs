//! Everything that keeps a configuration from working is found before anything runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// 2026-11-24T00:00Z: 20,781 days after 1970-01-01, of 86,400,000 ms each.
const NOW_MS: i64 = 1_795_478_400_000;

const NODE: &str = "
prompts: PROMPTS
organisations:
  - name: A
    currency: CZK
    spoken: { cs: cs/names/org_demo.ogg }
    lines:
      - { name: Main, number: \"+420200000010\", country: CZ, kind: landline, languages: [cs] }
      - { name: Other, number: \"+420200000011\", country: CZ, kind: landline, languages: [cs], channels: 5 }
";
const TRUNKS: &str = "
trunks:
  - { name: t, signalling: [127.0.0.0/8], media: [127.0.0.0/8], country_code: \"420\", media_timeout_s: 30 }
  - { name: u, signalling: [10.0.0.0/8], media: [10.0.0.0/8], country_code: \"49\" }
";
const CARD: &str = "
id: cz
currency: CZK
country: CZ
kind: landline
valid_from: 2026-01-01T00:00:00Z
monthly: \"0\"
rates: [{ origin: default, per_minute: \"0.60\", first: 60, step: 60 }]
";

/// The three files with one change each.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(node: (&str, &str), trunks: (&str, &str), card: (&str, &str)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("ratecards")).unwrap();
        let files = Self { folder };
        let prompts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../prompts");
        let node = NODE.replace(node.0, node.1).replace("PROMPTS", prompts.to_str().unwrap());
        files.write("linka.yaml", &node);
        files.write("trunks.yaml", &TRUNKS.replace(trunks.0, trunks.1));
        files.write("ratecards/cz.yaml", &CARD.replace(card.0, card.1));
        files
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn check(&self) -> Result<Checked, Failure> {
        let file: PathBuf = self.folder.path().join("linka.yaml");
        Checked::read(&file, NOW_MS)
    }

    fn complaint(&self) -> String {
        self.check().unwrap_err().to_string()
    }
}

const SAME: (&str, &str) = ("\n", "\n");

#[test]
fn a_configuration_in_order_passes_without_a_warning() {
    let checked = Files::new(SAME, SAME, SAME).check().unwrap();
    assert_eq!((checked.trunks.len(), checked.cards.len()), (2, 1));
    assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);
}

#[test]
fn what_is_wrong_with_lines_is_found() {
    for (old, new, complaint) in [
        ("+420200000011", "+420200000010", "two lines have the number +420200000010"),
        ("name: Other", "name: Main", "A has two lines with the name `Main`"),
        ("name: Other", "name: ''", "the name of a line has 1 to 200 characters"),
        ("channels: 5", "channels: 0", "channels must lie between 1 and 1000"),
        ("channels: 5", "channels: 1001", "channels must lie between 1 and 1000"),
        ("channels: 5", "part_max_s: 0", "part_max_s must lie between 10 and 1800"),
        ("prompts:", "sip: { calls_max: 0 }\nprompts:", "sip.calls_max is 0"),
        ("org_demo.ogg", "pack.yaml", "there is no such file"),
        ("cs/names/org_demo.ogg", "cs/pack.yaml", "pack.yaml"),
        ("languages: [cs],", "languages: [cs, en],", "no spoken name in `en`"),
    ] {
        let message = Files::new((old, new), SAME, SAME).complaint();
        assert!(message.contains(complaint), "{new}: {message}");
    }
    let again = "\n  - { name: A, currency: CZK, spoken: {} }\n";
    let files = Files::new(("channels: 5 }\n", &format!("channels: 5 }}{again}")), SAME, SAME);
    assert!(files.complaint().contains("the organisation `A` stands twice"));
}

#[test]
fn what_is_wrong_with_trunks_is_found_all_at_once() {
    for (old, new, complaint) in [
        ("media_timeout_s: 30", "media_timeout_s: 4", "from 5 to 3600"),
        ("media_timeout_s: 30", "media_timeout_s: 3601", "from 5 to 3600"),
        ("media_timeout_s: 30", "closed_code: 200", "closed_code 200 is no refusal"),
        ("\"49\"", "abc", "country_code `abc`"),
        ("\"49\"", "\"\"", "country_code ``"),
        ("\"49\"", "\"4200\"", "country_code `4200`"),
        ("\"49\"", "\"042\"", "country_code `042`"),
        ("name: u", "name: t", "two trunks have the name `t`"),
    ] {
        let message = Files::new(SAME, (old, new), SAME).complaint();
        assert!(message.contains(complaint), "{new}: {message}");
    }
    let both = Files::new(SAME, ("\"420\", media_timeout_s: 30", "x, media_timeout_s: 0"), SAME);
    let message = both.complaint();
    assert!(message.contains("country_code `x`") && message.contains("5 to 3600"), "{message}");
}

#[test]
fn what_is_wrong_with_prices_is_found() {
    for (old, new, complaint) in [
        (
            "country: CZ",
            "country: SK",
            "no rate card has prices for a landline number in CZ in CZK",
        ),
        ("2026-01-01", "2031-01-01", "is not in force before 2031-01-01"),
    ] {
        let message = Files::new(SAME, SAME, (old, new)).complaint();
        assert!(message.contains(complaint), "{new}: {message}");
    }
    for (new, complaint) in
        [(CARD.replace("id: cz", "id: zz"), "zz"), (CARD.replace("0.60", "0.70"), "second.yaml")]
    {
        let files = Files::new(SAME, SAME, SAME);
        files.write("ratecards/second.yaml", &new);
        assert!(files.complaint().contains(complaint), "{}", files.complaint());
    }
    let files = Files::new(SAME, SAME, SAME);
    files.write("ratecards/later.yaml", &CARD.replace("2026-01-01", "2031-01-01"));
    assert!(files.check().is_ok(), "a later version stands beside the one in force");
}

#[test]
fn what_looks_like_a_slip_is_a_warning() {
    let dear = Files::new(SAME, SAME, ("0.60", "100.01")).check().unwrap();
    assert!(dear.warnings.join("\n").contains("cz.yaml:8:"), "{:?}", dear.warnings);
    let files = Files::new(SAME, SAME, SAME);
    files.write("trunks.yaml", "trunks: []\n");
    assert!(files.check().unwrap().warnings.join("\n").contains("answers nobody"));
}

#[test]
fn the_shipped_configuration_passes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/linka.yaml");
    let checked = Checked::read(&file, NOW_MS).unwrap();
    assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);
}

#[test]
fn shipped_cards_bill_by_the_started_minute_but_for_the_example_by_the_second() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/linka.yaml");
    for card in Checked::read(&file, NOW_MS).unwrap().cards {
        let expected = if card.id.as_str() == "sk-landline-eur" { (1, 1) } else { (60, 60) };
        for origin in linka_model::OriginClass::ALL {
            assert_eq!(card.rate_for(origin).increment(), expected, "{} {origin:?}", card.id);
        }
    }
}
