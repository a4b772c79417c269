//! Reports in their folders: written while the caller speaks, readable whatever happens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::common::{LINE, Temp};
use linka_model::{Consent, Ended, Lang, ReportId};
use linka_store::reports::{ConsentFacts, Facts, Folder, Repaired, ReportState, SAMPLES_MAX};
use uuid::Uuid;

const ID: ReportId = ReportId(Uuid::from_u128(77));
/// 2026-11-24T00:00:00Z: the seconds of `date -u -d 2026-11-24 +%s`.
const DAY_S: u64 = 1_795_478_400;

fn facts() -> Facts {
    Facts {
        line: LINE,
        line_name: "Linka".to_owned(),
        language: Lang::CS,
        category: Some("corruption".to_owned()),
        unit: None,
        case_code: None,
        consent: ConsentFacts {
            answer: Consent::Audio,
            language: Lang::CS,
            prompt: "consent_ask".to_owned(),
            prompt_version: "1".to_owned(),
            key: Some('1'),
        },
        day: "2026-11-24".to_owned(),
    }
}

/// A voice that can be told apart at every sample.
fn voice(count: usize) -> Vec<i16> {
    (0..count).map(|n| i16::try_from(n % 30_011).expect("small") - 15_000).collect()
}

fn audio(temp: &Temp) -> PathBuf {
    temp.path().join("reports").join(ID.0.to_string()).join("recording.wav")
}

fn heard(path: &Path) -> Vec<i16> {
    let reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 8000, 16));
    reader.into_samples().map(|sample| sample.expect("a sample")).collect()
}

#[test]
fn a_folder_knows_whether_a_report_has_a_code() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    assert!(!folder.has_codes().expect("read"));
    let without = folder.begin(ID, facts()).expect("begins");
    assert!(!folder.has_codes().expect("read"));
    let hash = format!("argon2id-v19-m65536-t3-p1-hmac-sha256:{}", "0f".repeat(32));
    let case_code = Some(hash.try_into().expect("a hash"));
    without.finish(Facts { case_code, ..facts() }, Ended::Reviewed).expect("handed in");
    assert!(folder.has_codes().expect("read"));
}

#[test]
fn a_report_holds_what_was_said_and_what_is_known() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    let said = voice(20_000);
    for frame in said.chunks(160) {
        writer.append(frame).expect("written");
    }
    assert_eq!(writer.position(), 20_000);
    let learnt = Facts { unit: Some("north".to_owned()), ..facts() };
    let report = writer.finish(learnt, Ended::Reviewed).expect("handed in");
    // 20,000 samples are 2.5 s: three seconds begun.
    assert_eq!((report.seconds, report.state), (3, ReportState::Reviewed));
    assert_eq!(heard(&audio(&temp)), said);
    let rows = serde_json::to_value(folder.list().expect("listed")).expect("json");
    let expected = serde_json::json!([{
        "id": ID, "line": LINE, "line_name": "Linka", "language": "cs", "category": "corruption",
        "unit": "north", "consent": "audio", "seconds": 3, "ended": "reviewed",
        "audio": audio(&temp), "day": "2026-11-24",
    }]);
    assert_eq!(rows, expected);
    assert_eq!(folder.report(ID).expect("read"), report);
}

#[test]
fn after_every_full_second_the_file_is_whole_without_any_end() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    let said = voice(20_000);
    writer.append(&said).expect("written");
    // As a reader beside it sees it: two of two and a half seconds.
    assert_eq!(heard(&audio(&temp)), said[..16_000]);
    assert_eq!(folder.list().expect("listed")[0].ended, "recording");
}

#[test]
fn a_part_recorded_again_replaces_the_old_one() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    let said = voice(30_000);
    writer.append(&said[..12_345]).expect("written");
    writer.append(&[7; 9_000]).expect("written");
    writer.discard_from(12_345).expect("forgotten");
    assert_eq!(writer.position(), 12_345);
    writer.append(&said[12_345..]).expect("written");
    writer.finish(facts(), Ended::Unreviewed).expect("handed in");
    assert_eq!(heard(&audio(&temp)), said);
}

#[test]
fn everything_can_be_discarded_and_recorded_anew() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&[7; 9_000]).expect("written");
    writer.discard_from(0).expect("forgotten");
    writer.append(&[1, 2, 3]).expect("written");
    writer.finish(facts(), Ended::Unreviewed).expect("handed in");
    assert_eq!(heard(&audio(&temp)), [1, 2, 3]);
}

#[test]
fn what_was_said_can_be_played_back_before_it_is_handed_in() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    let said = voice(10_000);
    writer.append(&said).expect("written");
    let mut frame = [0; 160];
    assert_eq!(writer.read_at(8_000, &mut frame).expect("read"), 160);
    assert_eq!(frame, said[8_000..8_160]);
    assert_eq!(writer.read_at(9_950, &mut frame).expect("read"), 50);
    assert_eq!(frame[..50], said[9_950..]);
    assert_eq!(writer.read_at(10_000, &mut frame).expect("read"), 0);
    // Reading does not disturb the writing.
    writer.append(&[5]).expect("written");
    writer.finish(facts(), Ended::Reviewed).expect("handed in");
    assert_eq!(heard(&audio(&temp)), [&said[..], &[5]].concat());
}

#[test]
fn a_report_that_a_crash_broke_off_is_readable_to_the_last_second_and_says_so() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    let said = voice(20_000);
    writer.append(&said).expect("written");
    // Dies: nothing is dropped, nothing is flushed.
    std::mem::forget(writer);
    // The last write was torn in the middle of a sample, with an old header.
    let torn = fs::OpenOptions::new().append(true).open(audio(&temp));
    std::io::Write::write_all(&mut torn.expect("opens"), &[1, 2, 3]).expect("written");
    let folder = Folder::open(temp.path()).expect("opens again");
    let repaired = folder.recover().expect("repairs");
    assert_eq!(repaired, Repaired { interrupted: 1, removed: 0, damaged: 0 });
    // 16,000 samples and the one whole sample of the torn write: 0x0201.
    assert_eq!(heard(&audio(&temp)), [&said[..16_000], &[0x0201]].concat());
    let report = folder.report(ID).expect("read");
    assert_eq!((report.state, report.seconds), (ReportState::Interrupted, 3));
    assert_eq!(folder.recover().expect("nothing to do"), Repaired::default());
}

#[test]
fn a_crash_before_the_first_second_leaves_nothing() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&voice(7_999)).expect("written");
    std::mem::forget(writer);
    // Another died before it wrote its facts.
    fs::create_dir(temp.path().join("reports").join(Uuid::from_u128(5).to_string())).expect("made");
    let repaired = folder.recover().expect("repairs");
    assert_eq!(repaired, Repaired { interrupted: 0, removed: 2, damaged: 0 });
    assert_eq!(folder.list().expect("listed"), []);
    assert!(!audio(&temp).exists());
}

#[test]
fn what_cannot_be_read_is_counted_and_left_alone() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&voice(9_000)).expect("written");
    writer.finish(facts(), Ended::Reviewed).expect("handed in");
    fs::write(audio(&temp).with_file_name("facts.json"), "{").expect("broken");
    let repaired = folder.recover().expect("looks");
    assert_eq!(repaired, Repaired { interrupted: 0, removed: 0, damaged: 1 });
    assert!(audio(&temp).exists());
}

#[test]
fn an_abandoned_report_is_gone() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&voice(9_000)).expect("written");
    writer.abandon().expect("gone");
    assert_eq!(fs::read_dir(temp.path().join("reports")).expect("read").count(), 0);
}

#[test]
fn nothing_is_recorded_beyond_two_hours() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&voice(10)).expect("written");
    let too_much = vec![0; usize::try_from(SAMPLES_MAX).expect("fits") - 9];
    assert!(writer.append(&too_much).is_err());
    assert_eq!(writer.position(), 10);
}

#[test]
fn files_are_their_owners_alone_and_bear_the_day_and_not_the_hour() {
    let temp = Temp::new();
    let folder = Folder::open(temp.path()).expect("opens");
    let mut writer = folder.begin(ID, facts()).expect("begins");
    writer.append(&voice(9_000)).expect("written");
    writer.finish(facts(), Ended::Reviewed).expect("handed in");
    let recording = audio(&temp);
    let report = recording.parent().expect("a folder");
    let facts_file = report.join("facts.json");
    for (path, mode) in [
        (recording.as_path(), 0o600),
        (facts_file.as_path(), 0o600),
        (report, 0o700),
        (report.parent().expect("a folder"), 0o700),
    ] {
        let metadata = fs::metadata(path).expect("stands");
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{}", path.display());
        let modified = metadata.modified().expect("a time");
        assert_eq!(modified, UNIX_EPOCH + Duration::from_secs(DAY_S), "{}", path.display());
    }
}
