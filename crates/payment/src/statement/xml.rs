//! A small tree of an XML file of one namespace, with a limit on everything and no entities.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::StatementError;

/// Deepest nesting; a statement has about twelve levels.
const DEPTH_MAX: usize = 32;

/// Most elements of a file; a payment has about forty.
const ELEMENTS_MAX: usize = 400_000;

/// An element with what lies in it. What belongs to another namespace is left out.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    currency: Option<String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The child at the end of this path of names, the first where there are several.
    pub(super) fn at<'a>(&'a self, path: &str) -> Option<&'a Self> {
        let first = |element: &'a Self, name: &str| {
            element.children.iter().find(|child| child.name == name)
        };
        path.split('/').try_fold(self, first)
    }

    /// Every child of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text at the end of a path, without blanks around it; an empty one is none.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The text of this element itself.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its attribute `Ccy`.
    pub(super) fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }
}

/// The root element and its namespace.
pub(super) fn parse(text: &str) -> Result<(Element, String), StatementError> {
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let place = reader.buffer_position();
        let form = |reason: String| StatementError::Form(format!("byte {place}: {reason}"));
        let (namespace, event) =
            reader.read_resolved_event().map_err(|error| form(error.to_string()))?;
        let namespace = match namespace {
            ResolveResult::Bound(name) => String::from_utf8_lossy(name.0).into_owned(),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
        };
        if let Event::Eof = event {
            return tree.finish();
        }
        tree.take(namespace, event).map_err(form)?;
    }
}

/// The tree as far as it has grown.
#[derive(Default)]
struct Tree {
    namespace: Option<String>,
    root: Option<Element>,
    open: Vec<Element>,
    /// How many open elements of another namespace lie around what comes.
    foreign: usize,
    elements: usize,
}

impl Tree {
    fn take(&mut self, namespace: String, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => self.start(namespace, &start),
            Event::Empty(start) => {
                self.start(namespace, &start)?;
                self.end();
                Ok(())
            }
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.text(&text.decode().map_err(|e| e.to_string())?),
            Event::CData(text) => self.text(&text.decode().map_err(|e| e.to_string())?),
            Event::GeneralRef(reference) => self.text(&character(&reference)?),
            Event::DocType(_) => Err("a statement has no document type; it is refused".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, namespace: String, start: &BytesStart<'_>) -> Result<(), String> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(format!("there are more than {ELEMENTS_MAX} elements"));
        }
        if self.open.len() + self.foreign >= DEPTH_MAX {
            return Err(format!("elements are nested more than {DEPTH_MAX} deep"));
        }
        if self.root.is_some() {
            return Err("a second document begins".to_owned());
        }
        if self.foreign > 0 || *self.namespace.get_or_insert(namespace.clone()) != namespace {
            self.foreign += 1;
            return Ok(());
        }
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        self.open.push(Element { name, currency: currency(start)?, ..Element::default() });
        Ok(())
    }

    fn end(&mut self) {
        if self.foreign > 0 {
            self.foreign -= 1;
            return;
        }
        let Some(closed) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) if self.foreign == 0 => element.text.push_str(text),
            None if !text.trim().is_empty() => {
                return Err("text outside of the document".to_owned());
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<(Element, String), StatementError> {
        if let Some(open) = self.open.last() {
            let reason = format!("the file ends inside of <{}>: it is cut off", open.name);
            return Err(StatementError::Form(reason));
        }
        let root = self.root.ok_or_else(|| StatementError::Form("it is no XML".to_owned()))?;
        Ok((root, self.namespace.unwrap_or_default()))
    }
}

fn currency(start: &BytesStart<'_>) -> Result<Option<String>, String> {
    let attribute = start.try_get_attribute("Ccy").map_err(|error| error.to_string())?;
    Ok(attribute.map(|found| String::from_utf8_lossy(&found.value).into_owned()))
}

/// The five characters that XML names itself, and those named by number. Others would have to be
/// declared by the file, and what it declares is not expanded.
fn character(reference: &BytesRef<'_>) -> Result<String, String> {
    let by_number = reference.resolve_char_ref().map_err(|error| error.to_string())?;
    let name = reference.decode().map_err(|error| error.to_string())?;
    let named = match &*name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    by_number.or(named).map(String::from).ok_or_else(|| format!("&{name}; is not expanded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_walked_by_names() {
        let (root, namespace) =
            parse("<a xmlns='n'><b Ccy='CZK'> 1&amp;&#50; </b><b><![CDATA[<3]]></b></a>").unwrap();
        assert_eq!(namespace, "n");
        assert_eq!(root.text_at("b"), Some("1&2"));
        assert_eq!(root.at("b").and_then(Element::currency), Some("CZK"));
        assert_eq!(root.all("b").nth(1).map(Element::text), Some("<3"));
        assert!(root.at("b/c").is_none());
    }

    #[test]
    fn a_prefix_changes_nothing_and_another_namespace_is_left_out() {
        let text = "<p:a xmlns:p='n' xmlns:q='other'><q:b><p:c>1</p:c></q:b><p:b>2</p:b></p:a>";
        let (root, _) = parse(text).unwrap();
        assert_eq!(root.text_at("b"), Some("2"));
        assert_eq!(root.all("b").count(), 1);
    }

    #[test]
    fn what_is_no_whole_document_is_refused() {
        for text in ["", "x", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a>&b;</a>", "<a b='"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn thirty_two_levels_are_read_and_one_more_is_refused() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse(&nested(32)).is_ok());
        assert!(parse(&nested(33)).unwrap_err().to_string().contains("32 deep"));
        let foreign = format!("<a xmlns='n'>{}</a>", "<b xmlns='m'>".repeat(40));
        assert!(parse(&foreign).unwrap_err().to_string().contains("32 deep"));
    }

    #[test]
    fn four_hundred_thousand_elements_are_the_most() {
        let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
        assert!(parse(&many).unwrap_err().to_string().contains("400000 elements"));
    }
}
