//! A mail server that is not ours (Exim): on this machine, with a certificate of its own authority.
//!
//! It keeps what it takes. `refused@…` is never taken, `later@…` not before [`MailServer::relent`];
//! without STARTTLS nothing is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::{Running, run};
use crate::clock::wait_for;
use crate::ports::free_port;
use crate::{Context, Result};

const START_LIMIT: Duration = Duration::from_secs(20);
/// Debian keeps it where only root looks.
const PROGRAM: &str = "/usr/sbin/exim4";

/// Stopped when it is dropped.
pub struct MailServer {
    folder: PathBuf,
    port: u16,
    process: Option<Running>,
}

impl MailServer {
    /// Writes its configuration and certificates into an empty folder; it does not run yet.
    ///
    /// # Errors
    /// A file cannot be written, or openssl fails.
    pub fn prepare(folder: &Path) -> Result<Self> {
        let server = Self { folder: folder.to_owned(), port: free_port()?, process: None };
        fs::create_dir_all(folder.join("spool"))?;
        fs::create_dir_all(folder.join("log"))?;
        certificates(folder)?;
        let name = |flag| -> Result<String> {
            let output = run(Command::new("id").arg(flag))?;
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        let text = CONFIGURATION
            .replace("FOLDER", &folder.display().to_string())
            .replace("PORT", &server.port.to_string())
            .replace("USER", &name("-un")?)
            .replace("GROUP", &name("-gn")?);
        fs::write(server.configuration(), text)?;
        Ok(server)
    }

    /// Starts it and waits until it greets.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn go(&mut self) -> Result<()> {
        let mut command = Command::new(PROGRAM);
        command.arg("-C").arg(self.configuration()).arg("-bdf");
        let process = Running::start("exim", &mut command, &self.folder)?;
        let address = ("127.0.0.1", self.port);
        wait_for("the mail server", START_LIMIT, || {
            Ok(std::net::TcpStream::connect(address).ok().map(drop))
        })
        .because(|| process.last_words())?;
        self.process = Some(process);
        Ok(())
    }

    /// From now on it takes what it put off.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn relent(&self) -> Result<()> {
        Ok(fs::write(self.folder.join("relented"), "")?)
    }

    /// The section `mail:` that leads to it.
    #[must_use]
    pub fn section(&self) -> String {
        format!(
            "mail:\n  from: linka <linka@linka.example>\n  smtp: {{ host: localhost, port: {}, \
             ca_file: \"{}\" }}\n",
            self.port,
            self.folder.join("ca.pem").display()
        )
    }

    /// What it has taken, as it would hand it on.
    ///
    /// # Errors
    /// The program cannot be run.
    pub fn mails(&self) -> Result<Vec<Vec<u8>>> {
        let input = self.folder.join("spool/input");
        let names = if input.is_dir() { fs::read_dir(input)?.collect() } else { Vec::new() };
        let mut mails = Vec::new();
        for name in names {
            let name = name?.file_name().to_string_lossy().into_owned();
            if let Some(id) = name.strip_suffix("-H") {
                let mut command = Command::new(PROGRAM);
                command.arg("-C").arg(self.configuration()).args(["-Mvc", id]);
                mails.push(run(&mut command)?.stdout);
            }
        }
        Ok(mails)
    }

    /// Its log.
    ///
    /// # Errors
    /// It has none yet.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.join("log/mainlog"))?)
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("exim.conf")
    }
}

const CONFIGURATION: &str = "\
primary_hostname = mail.example
spool_directory = FOLDER/spool
log_file_path = FOLDER/log/%slog
pid_file_path = FOLDER/exim.pid
exim_user = USER
exim_group = GROUP
daemon_smtp_ports = PORT
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = FOLDER/server.pem
tls_privatekey = FOLDER/server.key
queue_only = true
keep_environment =
acl_smtp_rcpt = recipient
acl_smtp_data = content
begin acl
recipient:
  deny local_parts = refused
       message = 5.1.1 <$local_part@$domain> is nobody here
  accept encrypted = *
  deny message = 5.7.0 only by STARTTLS
content:
  defer condition = ${if match{$recipients}{^later@}}
        condition = ${if exists{FOLDER/relented}{no}{yes}}
        message = 4.7.1 <$recipients> later
        logwrite = put off $h_message-id:
  accept
";

/// An authority, and a certificate of it for this machine.
fn certificates(folder: &Path) -> Result<()> {
    fs::write(folder.join("names"), "basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost\n")?;
    for step in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.pem",
    ] {
        run(Command::new("openssl").args(step.split_whitespace()).current_dir(folder))?;
    }
    Ok(())
}
