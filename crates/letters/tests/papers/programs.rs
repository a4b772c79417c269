//! The outside programs: pdftotext, pdfinfo, pdffonts, pdftoppm (poppler-utils), zbarimg
//! (zbar-tools). A missing one is a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A document in a file.
pub(crate) struct Pdf {
    path: PathBuf,
}

impl Pdf {
    /// Leaves the document in `target/tmp/papers`, where people can look at it too.
    pub(crate) fn keep(name: &str, bytes: &[u8]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        Self { path }
    }

    /// The text in the order of reading, laid out; with plain spaces.
    pub(crate) fn text(&self) -> String {
        run("pdftotext", &["-layout", "-enc", "UTF-8", self.path(), "-"]).replace('\u{a0}', " ")
    }

    /// Properties: title, pages, page size.
    pub(crate) fn info(&self) -> String {
        run("pdfinfo", &[self.path()])
    }

    /// The table of fonts.
    pub(crate) fn fonts(&self) -> String {
        run("pdffonts", &[self.path()])
    }

    /// What the code on the first page says, read from a picture at 150 dots an inch.
    pub(crate) fn code(&self) -> String {
        let picture = self.path.with_extension("");
        let picture = picture.to_str().unwrap();
        run("pdftoppm", &["-r", "150", "-png", "-singlefile", self.path(), picture]);
        let png = format!("{picture}.png");
        run("zbarimg", &["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", &png])
            .trim_end_matches('\n')
            .to_owned()
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed (see CONTRIBUTING.md): {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}
