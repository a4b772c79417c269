//! What an operator is told when something is wrong: one clear line that says what to do, and an
//! exit status.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use harness::clock::wait_for;
use harness::ports::{MediaPorts, free_port};
use harness::server::{Server, linka_command};
use harness::{Result, http};

/// How long health may take to be looked at again: it is every 5 s.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs a demo that must not come up, with these options instead of those that work; says why.
fn refused(folder: &Path, instead: &[(&str, &str)]) -> Result<String> {
    let media = MediaPorts::reserve()?;
    let home = |port: u16| SocketAddr::from(([127, 0, 0, 1], port)).to_string();
    let mut options = vec![
        ("--data", folder.join("data").display().to_string()),
        ("--sip", home(free_port()?)),
        ("--http", home(free_port()?)),
        ("--rtp-ports", media.to_string()),
        ("--prompts", "prompts".to_owned()),
    ];
    for (name, value) in instead {
        let option = options.iter_mut().filter(|(option, _)| option == name);
        option.for_each(|(_, old)| (*value).clone_into(old));
    }
    let mut command = linka_command()?;
    command.arg("demo");
    for (name, value) in options {
        command.args([name, &value]);
    }
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr)?;
    assert_eq!(message.lines().count(), 1, "{message}");
    Ok(message)
}

#[test]
fn a_port_that_is_taken_is_named_with_the_option_that_changes_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (sip, http) = (UdpSocket::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    let (sip, http) =
        (sip.local_addr().map(|at| (sip, at))?, http.local_addr().map(|at| (http, at))?);
    for (option, address) in [("--sip", sip.1.to_string()), ("--http", http.1.to_string())] {
        let message = refused(folder.path(), &[(option, &address)])?;
        assert!(message.contains(&address) && message.contains(option), "{message}");
    }
    Ok(())
}

#[test]
fn a_data_folder_that_cannot_be_used_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    fs::write(&file, "not a folder")?;
    let path = file.display().to_string();
    let message = refused(folder.path(), &[("--data", &path)])?;
    assert!(message.contains(&path) && message.contains("--data"), "{message}");
    assert_eq!(fs::read(&file)?, b"not a folder");
    Ok(())
}

#[test]
fn prompts_that_are_missing_are_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let nowhere = folder.path().join("nowhere").display().to_string();
    let message = refused(folder.path(), &[("--prompts", &nowhere)])?;
    assert!(message.contains(&nowhere) && message.contains("--prompts"), "{message}");
    Ok(())
}

#[test]
fn a_second_demo_leaves_the_first_one_and_its_data_alone() -> Result<()> {
    let server = Server::start()?;
    let database = || fs::metadata(server.data().join("linka.db")).map(|file| file.ino());
    let before = (database()?, fs::read(server.data().join("demo.json"))?);
    for option in [&["--fresh"][..], &[]] {
        let output = server.linka(&[&["demo"], option].concat())?;
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8(output.stderr)?;
        assert!(message.contains("another linka is serving from"), "{message}");
        assert_eq!((database()?, fs::read(server.data().join("demo.json"))?), before);
    }
    assert_eq!(server.json(&["lines"])?.as_array().map(Vec::len), Some(3));
    Ok(())
}

#[test]
fn a_node_whose_reports_cannot_be_written_says_so_until_they_can() -> Result<()> {
    let server = Server::start()?;
    let (reports, away) = (server.data().join("reports"), server.data().join("away"));
    let says = |status: u16, word: &str| {
        wait_for(word, LIMIT, || {
            let answer = http::fetch(server.http(), "/healthz")?;
            Ok((answer.status == status && answer.body == word).then_some(()))
        })
    };
    fs::rename(&reports, &away)?;
    says(503, "reports\n")?;
    fs::rename(&away, &reports)?;
    says(200, "ok\n")
}

#[test]
fn a_slip_in_the_folder_is_no_empty_list() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let typo = folder.path().join("typo");
    for listing in ["reports", "calls", "lines"] {
        let output = linka_command()?.arg(listing).arg("--data").arg(&typo).output()?;
        assert_eq!(output.status.code(), Some(1), "{listing}");
        assert!(String::from_utf8(output.stderr)?.contains("there is no linka in the folder"));
    }
    assert!(!typo.exists(), "nothing is made");
    Ok(())
}
