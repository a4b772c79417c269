//! `linka demo` where it cannot start: one clear line that says what to do, and an exit status.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use harness::Result;
use harness::ports::{MediaPorts, free_port};
use harness::server::linka_command;

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
