//! A positive control for every form: what the searcher does not find here, it would miss there.

use std::process::Command;

use super::*;
use crate::child::run;

const NUMBER: &str = "+420777123456";

fn searcher() -> Searcher {
    let number = Canary::number("caller", NUMBER, "420").unwrap();
    Searcher::new(&[number, Canary::text("name", "Jana Nováková")]).unwrap()
}

fn forms(bytes: &[u8]) -> Vec<&'static str> {
    searcher().bytes("here", bytes).iter().map(|hit| hit.form).collect()
}

/// What a shell pipe makes of the number, without our code.
fn by_shell(pipe: &str) -> Vec<u8> {
    let script = format!("printf %s '{NUMBER}' | {pipe}");
    run(Command::new("sh").args(["-c", &script])).unwrap().stdout
}

#[test]
fn the_number_is_found_however_it_is_written() {
    for text in [
        "From: <sip:+420777123456@10.0.0.1>",
        "420777123456",
        "00420777123456",
        "caller=777123456;",
        "+420 777 123 456",
        "777-123-456",
        "sip:%2B420777123456@host",
    ] {
        assert!(forms(text.as_bytes()).contains(&"plain text"), "{text}");
    }
    assert!(forms(b"sip:%2B420777123456@host").contains(&"URL encoding"));
}

#[test]
fn what_is_not_the_number_is_not_found() {
    assert!(forms(b"+420777123457 and 77712345 and 777 123 45").is_empty());
    assert!(forms(&[0; 4_096]).is_empty());
}

#[test]
fn codings_and_hashes_made_by_other_programs_are_found() {
    for (pipe, form) in [
        ("od -An -v -tx1 | tr -d ' \\n'", "hex"),
        ("od -An -v -tx1 | tr -d ' \\n' | tr a-f A-F", "capital hex"),
        ("base64", "base64"),
        ("base64 | tr +/ -_", "base64 for URLs"),
        ("md5sum", "MD5 in hex"),
        ("sha1sum", "SHA-1 in hex"),
        ("sha256sum", "SHA-256 in hex"),
        ("sha256sum | tr a-f A-F", "SHA-256 in capital hex"),
        ("md5sum | tr a-f A-F", "MD5 in capital hex"),
        ("sha1sum | tr a-f A-F", "SHA-1 in capital hex"),
    ] {
        assert!(forms(&by_shell(pipe)).contains(&form), "{pipe}");
    }
}

#[test]
fn raw_hashes_and_hashes_in_base64_are_found() {
    for (form, hash) in [("MD5", "md5sum"), ("SHA-1", "sha1sum"), ("SHA-256", "sha256sum")] {
        let hex = String::from_utf8(by_shell(&format!("{hash} | cut -d' ' -f1"))).unwrap();
        let raw: Vec<u8> = (0..hex.trim().len() / 2)
            .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
            .collect();
        assert!(forms(&raw).contains(&form), "{form}");
        let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &raw);
        assert!(forms(coded.as_bytes()).contains(&format!("{form} in base64").as_str()), "{form}");
    }
}

#[test]
fn base64_is_found_wherever_the_number_stands_in_the_text() {
    for before in ["", "a", "ab", "abc"] {
        let pipe = format!("(printf {before:?}; cat; printf xyz) | base64 -w0");
        assert!(forms(&by_shell(&pipe)).contains(&"base64"), "after {before:?}");
    }
}

#[test]
fn hashes_of_the_national_form_are_found_too() {
    let hash = run(Command::new("sh").args(["-c", "printf 777123456 | sha256sum"])).unwrap();
    assert!(forms(&hash.stdout).contains(&"SHA-256 in hex"));
}

#[test]
fn a_name_is_found_in_any_case_and_in_utf_16() {
    assert!(!forms("… JANA NOVÁKOVÁ …".as_bytes()).is_empty());
    let wide: Vec<u8> = "Jana Nováková".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(forms(&wide), ["UTF-16"]);
}

#[test]
fn folders_are_searched_by_name_and_content() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("linka.db-wal"), [&[0; 5_000], NUMBER.as_bytes()].concat()).unwrap();
    fs::write(deep.join("call-777123456.wav"), "").unwrap();
    let hits = searcher().path(folder.path()).unwrap();
    let in_content = hits.iter().find(|hit| hit.offset == Some(5_000)).unwrap();
    assert!(in_content.place.ends_with("a/b/linka.db-wal"));
    assert!(hits.iter().any(|hit| hit.offset.is_none() && hit.place.ends_with(".wav")));
}

#[test]
fn an_empty_folder_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(searcher().path(folder.path()).is_err());
}

#[test]
fn a_hit_never_shows_the_value() {
    let hits = searcher().bytes("log", NUMBER.as_bytes());
    assert!(hits.iter().all(|hit| !hit.to_string().contains("777123456")));
}

#[test]
fn short_canaries_are_refused() {
    assert!(Searcher::new(&[Canary::text("short", "Jan")]).is_err());
    assert!(Searcher::new(&[]).is_err());
}
