//! A QR code (ISO/IEC 18004) as rectangles.

use qrcode::{Color, EcLevel, QrCode};

use crate::LetterError;

/// Light modules around the code, on every side: fewer, and readers miss it.
const QUIET: usize = 4;

/// A code, ready to be drawn.
pub(crate) struct Code {
    width: usize,
    modules: Vec<Color>,
}

/// Dark modules side by side, counted in modules from the corner of the quiet zone.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) column: f32,
    pub(crate) row: f32,
    pub(crate) length: f32,
}

impl Code {
    /// Encodes the text at error correction level M, as codes of payments are.
    pub(crate) fn new(text: &str) -> Result<Self, LetterError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|error| LetterError::Drawing(format!("the payment code: {error}")))?;
        Ok(Self { width: code.width(), modules: code.into_colors() })
    }

    /// Modules on a side, with the quiet zone.
    pub(crate) const fn size(&self) -> f32 {
        (self.width + 2 * QUIET) as f32
    }

    /// All dark modules.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let rows = self.modules.chunks(self.width.max(1)).enumerate();
        rows.flat_map(|(row, modules)| dark_runs(row, modules)).collect()
    }
}

fn dark_runs(row: usize, modules: &[Color]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut column = 0;
    for same in modules.chunk_by(|a, b| a == b) {
        if same.first() == Some(&Color::Dark) {
            runs.push(Run {
                column: (column + QUIET) as f32,
                row: (row + QUIET) as f32,
                length: same.len() as f32,
            });
        }
        column += same.len();
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_modules_side_by_side_are_one_run() {
        let (d, l) = (Color::Dark, Color::Light);
        let run = |column, length| Run { column, row: 6.0, length };
        assert_eq!(dark_runs(2, &[d, d, l, d]), [run(4.0, 2.0), run(7.0, 1.0)]);
        assert_eq!(dark_runs(0, &[l, l]), []);
    }

    #[test]
    fn codes_are_of_level_m_in_a_quiet_zone() {
        // 331 bytes fill version 13 at level M (ISO/IEC 18004, table 7), which has 4 × 13 + 17
        // modules on a side; with four on either side it is 77. One byte more takes version 14.
        let size = |bytes: usize| Code::new(&"x".repeat(bytes)).unwrap().size();
        assert_eq!(size(331).to_bits(), 77.0_f32.to_bits());
        assert_eq!(size(332).to_bits(), 81.0_f32.to_bits());
    }

    #[test]
    fn a_text_that_no_code_holds_is_refused() {
        assert!(Code::new(&"x".repeat(3_000)).is_err());
    }
}
