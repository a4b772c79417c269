//! A node's term: the right to carry calls, proven in every transaction that uses it (I20).

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use uuid::Uuid;

use crate::database::in_time;
use crate::durable::sync_parent;
use crate::orgs::uuid;
use crate::sql::{Query, Tx};
use crate::{Store, StoreError};

/// Which term of which node.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) node: Uuid,
    pub(crate) epoch: i64,
}

impl Term {
    /// Whether the term still stands; if so it stands until the transaction ends, for the row is
    /// locked. It is a sign of life too.
    pub(crate) async fn prove(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let proven = Query::new("UPDATE node SET beats = beats + 1 WHERE id = $1 AND epoch = $2")
            .bind(self.node.to_string())
            .bind(self.epoch)
            .execute(tx)
            .await?;
        Ok(proven == 1)
    }
}

impl Store {
    /// Begins the next term of a node: whatever its former one wrote from now on is refused.
    pub(crate) async fn next_term(&self, node: Uuid, name: &str) -> Result<Term, StoreError> {
        in_time(async {
            let mut tx = self.begin().await?;
            let (epoch,) = Query::new(
                "INSERT INTO node (id, name, epoch, beats) VALUES ($1, $2, 1, 0)
                 ON CONFLICT (id) DO UPDATE
                     SET epoch = node.epoch + 1, beats = 0, name = excluded.name
                 RETURNING epoch",
            )
            .bind(node.to_string())
            .bind(name)
            .fetch_one(&mut tx)
            .await?;
            tx.commit().await?;
            Ok(Term { node, epoch })
        })
        .await
    }

    /// Who this node is. An embedded database has one node; beside a server the identity lies in
    /// the node's directory, and `fresh` is used where there is none yet.
    pub(crate) fn identity(&self, fresh: Uuid) -> Result<Uuid, StoreError> {
        if self.is_embedded() {
            return Ok(Uuid::nil());
        }
        let path = self.directory().join("node.id");
        if !path.try_exists().map_err(StoreError::file(&path))? {
            write_new(&path, fresh).map_err(StoreError::file(&path))?;
        }
        let text = fs::read_to_string(&path).map_err(StoreError::file(&path))?;
        uuid(text.trim())
    }

    /// Keeps a second process from carrying calls with the same directory, for as long as the file
    /// is held.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        let path = self.directory().join("serving.lock");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(StoreError::file(&path))?;
        file.try_lock().map_err(|_| StoreError::Serving(self.directory().to_owned()))?;
        Ok(file)
    }
}

/// Writes the identity so that it is there whole or not at all.
fn write_new(path: &Path, id: Uuid) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(unfinished, path)?;
    sync_parent(path)
}
