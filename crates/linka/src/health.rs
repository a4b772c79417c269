//! Whether the node works, looked at every few seconds: the database takes a write, the folder of
//! reports takes a file, and nobody has asked the node to stop.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linka_store::Node;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// What was seen last.
#[derive(Default)]
pub(crate) struct Health {
    is_stopping: AtomicBool,
    trouble: Mutex<Option<&'static str>>,
}

/// What is looked at.
pub(crate) struct Vitals {
    pub(crate) node: Node,
    /// The folder of reports.
    pub(crate) reports: PathBuf,
}

impl Health {
    /// `Ok`, or one word: nobody who may ask has to know more.
    pub(crate) fn state(&self) -> Result<(), &'static str> {
        if self.is_stopping.load(Ordering::Relaxed) {
            return Err("stopping");
        }
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    /// No more calls are taken.
    pub(crate) fn stopping(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Looks for as long as somebody else wants to know.
    pub(crate) async fn watch(self: Arc<Self>, vitals: Vitals) {
        while Arc::strong_count(&self) > 1 {
            self.look(&vitals).await;
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Looks once, and logs what has changed.
    pub(crate) async fn look(&self, vitals: &Vitals) {
        let seen = vitals.trouble().await;
        let mut known = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != seen {
            match seen {
                Some(what) => tracing::error!(what, "the node does not work"),
                None => tracing::warn!("the node works again"),
            }
        }
        *known = seen;
    }
}

impl Vitals {
    async fn trouble(&self) -> Option<&'static str> {
        // A proof of no calls passes the same queue and the same commit as those of calls.
        if self.node.prove(Vec::new()).await.is_err() {
            return Some("database");
        }
        let folder = self.reports.clone();
        let written = tokio::task::spawn_blocking(move || write_and_remove(&folder)).await;
        if matches!(written, Ok(Ok(()))) { None } else { Some("reports") }
    }
}

/// Writes through to the disk: a full one takes the name of a file and refuses its bytes.
fn write_and_remove(folder: &Path) -> io::Result<()> {
    let path = folder.join(".writable");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.write_all(&[0; 4_096])?;
    file.sync_all()?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use linka_engine::clock;
    use linka_store::{NodeName, Store};

    use super::*;

    async fn node() -> (tempfile::TempDir, Store, Vitals) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let who = NodeName { fresh: uuid::Uuid::from_u128(clock::random()), name: "test".into() };
        let (node, _) = store.start_node(&who, clock::wall_ms()).await.unwrap();
        let reports = folder.path().join("reports");
        fs::create_dir(&reports).unwrap();
        (folder, store, Vitals { node, reports })
    }

    #[tokio::test]
    async fn a_node_works_until_its_reports_cannot_be_written_and_again_afterwards() {
        let (_folder, _store, vitals) = node().await;
        let health = Health::default();
        health.look(&vitals).await;
        assert_eq!(health.state(), Ok(()));
        assert_eq!(fs::read_dir(&vitals.reports).unwrap().count(), 0, "nothing is left behind");
        fs::remove_dir(&vitals.reports).unwrap();
        health.look(&vitals).await;
        assert_eq!(health.state(), Err("reports"));
        fs::create_dir(&vitals.reports).unwrap();
        health.look(&vitals).await;
        assert_eq!(health.state(), Ok(()));
    }

    #[tokio::test]
    async fn a_node_does_not_work_without_its_database() {
        let (_folder, store, vitals) = node().await;
        let health = Health::default();
        store.close().await;
        health.look(&vitals).await;
        assert_eq!(health.state(), Err("database"));
    }

    #[test]
    fn a_node_that_stops_says_so_before_anything_else() {
        let health = Health::default();
        health.stopping();
        assert_eq!(health.state(), Err("stopping"));
    }
}
