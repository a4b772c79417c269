//! `demo.json`: what the demo has set up, as it tells programs.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::{Context, Result};

/// The demo's addresses and lines.
#[derive(Clone, Debug, Deserialize)]
pub struct Demo {
    /// Where to call, such as `127.0.0.1:5060`.
    pub sip: String,
    /// Where the console is, such as `http://127.0.0.1:8080`.
    pub http: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of the demo.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its number in E.164; empty or absent while the order is processed.
    #[serde(default)]
    number: Option<String>,
    /// What to dial; means nothing without a number.
    #[serde(default)]
    sip_uri: Option<String>,
    /// Whether it takes calls.
    pub state: LineState,
    /// Its languages, the first offered first.
    pub languages: Vec<String>,
    /// Whose it is.
    pub organisation: String,
}

/// Whether a line takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// It does.
    On,
    /// It was switched off.
    Off,
    /// It is on, but its organisation has no credit.
    NoCredit,
    /// It has a number and was never given credit.
    TopUpCredit,
    /// It has no number yet.
    ProcessingOrder,
}

impl Demo {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not there or not as it should be.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).because(|| format!("reading {}", file.display()))?;
        serde_json::from_slice(&text).because(|| file.display().to_string())
    }

    /// The first line in a state.
    ///
    /// # Errors
    /// There is none.
    pub fn line(&self, state: LineState) -> Result<&Line> {
        let found = self.lines.iter().find(|line| line.state == state);
        found.because(|| format!("the demo has no line that is {state:?}"))
    }

    /// The first line that is on and has exactly these languages, in this order.
    ///
    /// # Errors
    /// There is none.
    pub fn line_speaking(&self, languages: &[&str]) -> Result<&Line> {
        let found = self.lines.iter().find(|line| {
            line.state == LineState::On
                && line.languages.iter().map(String::as_str).eq(languages.iter().copied())
        });
        found.because(|| format!("the demo has no open line in {languages:?}"))
    }
}

impl Line {
    /// Its number.
    ///
    /// # Errors
    /// It has none yet.
    pub fn number(&self) -> Result<&str> {
        let number = self.number.as_deref().filter(|number| !number.is_empty());
        number.because(|| format!("{} has no number", self.name))
    }

    /// What to dial.
    ///
    /// # Errors
    /// It has no number yet.
    pub fn sip_uri(&self) -> Result<&str> {
        self.number()?;
        self.sip_uri.as_deref().because(|| format!("{} cannot be dialled", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Demo {
        serde_json::from_str(
            r#"{"sip":"127.0.0.1:5060","http":"http://127.0.0.1:8080","lines":[
              {"name":"A","number":"+420800000001","sip_uri":"sip:+420800000001@127.0.0.1:5060",
               "state":"on","languages":["cs","en"],"organisation":"O"},
              {"name":"B","number":"","sip_uri":"sip:@127.0.0.1:5060","state":"processing_order",
               "languages":["en"],"organisation":"O"},
              {"name":"C","number":"+420800000003","state":"on","languages":["en"],"organisation":"O"}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn lines_are_found_by_state_and_language() {
        let demo = demo();
        assert_eq!(demo.line(LineState::On).unwrap().name, "A");
        assert_eq!(demo.line(LineState::ProcessingOrder).unwrap().name, "B");
        assert_eq!(demo.line_speaking(&["en"]).unwrap().name, "C");
        assert!(demo.line(LineState::NoCredit).is_err());
    }

    #[test]
    fn a_line_without_number_cannot_be_dialled() {
        let demo = demo();
        assert!(demo.line(LineState::ProcessingOrder).unwrap().sip_uri().is_err());
        assert_eq!(demo.line(LineState::On).unwrap().number().unwrap(), "+420800000001");
    }

    #[test]
    fn unknown_states_are_refused() {
        assert!(serde_json::from_str::<LineState>("\"sleeping\"").is_err());
    }
}
