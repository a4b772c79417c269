//! The clips that may be heard, by name: `cs/category_intro` is `prompts/cs/category_intro.ogg`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::{Context, Failure, Result, sound};

/// More clips than this are a wrong folder.
const CLIPS_MAX: usize = 5_000;
/// Folders inside folders that are looked into.
const DEPTH_MAX: usize = 6;

/// Decoded clips by name.
pub type Clips = BTreeMap<String, Vec<i16>>;

/// Decodes every clip (OGG, FLAC, WAV) below `folder`; a name is the path inside it, without the
/// ending.
///
/// # Errors
/// The folder cannot be read or a clip cannot be decoded.
pub fn load(folder: &Path) -> Result<Clips> {
    let mut files = Vec::new();
    collect(folder, DEPTH_MAX, &mut files)?;
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> =
            files.chunks(share).map(|part| scope.spawn(move || decode_all(folder, part))).collect();
        let mut clips = Clips::new();
        for part in parts {
            clips.extend(part.join().map_err(|_| Failure::new("a decoding thread broke"))??);
        }
        Ok(clips)
    })
}

/// The clips of the languages named, out of a whole set.
#[must_use]
pub fn of_languages(clips: &Clips, languages: &[&str]) -> Clips {
    let spoken = |name: &str| {
        let language = name.split('/').next().unwrap_or(name);
        languages.contains(&language)
    };
    clips.iter().filter(|(name, _)| spoken(name)).map(|(n, s)| (n.clone(), s.clone())).collect()
}

fn decode_all(folder: &Path, files: &[PathBuf]) -> Result<Clips> {
    files.iter().map(|file| Ok((name_of(folder, file), sound::decode(file)?))).collect()
}

fn name_of(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).with_extension("").display().to_string()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).because(|| format!("looking into {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if is_clip(&path) {
            files.push(path);
        }
        if files.len() > CLIPS_MAX {
            return Err(Failure::new(format!("more than {CLIPS_MAX} clips")));
        }
    }
    Ok(())
}

fn is_clip(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["ogg", "flac", "wav"].iter().any(|clip| end == *clip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_named_by_their_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("cs/digits")).unwrap();
        sound::write_wav(&folder.path().join("cs/welcome.wav"), &[1, 2, 3]).unwrap();
        sound::write_wav(&folder.path().join("cs/digits/7.wav"), &[7]).unwrap();
        fs::write(folder.path().join("cs/pack.yaml"), "language: cs").unwrap();
        let clips = load(folder.path()).unwrap();
        assert_eq!(clips.keys().collect::<Vec<_>>(), ["cs/digits/7", "cs/welcome"]);
        assert_eq!(clips["cs/welcome"], [1, 2, 3]);
    }

    #[test]
    fn other_languages_are_left_out() {
        let clips: Clips = ["cs/a", "en/a", "english/a"].map(|n| (n.to_owned(), vec![])).into();
        let english = of_languages(&clips, &["en"]);
        assert_eq!(english.keys().collect::<Vec<_>>(), ["en/a"]);
    }
}
