//! Who writes a document, and to whom.

use crate::LetterError;
use crate::clean::one_line;

/// Lines of an address that fit in its block.
const ADDRESS_LINES_MAX: usize = 5;
/// Characters of a name or a line of an address; longer ones are cut.
const LENGTH_MAX: usize = 120;

/// An issuer or a customer, as the law wants them named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// Name as in the register.
    pub name: String,
    /// Street, place, country: one to five lines. The organisation of a statement may have none.
    pub address: Vec<String>,
    /// Number in the register of companies (IČO in Czechia).
    pub company_id: Option<String>,
    /// VAT identification number (DIČ in Czechia).
    pub vat_id: Option<String>,
}

impl Party {
    pub(crate) fn check(&self, field: &'static str) -> Result<(), LetterError> {
        if self.address.is_empty() {
            return Err(LetterError::fact(field, "has no address"));
        }
        self.check_without_address(field)
    }

    /// The same where a name is enough.
    pub(crate) fn check_without_address(&self, field: &'static str) -> Result<(), LetterError> {
        if self.name().is_empty() {
            return Err(LetterError::fact(field, "has no name"));
        }
        match self.address.len() {
            0..=ADDRESS_LINES_MAX => Ok(()),
            lines => Err(LetterError::fact(
                field,
                format!("has an address of {lines} lines; at most {ADDRESS_LINES_MAX} fit"),
            )),
        }
    }

    pub(crate) fn name(&self) -> String {
        one_line(&self.name, LENGTH_MAX)
    }

    pub(crate) fn address(&self) -> impl Iterator<Item = String> + '_ {
        self.address.iter().map(|line| one_line(line, LENGTH_MAX))
    }
}
