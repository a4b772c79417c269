//! The journal of a node: what its calls asked of the ledger while the database was away (M12).
//!
//! One file in the node's directory, readable by its owner alone, empty while all is well. A request
//! counts when its frame is on the disk. It is written into the database under the same names as it
//! would have been, so a frame that is replayed twice changes nothing.

mod frame;
mod record;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::StoreError;
use frame::{End, Frames};
pub(crate) use record::{Record, plan};

/// The longest journal: a quarter of an hour of a thousand calls takes a tenth of it.
const JOURNAL_MAX: u64 = 64 * 1024 * 1024;
const NAME: &str = "ledger.journal";
/// Where a journal goes that holds what was never written.
const DAMAGED: &str = "ledger.journal.damaged";

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
}

/// What a journal holds.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its records, up to the first that is damaged.
    pub(crate) records: Vec<Record>,
    /// The byte at which a damaged frame begins.
    pub(crate) damaged: Option<u64>,
}

impl Journal {
    /// Opens the journal of a directory; makes it where there is none.
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(NAME);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(StoreError::file(&path))?;
        let length = file.metadata().map_err(StoreError::file(&path))?.len();
        Ok(Self { path, file, length })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends records; they are on the disk when it returns, all or none of them.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for record in records {
            let too_long = || io::Error::from(io::ErrorKind::InvalidInput);
            let frame = frame::encode(record).ok_or_else(too_long);
            bytes.extend(frame.map_err(StoreError::file(&self.path))?);
        }
        let written = self.write(&bytes);
        if written.is_err() {
            // What cannot be taken back either is a torn tail for whoever reads it.
            drop(self.file.set_len(self.length));
        }
        self.length = written.map_err(StoreError::file(&self.path))?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let longer = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if longer > JOURNAL_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()?;
        Ok(longer)
    }

    /// Reads what it holds.
    pub(crate) fn read(&mut self) -> Result<Held, StoreError> {
        let mut bytes = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| Read::by_ref(&mut self.file).take(JOURNAL_MAX).read_to_end(&mut bytes));
        read.map_err(StoreError::file(&self.path))?;
        let Frames { records, end } = frame::decode(&bytes);
        let damaged = match end {
            End::Whole | End::Torn => None,
            End::Damaged(offset) => Some(offset),
        };
        Ok(Held { records, damaged })
    }

    /// Empties it: all that it held stands in the database, or will never.
    pub(crate) fn clear(&mut self) -> Result<(), StoreError> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.sync_data());
        cleared.map_err(StoreError::file(&self.path))?;
        self.length = 0;
        Ok(())
    }

    /// Keeps a damaged one for whoever wants to look, and begins a new one.
    pub(crate) fn set_aside(&mut self) -> Result<(), StoreError> {
        let aside = self.path.with_file_name(DAMAGED);
        std::fs::rename(&self.path, aside).map_err(StoreError::file(&self.path))?;
        let directory = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        *self = Self::open(&directory)?;
        Ok(())
    }
}
