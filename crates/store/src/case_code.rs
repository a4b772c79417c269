//! The form under which a case code is looked up: hashed, so that the code itself is nowhere.
//!
//! Argon2id makes every guess dear; HMAC with a pepper that lies outside the database makes a stolen
//! database worthless for guessing at all.

use core::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit, Mac};
use linka_model::{CaseCode, OrgId, Redacted};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::StoreError;
use crate::durable::sync_parent;

/// Random bytes that a fresh secret is made of: 16 of salt and 32 of pepper.
pub const FRESH_SECRET_LEN: usize = SALT_LEN + PEPPER_LEN;
const SALT_LEN: usize = 16;
const PEPPER_LEN: usize = 32;
const HASH_LEN: usize = 32;

/// 64 MiB, three passes, one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// How the hash was made; it stands in front of every hash so that later ones may differ.
const SCHEME: &str = "argon2id-v19-m65536-t3-p1-hmac-sha256";

/// Makes look-up hashes of case codes with the secret of this installation.
#[derive(Debug)]
pub struct CaseCodes {
    salt: Redacted<[u8; SALT_LEN]>,
    pepper: Redacted<[u8; PEPPER_LEN]>,
}

/// The look-up form of a case code, with the parameters that made it:
/// `argon2id-v19-m65536-t3-p1-hmac-sha256:` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeHash(String);

/// Why a text is no hash of a case code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not the hash of a case code")]
pub struct CodeHashError;

impl CaseCodes {
    /// Reads the secret file, or makes it of fresh random bytes where it is missing. Keep it apart
    /// from backups of the database; without it no code is ever found again.
    ///
    /// Where codes are `in_use` a missing file is [`StoreError::SecretGone`]: a new one would find
    /// none of them, and hide that the old one has to be brought back.
    pub fn open(
        path: &Path,
        in_use: bool,
        fresh: &[u8; FRESH_SECRET_LEN],
    ) -> Result<Self, StoreError> {
        if !path.try_exists().map_err(StoreError::file(path))? {
            if in_use {
                return Err(StoreError::SecretGone(path.to_owned()));
            }
            write_new(path, fresh).map_err(StoreError::file(path))?;
        }
        let secret = fs::read(path).map_err(StoreError::file(path))?;
        let unreadable = || StoreError::Unreadable("secret of the case codes");
        let (salt, pepper) = secret.split_first_chunk().ok_or_else(unreadable)?;
        let pepper = pepper.try_into().map_err(|_| unreadable())?;
        Ok(Self { salt: Redacted::new(*salt), pepper: Redacted::new(pepper) })
    }

    /// The look-up form of a code of an organisation. It takes about a fifth of a second and 64 MiB
    /// and blocks: call it where blocking is allowed, on few threads at once.
    pub fn hash(&self, code: &CaseCode, org: OrgId) -> Result<CodeHash, StoreError> {
        let secret = code.secret();
        let mut input = [0; 15 + 16];
        let (digits, id) = input.split_at_mut(15);
        digits.copy_from_slice(secret.expose());
        id.copy_from_slice(org.0.as_bytes());
        let failed = |_| StoreError::Conflict("the case code could not be hashed".to_owned());
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_LEN)).map_err(failed)?;
        let mut slow = [0; HASH_LEN];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&input, self.salt.expose(), &mut slow)
            .map_err(failed)?;
        self.peppered(&slow)
    }

    fn peppered(&self, slow: &[u8; HASH_LEN]) -> Result<CodeHash, StoreError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.pepper.expose())
            .map_err(|_| StoreError::Unreadable("secret of the case codes"))?;
        mac.update(slow);
        Ok(CodeHash::new(mac.finalize().into_bytes().into()))
    }
}

/// Writes the secret so that it is there whole or not at all, and never replaces one.
fn write_new(path: &Path, fresh: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file: File =
        options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(fresh)?;
    file.sync_all()?;
    match fs::hard_link(&unfinished, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::remove_file(&unfinished)?;
    sync_parent(path)
}

impl CodeHash {
    fn new(hash: [u8; HASH_LEN]) -> Self {
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{SCHEME}:{hex}"))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeHash {
    type Error = CodeHashError;

    fn try_from(text: String) -> Result<Self, CodeHashError> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        match text.split_once(':') {
            Some((SCHEME, hash)) if hash.len() == 2 * HASH_LEN && hash.bytes().all(hex) => {
                Ok(Self(text))
            }
            Some(_) | None => Err(CodeHashError),
        }
    }
}

impl From<CodeHash> for String {
    fn from(hash: CodeHash) -> Self {
        hash.0
    }
}

/// A hash in a log would let two reports of one caller be told apart from others.
impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(redacted)")
    }
}
