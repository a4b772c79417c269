//! The body of a mail in HTML: one column, no remote content, light and dark.

use askama::Template;

use super::facts::Fact;
use super::words::Text;
use crate::{Language, LetterError, Link};

#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'a> {
    language: &'static str,
    title: &'a str,
    body: &'a [&'a str],
    facts: &'a [Fact],
    action: &'a str,
    link: &'a str,
    footer: &'a str,
}

pub(super) fn write(
    language: Language,
    text: &Text,
    facts: &[Fact],
    link: &Link,
    footer: &str,
) -> Result<String, LetterError> {
    let page = Page {
        language: language.code(),
        title: text.title,
        body: text.body,
        facts,
        action: text.action,
        link: link.as_str(),
        footer,
    };
    page.render().map_err(|error| LetterError::Drawing(error.to_string()))
}
