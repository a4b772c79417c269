//! Mails: written by `letters`, and sent to a server or written into a folder.

mod folder;
mod letter;
mod message;
mod note;
mod smtp;

use std::path::Path;

use lettre::message::Mailbox;
use linka_letters::{Language, Link};
use linka_store::{Contact, Failure as Lasting, Outgoing, Store};

use crate::config::{Mail, NodeConfig, beside};
use crate::failure::Failure;
use folder::Folder;
pub(crate) use note::refuse_server;
use smtp::Server;

/// How mails go out of this node.
pub(crate) struct Post {
    way: Way,
    from: Mailbox,
    console: Link,
    /// Who is told when something is wrong with the service itself.
    pub(crate) operator: Vec<Contact>,
}

enum Way {
    Server(Server),
    Folder(Folder),
}

/// Why a mail did not go out, in words without an address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotSent {
    pub(crate) lasting: Lasting,
    pub(crate) why: String,
    /// Whether the server was there at all.
    pub(crate) answered: bool,
}

impl Post {
    /// As a configuration says; `data` is the node's folder.
    pub(crate) fn configured(
        file: &Path,
        config: &NodeConfig,
        data: &Path,
    ) -> Result<Self, Failure> {
        let web = format!("http://{}/", config.http.listen);
        let way = match &config.mail.smtp {
            Some(smtp) => Way::Server(Server::new(smtp, |path| beside(file, path))?),
            None => Way::Folder(Folder::of(data)),
        };
        Self::new(&config.mail, way, &web)
    }

    /// Without a configuration: into a folder.
    pub(crate) fn into_folder(data: &Path, web: &str) -> Result<Self, Failure> {
        Self::new(&Mail::default(), Way::Folder(Folder::of(data)), web)
    }

    fn new(mail: &Mail, way: Way, web: &str) -> Result<Self, Failure> {
        let console = mail.console.as_deref().unwrap_or(web).parse();
        let console = console.map_err(|error| Failure::new(format!("mail.console: {error}")))?;
        let reader = |reader: &crate::config::Reader| {
            let address = address(&reader.address)?;
            Ok::<_, Failure>(Contact { address, language: reader.language })
        };
        Ok(Self {
            way,
            from: message::mailbox(&mail.from)
                .map_err(|why| Failure::new(format!("mail.from: {why}")))?,
            console,
            operator: mail.operator.iter().map(reader).collect::<Result<_, _>>()?,
        })
    }

    /// Remembers in a node's folder how mails go.
    pub(crate) fn note(&self, data: &Path) -> Result<(), Failure> {
        note::write(data, matches!(self.way, Way::Server(_)))
    }

    /// What Message-IDs end in.
    pub(crate) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Writes a mail and sends it, once.
    pub(crate) async fn send(&self, store: &Store, mail: &Outgoing) -> Result<(), NotSent> {
        let letter = letter::write(store, mail, &self.console).await?;
        let rendered = letter.render(Language::for_reader_of(mail.to.language));
        let rendered = rendered.map_err(|error| NotSent::for_good(error.to_string()))?;
        let message = message::build(&self.from, mail, rendered)?;
        match &self.way {
            Way::Server(server) => server.send(message).await,
            Way::Folder(folder) => folder.write(mail.id, &message.formatted()),
        }
    }

    /// Tries whether the server is there and lets us in; says where mails go.
    pub(crate) async fn test(&self) -> Result<String, String> {
        match &self.way {
            Way::Server(server) => server.test().await,
            Way::Folder(folder) => Ok(format!("mails are written into {}", folder.shown())),
        }
    }
}

/// An address that mails can go to, as it was written.
pub(crate) fn address(text: &str) -> Result<String, Failure> {
    let wrong = |why: &str| Failure::new(format!("`{text}` is no mail address: {why}"));
    let address: lettre::Address =
        text.parse().map_err(|error: lettre::address::AddressError| wrong(&error.to_string()))?;
    if text.len() > 254 {
        return Err(wrong("it has more than 254 bytes (RFC 5321)"));
    }
    Ok(address.to_string())
}

impl NotSent {
    pub(crate) fn for_now(why: impl Into<String>) -> Self {
        Self { lasting: Lasting::ForNow, why: why.into(), answered: true }
    }

    pub(crate) fn for_good(why: impl Into<String>) -> Self {
        Self { lasting: Lasting::ForGood, why: why.into(), answered: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_mailbox_and_nothing_more() {
        assert_eq!(address("kdo@obec.cz").unwrap(), "kdo@obec.cz");
        for wrong in ["", "obec.cz", "Kdo <kdo@obec.cz>", "a@b@c", "a@obec.cz\r\nBcc: x@y.cz"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
