//! Folders of reports that cannot be read: the listing leaves them out, so they have to be named.

use std::fs;
use std::path::{Path, PathBuf};

use linka_model::ReportId;
use linka_store::reports::Folder;
use uuid::Uuid;

/// So many are named at most.
const NAMED_MAX: usize = 100;

/// The folders under a data folder that bear the name of a report and whose facts cannot be read.
pub(crate) fn unreadable(data: &Path, folder: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(data.join("reports")) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut damaged: Vec<PathBuf> =
        paths.filter(|path| is_damaged(path, folder)).take(NAMED_MAX).collect();
    damaged.sort();
    damaged
}

fn is_damaged(path: &Path, folder: &Folder) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Ok(id) = Uuid::try_parse(name) else { return false };
    // One that has just been made holds neither facts nor a recording yet.
    let is_new = || !path.join("facts.json").exists() && !path.join("recording.wav").exists();
    folder.report(ReportId(id)).is_err() && !is_new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_whose_facts_cannot_be_read_is_named_and_nothing_else_is() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        let reports = data.path().join("reports");
        let bad = reports.join("6f2b7543-2799-4280-9d00-8f3c51a0b001");
        let lost = reports.join("6f2b7543-2799-4280-9d00-8f3c51a0b002");
        let new = reports.join("6f2b7543-2799-4280-9d00-8f3c51a0b003");
        for path in [&bad, &lost, &new, &reports.join("notes")] {
            fs::create_dir(path).unwrap();
        }
        fs::write(bad.join("facts.json"), "{").unwrap();
        fs::write(lost.join("recording.wav"), "RIFF").unwrap();
        assert_eq!(unreadable(data.path(), &folder), [bad, lost]);
    }
}
