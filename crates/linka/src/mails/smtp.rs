//! The server that takes our mails (RFC 5321), by lettre.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use linka_store::Failure as Lasting;

use super::NotSent;
use crate::config::{Security, Smtp};
use crate::failure::Failure;

/// Holds the password, where no file does.
const PASSWORD: &str = "LINKA_SMTP_PASSWORD";
/// The largest file of a password or a certificate that is read, in bytes.
const FILE_MAX: u64 = 65_536;

/// Replies that refuse us and no mail (RFC 4954, 6): who mends the configuration has lost nothing.
const AUTHENTICATION: [u16; 4] = [530, 534, 535, 538];

pub(super) struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    limit: Duration,
    /// Host and port, for people.
    name: String,
}

impl Server {
    /// `beside` says where a path of the configuration leads.
    pub(super) fn new(smtp: &Smtp, beside: impl Fn(&Path) -> PathBuf) -> Result<Self, Failure> {
        if smtp.user.is_some() && smtp.security == Security::Opportunistic {
            return Err(Failure::new(
                "mail.smtp: with a user, `security` is starttls or tls: a password shall not travel in the clear",
            ));
        }
        let limit = Duration::from_secs(smtp.timeout_s.0);
        let port = smtp.port.unwrap_or(if smtp.security == Security::Tls { 465 } else { 587 });
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(port)
            .timeout(Some(limit))
            .tls(protection(smtp, &beside)?);
        if let Some(user) = &smtp.user {
            builder = builder.credentials(Credentials::new(user.clone(), password(smtp, beside)?));
        }
        Ok(Self { transport: builder.build(), limit, name: format!("{}:{port}", smtp.host) })
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), NotSent> {
        match tokio::time::timeout(self.limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judge(&error)),
            Err(_) => Err(away("the server took too long")),
        }
    }

    /// Greets the server and lets it greet us.
    pub(super) async fn test(&self) -> Result<String, String> {
        let name = &self.name;
        match tokio::time::timeout(self.limit, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(format!("the mail server {name} lets linka in")),
            Ok(Ok(false)) => Err(format!("the mail server {name} hung up")),
            Ok(Err(error)) => Err(format!("the mail server {name}: {}", judge(&error).why)),
            Err(_) => Err(format!("the mail server {name} took too long")),
        }
    }
}

fn away(why: &str) -> NotSent {
    NotSent { lasting: Lasting::ForNow, why: why.to_owned(), answered: false }
}

/// What an error means for the mail. The server's own words may repeat an address, so only its
/// codes are kept: the reply (RFC 5321, 4.2) and the status (RFC 3463).
fn judge(error: &Error) -> NotSent {
    let Some(code) = error.status() else {
        return match (error.is_timeout(), is_tls(error)) {
            (true, _) => away("the server took too long"),
            (_, true) => away("the server's certificate, or its TLS, is not accepted"),
            _ if error.is_client() => away("the server offers no way in that is configured"),
            _ => away("the server cannot be reached"),
        };
    };
    if AUTHENTICATION.contains(&u16::from(code)) {
        return away("the server does not accept user and password");
    }
    let why = match status(&error.to_string()) {
        Some(status) => format!("the server answered {code} {status}"),
        None => format!("the server answered {code}"),
    };
    if error.is_permanent() { NotSent::for_good(why) } else { NotSent::for_now(why) }
}

/// Whether what went wrong is the protection of the way: the library of TLS reports it as data that
/// are not valid.
fn is_tls(error: &Error) -> bool {
    let mut cause: Option<&(dyn core::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    error.is_tls()
}

/// The status code in a server's words: a class, a subject and a detail with points between.
fn status(words: &str) -> Option<&str> {
    let is_status = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        let number = |part: &&str| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() == 3 && matches!(parts[0], "4" | "5") && parts.iter().all(number)
    };
    words.split_ascii_whitespace().find(is_status)
}

fn protection(smtp: &Smtp, beside: impl Fn(&Path) -> PathBuf) -> Result<Tls, Failure> {
    let wrong = |error: Error| Failure::new(format!("mail.smtp: TLS: {error}"));
    let mut parameters = TlsParameters::builder(smtp.host.clone());
    if let Some(file) = &smtp.ca_file {
        let file = beside(file);
        let pem = small(&file).map_err(|error| unread("certificate", &file, &error))?;
        parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(wrong)?);
    }
    let parameters = parameters.build().map_err(wrong)?;
    Ok(match smtp.security {
        Security::Starttls => Tls::Required(parameters),
        Security::Opportunistic => Tls::Opportunistic(parameters),
        Security::Tls => Tls::Wrapper(parameters),
    })
}

fn password(smtp: &Smtp, beside: impl Fn(&Path) -> PathBuf) -> Result<String, Failure> {
    let Some(file) = &smtp.password_file else {
        return std::env::var(PASSWORD).map_err(|_| {
            Failure::new(format!(
                "mail.smtp: the password of the user is missing: put it in {PASSWORD} or in a file that password_file names"
            ))
        });
    };
    let file = beside(file);
    let bytes = small(&file).map_err(|error| unread("password", &file, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("the password file {} is no text", file.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn small(file: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(file)?.len() > FILE_MAX {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    fs::read(file)
}

fn unread(what: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read the {what} file {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_servers_words_only_the_status_is_kept() {
        for (words, kept) in [
            ("permanent error (550): 5.1.1 <kdo@obec.cz>: no such user", Some("5.1.1")),
            ("transient error (451): 4.7.1 try later", Some("4.7.1")),
            ("permanent error (550): 192.0.2.1 is listed, 5.1", None),
            ("5.1.1.1 5.a.1 3.1.1", None),
        ] {
            assert_eq!(status(words), kept, "{words}");
        }
    }

    #[test]
    fn a_password_does_not_travel_in_the_clear() {
        let smtp: Smtp = crate::config::parse(
            "{host: localhost, security: opportunistic, user: linka}",
            Path::new("linka.yaml"),
        )
        .unwrap();
        let refused = Server::new(&smtp, Path::to_path_buf).err().unwrap().to_string();
        assert!(refused.contains("in the clear"), "{refused}");
    }
}
