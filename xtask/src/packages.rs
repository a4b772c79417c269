//! The outside programs that tests run against, and the packages they come from.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{answer, cargo, log_dir, root, shown};

/// A program that is no part of linka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The name by which it is started.
    pub(crate) program: &'static str,
    /// The Debian package that holds it.
    pub(crate) package: &'static str,
    /// Who needs it, for people.
    pub(crate) used_by: &'static str,
}

/// Every program that a suite may name. Each is another implementation than ours: a test that
/// measured our code with our code would find nothing.
pub(crate) const TOOLS: &[Tool] = &[
    Tool { program: "sipp", package: "sip-tester", used_by: "scripted callers" },
    Tool {
        program: "baresip",
        package: "baresip-core",
        used_by: "callers with a real phone's stack",
    },
    Tool {
        program: "espeak-ng",
        package: "espeak-ng",
        used_by: "the voice of prompts and callers",
    },
    Tool { program: "oggenc", package: "vorbis-tools", used_by: "prompt files" },
    Tool { program: "sox", package: "sox", used_by: "decoding audio by another's code" },
    Tool {
        program: "tcpdump",
        package: "tcpdump",
        used_by: "what the caller hears, from the wire",
    },
    Tool { program: "pdftotext", package: "poppler-utils", used_by: "the text of documents" },
    Tool { program: "pdftoppm", package: "poppler-utils", used_by: "documents as pictures" },
    Tool { program: "zbarimg", package: "zbar-tools", used_by: "payment codes" },
    Tool { program: "exim4", package: "exim4-daemon-light", used_by: "a server that takes mails" },
    Tool { program: "python3", package: "python3", used_by: "mails read by another's code" },
    Tool { program: "openssl", package: "openssl", used_by: "certificates of test servers" },
    Tool { program: "pip3", package: "python3-pip", used_by: "the card provider's own SDK" },
    Tool { program: "postgres", package: "postgresql", used_by: "the books of many nodes" },
];

/// Where Debian keeps the programs of a PostgreSQL server, a folder for each version; none of them
/// is on the path.
const SERVERS: &str = "/usr/lib/postgresql";

/// Where Debian keeps servers that only root starts; an ordinary path does not lead there.
const SYSTEM: &str = "/usr/sbin";

/// The tool that is started by this name.
pub(crate) fn tool(program: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.program == program)
}

impl Tool {
    /// Whether the program can be started.
    pub(crate) fn is_here(&self) -> bool {
        is_on_path(self.program)
            || is_server(self.program)
            || Path::new(SYSTEM).join(self.program).is_file()
    }

    /// Name and version of the package, as the table shows them.
    pub(crate) fn version(&self) -> String {
        let asked = ["-W", "-f", "${Version}", self.package];
        let version = answer("dpkg-query", &asked).filter(|version| !version.is_empty());
        format!("{} {}", self.program, version.as_deref().unwrap_or("(version unknown)"))
    }
}

/// Installs the packages of those tools that are missing. What could not be installed is found
/// missing by the suites that need it.
pub(crate) fn install_missing(tools: &[&Tool]) {
    let missing: Vec<&Tool> = tools.iter().copied().filter(|tool| !tool.is_here()).collect();
    if missing.is_empty() {
        return;
    }
    for tool in &missing {
        println!("   missing: {} (package {}, for {})", tool.program, tool.package, tool.used_by);
    }
    let installed = apt(&["update", "-qq"]).and_then(|_| {
        let packages = missing.iter().map(|tool| tool.package);
        let arguments: Vec<&str> = ["install", "-y", "-qq", "--no-install-recommends"]
            .into_iter()
            .chain(packages)
            .collect();
        apt(&arguments)
    });
    if installed != Ok(true) {
        println!("   could not install them: {installed:?}");
    }
}

/// What the card provider publishes for those who use it, pinned by version and hash.
const CARD_SDK: &str = "crates/payment/tests/webhook/requirements.txt";

/// Puts the card provider's official SDK where `linka-tests/money_card` looks for it, unless the one
/// that is asked for lies there already.
pub(crate) fn install_card_sdk() -> Result<bool, String> {
    let folder = log_dir().join("card-sdk");
    let (wanted, stamp) = (root().join(CARD_SDK), folder.join("installed.txt"));
    let list = fs::read(&wanted).map_err(|error| format!("{CARD_SDK}: {error}"))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(true);
    }
    println!("   missing: what {CARD_SDK} names");
    if !shown(&mut pip(&folder, &wanted))? {
        let why = "pip3 could not install what it names: it needs a package index that answers";
        return Err(format!("{CARD_SDK}: {why} (PIP_INDEX_URL chooses another)"));
    }
    // Only what is whole is found next time.
    fs::write(&stamp, list).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(true)
}

/// No virtual environment: Debian's Python comes without the package that makes them.
fn pip(folder: &Path, list: &Path) -> Command {
    let mut command = Command::new("pip3");
    command.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    command.args(["--require-hashes", "--upgrade", "--retries", "2", "--timeout", "20"]);
    command.arg("--target").arg(folder).arg("-r").arg(list).stdin(Stdio::null());
    command
}

/// The release that deny.toml was written for.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// Installs cargo-deny when it is missing.
pub(crate) fn install_cargo_deny() -> Result<(), String> {
    if shown(cargo().args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()))? {
        return Ok(());
    }
    println!("   missing: cargo-deny (building it takes some minutes, once)");
    match shown(cargo().args(["install", "--locked", "--quiet", CARGO_DENY]))? {
        true => Ok(()),
        false => Err("cargo-deny could not be installed".to_owned()),
    }
}

fn apt(arguments: &[&str]) -> Result<bool, String> {
    let is_root = answer("id", &["-u"]).as_deref() == Some("0");
    let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    shown(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()))
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_server(program: &str) -> bool {
    let Ok(versions) = fs::read_dir(SERVERS) else { return false };
    versions
        .filter_map(Result::ok)
        .any(|version| version.path().join("bin").join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_nobody_has_is_not_here() {
        assert!(!is_on_path("no-such-program-7f3a"));
        assert!(is_on_path("sh"));
    }

    #[test]
    fn a_package_that_nobody_has_has_no_version() {
        let tool = Tool { program: "nobody", package: "no-such-package-7f3a", used_by: "nobody" };
        assert_eq!(tool.version(), "nobody (version unknown)");
    }

    #[test]
    fn every_tool_is_listed_once() {
        for tool in TOOLS {
            assert_eq!(TOOLS.iter().filter(|other| other.program == tool.program).count(), 1);
        }
    }

    #[test]
    fn only_listed_programs_are_tools() {
        assert_eq!(tool("sipp").map(|tool| tool.package), Some("sip-tester"));
        assert_eq!(tool("telnet"), None);
    }
}
