//! The launcher itself, without the line.

use super::*;

fn stopped() -> Server {
    Server::stopped().unwrap()
}

fn pretend(server: &mut Server, script: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let running = Running::start("linka", &mut command, server.folder.path()).unwrap();
    server.process = Some(running);
}

#[test]
fn a_stopped_server_cannot_be_stopped() {
    let mut server = stopped();
    assert!(server.stop().is_err());
    assert!(server.kill9().is_err());
}

#[test]
fn stop_is_polite_and_kill_is_not() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut server = stopped();
    let polite = "trap 'echo goodbye; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    pretend(&mut server, polite);
    wait_for("up", STOP_LIMIT, || Ok(server.log().contains("up").then_some(()))).unwrap();
    assert!(server.stop().unwrap().success());
    assert!(server.log().contains("goodbye"));
    pretend(&mut server, polite);
    assert_eq!(server.kill9().unwrap().signal(), Some(9));
}

#[test]
fn a_program_that_ends_at_once_is_not_ready() {
    let server = stopped();
    let mut command = Command::new("sh");
    command.args(["-c", "echo port in use >&2; exit 1"]);
    let mut process = Running::start("linka", &mut command, server.folder.path()).unwrap();
    process.wait(STOP_LIMIT).unwrap();
    assert!(server.is_ready(&mut process).is_err());
    assert!(process.last_words().contains("port in use"));
}
