//! Every mail in every language: what it has to say is there, and what it must not do it cannot.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "mails/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;

use linka_letters::{Language, LetterError, Mail, Payment, Reference, Rendered};
use samples::{Sample, samples};

const NBSP: char = '\u{a0}';

fn render(mail: &Mail, language: Language) -> Rendered {
    mail.render(language).unwrap_or_else(|error| panic!("{mail:?}: {error}"))
}

/// Text as it is meant to be read: without breaks of lines, with plain spaces.
fn flat(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\n', NBSP]).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Every sample in every language.
fn each(check: impl Fn(&Sample, Language, &Rendered)) {
    for sample in samples("Bezpečná obec, s. r. o.", "Sklad Žďár") {
        for language in Language::ALL {
            check(&sample, language, &render(&sample.mail, language));
        }
    }
}

#[test]
fn every_mail_is_among_the_samples() {
    // Fifteen mails; low credit comes at two levels and a fee at three.
    assert_eq!(samples("a", "b").len(), 15 + 1 + 2);
}

#[test]
fn every_fact_stands_in_the_text_and_in_the_html() {
    each(|sample, language, rendered| {
        let facts = match language {
            Language::Czech => &sample.czech,
            Language::English => &sample.english,
        };
        assert!(!facts.is_empty());
        let (text, html) = (flat(&rendered.text), flat(&rendered.html));
        for fact in facts {
            assert!(text.contains(fact), "{fact:?} is not in the text:\n{}", rendered.text);
            assert!(html.contains(fact), "{fact:?} is not in the HTML:\n{}", rendered.html);
        }
        let names = if matches!(sample.mail, Mail::BooksAlarm { .. }) {
            &[][..]
        } else if rendered.subject.contains("Sklad Žďár") {
            &["Bezpečná obec, s. r. o.", "Sklad Žďár"][..]
        } else {
            &["Bezpečná obec, s. r. o."][..]
        };
        for name in names {
            assert!(text.contains(name) && html.contains(name), "{name}: {}", rendered.text);
        }
        assert!(rendered.text.contains("\nhttps://linka.example/"), "{}", rendered.text);
        assert!(rendered.html.contains("href=\"https://linka.example/"), "{}", rendered.html);
    });
}

#[test]
fn subjects_are_short_and_differ() {
    for language in Language::ALL {
        let mut subjects: Vec<String> = samples("Obec", "Sklad")
            .iter()
            .map(|sample| render(&sample.mail, language).subject)
            .collect();
        for subject in &subjects {
            assert!((10..=78).contains(&subject.chars().count()), "{subject}");
        }
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), 18, "{subjects:#?}");
    }
}

#[test]
fn no_line_of_the_text_is_longer_than_78_characters() {
    each(|_, _, rendered| {
        for line in rendered.text.lines() {
            assert!(line.chars().count() <= 78, "{line}");
        }
        assert!(rendered.text.ends_with('\n') && !rendered.text.contains('\r'));
    });
}

#[test]
fn nothing_is_left_to_be_filled_in_and_nothing_is_loaded() {
    each(|_, _, rendered| {
        for body in [&rendered.text, &rendered.html, &rendered.subject] {
            for word in ["{{", "}}", "{%", "TODO", "None", "Some("] {
                assert!(!body.contains(word), "{word} in {body}");
            }
        }
        for word in ["<img", "<link", "<script", "<iframe", "url(", "@import", "src="] {
            assert!(!rendered.html.contains(word), "{word}");
        }
        let links = rendered.html.matches("http").count();
        assert_eq!(links, 2, "the link and its text, and nothing else");
    });
}

#[test]
fn html_is_in_its_language_and_fits_dark_and_narrow_screens() {
    each(|_, language, rendered| {
        assert!(rendered.html.contains(&format!("<html lang=\"{}\">", language.code())));
        assert!(rendered.html.contains("prefers-color-scheme: dark"));
        assert!(rendered.html.contains("width=device-width"));
    });
}

#[test]
fn hostile_names_stay_names() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><a href=//evil.example>click</a>",
        "Obec\r\nBcc: victim@example.org\r\n\r\nbody",
        "\u{202e}gpj.exe\u{2066}\u{200b}",
        "{{ 7 * 7 }} {% raw %}",
        &"ž".repeat(200),
        &"dlouhé slovo ".repeat(40),
        "\u{2028}\u{2029}\u{0}\u{7}\u{85}",
    ];
    for name in hostile {
        for sample in samples(name, name) {
            for language in Language::ALL {
                harmless(name, &render(&sample.mail, language));
            }
        }
    }
}

fn harmless(name: &str, rendered: &Rendered) {
    let Rendered { subject, text, html } = rendered;
    assert!(!subject.chars().any(char::is_control), "{subject:?}");
    assert!(subject.chars().count() <= 78, "{subject:?}");
    for body in [subject, text, html] {
        let hidden = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!body.chars().any(hidden), "{name:?} in {body:?}");
    }
    for tag in ["<script", "<a href=//"] {
        assert!(!html.contains(tag), "{name:?}: {html}");
    }
    // A header begins a line of its own; inside of a value it is nothing.
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 78), "{text}");
}

#[test]
fn an_alarm_shows_ten_findings_and_counts_the_rest() {
    // 25 findings: ten are shown, 15 counted.
    let Some(Mail::BooksAlarm { found, link, .. }) = samples("a", "b").pop().map(|last| last.mail)
    else {
        panic!("the last sample is the alarm");
    };
    let findings = (1..=25).map(|n| format!("entry {n} is missing")).collect();
    let text = render(&Mail::BooksAlarm { found, findings, link }, Language::English).text;
    assert!(
        text.contains("entry 10 is missing") && !text.contains("entry 11 is missing"),
        "{text}"
    );
    assert!(flat(&text).contains("More findings: 15"), "{text}");
}

#[test]
fn payment_details_that_no_bank_would_take_are_refused() {
    let payment = Payment {
        iban: "no account".to_owned(),
        bic: None,
        reference: Reference::VariableSymbol("1".to_owned()),
    };
    let wrong = |sample: Sample| {
        let Mail::PaymentAwaited { organisation, amount, due, link, .. } = sample.mail else {
            return None;
        };
        let payment = payment.clone();
        Some(Mail::PaymentAwaited { organisation, amount, due, payment, link })
    };
    let awaited = samples("a", "b").into_iter().find_map(wrong);
    let refused = awaited.unwrap().render(Language::Czech);
    assert!(matches!(refused, Err(LetterError::Fact { field: "payment.iban", .. })), "{refused:?}");
}

/// Writes every mail to `target/tmp/mails`, for people who want to see them.
#[test]
fn every_mail_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mails");
    fs::create_dir_all(&folder).unwrap();
    for (index, sample) in samples("Bezpečná obec, s. r. o.", "Sklad Žďár").iter().enumerate()
    {
        for language in Language::ALL {
            let rendered = render(&sample.mail, language);
            let name = format!("{index:02}-{}", language.code());
            let text = format!("Subject: {}\n\n{}", rendered.subject, rendered.text);
            fs::write(folder.join(format!("{name}.txt")), text).unwrap();
            fs::write(folder.join(format!("{name}.html")), rendered.html).unwrap();
        }
    }
    // Two files for each of 18 mails in two languages; others are none of ours.
    let ours = fs::read_dir(&folder).unwrap().count();
    assert!(ours >= 72, "{ours}");
}
