//! Rules on the sources of pure crates: `now` and a seed are arguments, so that a whole call can be
//! replayed without waiting.

use crate::checkout::File;
use crate::manifests::PURE;
use crate::sources::{code, has_word};

/// Paths and names that a pure crate has no use for.
const IMPURE: &[&str] = &[
    "env::",
    "fs::",
    "net::",
    "process::",
    "thread::",
    "tokio",
    "tracing",
    "sqlx",
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "from_env",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "ToSocketAddrs",
    "getrandom",
    "rand",
    "new_v4",
];

/// Addresses are values; these crates name them, and open nothing.
const ALLOWED: &[(&str, &str)] = &[("sip", "net::"), ("rtp", "net::")];

/// Uses of clocks, sockets, files, threads and chance in a pure crate.
pub(crate) fn impure(file: &File) -> Vec<String> {
    let Some(name) = file.source_of().filter(|name| PURE.contains(name)) else { return Vec::new() };
    words(file, IMPURE.iter().filter(|word| !ALLOWED.contains(&(name, word))))
}

/// Floats where money is counted.
pub(crate) fn floats_in_money(file: &File) -> Vec<String> {
    if matches!(file.source_of(), Some("metering" | "payment")) {
        words(file, ["f32", "f64"].iter())
    } else {
        Vec::new()
    }
}

fn words<'a>(file: &File, words: impl Iterator<Item = &'a &'a str>) -> Vec<String> {
    let words: Vec<&str> = words.copied().collect();
    code(&file.text)
        .flat_map(|(number, line)| words.iter().map(move |word| (number, line, word)))
        .filter(|(_, line, word)| has_word(line, word) || is_clock(line, word))
        .map(|(number, _, word)| format!("{}:{number}: {word}", file.path))
        .collect()
}

/// `Instant` taken out of the standard library; a crate may have an `Instant` of its own.
fn is_clock(line: &str, word: &str) -> bool {
    word == "Instant::now" && line.contains("std::time::") && has_word(line, "Instant")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> File {
        File::new(&format!("crates/{name}/src/lib.rs"), text)
    }

    #[test]
    fn a_clock_in_a_pure_crate_is_found_with_its_line() {
        let bad = source("ivr", "//! Doc.\nuse std::time::{Duration, Instant};\n");
        assert_eq!(impure(&bad), ["crates/ivr/src/lib.rs:2: Instant::now"]);
    }

    #[test]
    fn files_sockets_and_runtimes_in_a_pure_crate_are_found() {
        for line in [
            "let t = Instant::now();",
            "use std::fs::File;",
            "let s = UdpSocket::bind(a);",
            "tokio::spawn(x);",
        ] {
            assert_eq!(impure(&source("audio", line)).len(), 1, "{line}");
        }
    }

    #[test]
    fn addresses_are_allowed_where_packets_are_described() {
        let line = "use std::net::SocketAddr;";
        assert!(impure(&source("sip", line)).is_empty());
        assert_eq!(impure(&source("ivr", line)).len(), 1);
        assert_eq!(impure(&source("sip", "use std::net::UdpSocket;")).len(), 1);
    }

    #[test]
    fn an_instant_of_our_own_is_no_clock() {
        assert!(impure(&source("metering", "let valid_from: Instant = parse(text)?;")).is_empty());
    }

    #[test]
    fn shells_may_do_all_that() {
        assert!(impure(&source("engine", "let now = Instant::now();")).is_empty());
    }

    #[test]
    fn comments_and_inner_tests_may_speak_of_it() {
        let text = "// no tokio here\nlet brand = 1;\n#[cfg(test)]\nmod tests {\n    use std::fs::read;\n}\n";
        assert!(impure(&source("ivr", text)).is_empty());
    }

    #[test]
    fn a_float_in_metering_is_found() {
        assert_eq!(floats_in_money(&source("metering", "let price: f64 = 1.0;")).len(), 1);
        assert!(floats_in_money(&source("audio", "let level: f32 = 1.0;")).is_empty());
    }
}
