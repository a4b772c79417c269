//! The look-up form of case codes.

use std::os::unix::fs::PermissionsExt;

use crate::common::Temp;
use linka_model::{CaseCode, OrgId};
use linka_store::{CaseCodes, CodeHash, FRESH_SECRET_LEN};
use uuid::Uuid;

const SECRET: [u8; FRESH_SECRET_LEN] = [0x11; FRESH_SECRET_LEN];
const ORG: OrgId = OrgId(Uuid::from_u128(1));

fn open(temp: &Temp, fresh: &[u8; FRESH_SECRET_LEN]) -> CaseCodes {
    std::fs::create_dir_all(temp.path()).expect("made");
    CaseCodes::open(&temp.path().join("case-codes.key"), false, fresh).expect("opens")
}

#[test]
fn a_code_is_found_again_after_a_restart_and_no_other_code_or_organisation_is() {
    let temp = Temp::new();
    let code = CaseCode::from_random(123_456_789_012_345);
    let hash = open(&temp, &SECRET).hash(&code, ORG).expect("hashed");
    // The fresh bytes of the second start are not used: the secret stands.
    let again = open(&temp, &[0x22; FRESH_SECRET_LEN]);
    assert_eq!(again.hash(&code, ORG).expect("hashed"), hash);
    let other = CaseCode::from_random(123_456_789_012_346);
    assert_ne!(again.hash(&other, ORG).expect("hashed"), hash);
    assert_ne!(again.hash(&code, OrgId(Uuid::from_u128(2))).expect("hashed"), hash);
}

#[test]
fn without_salt_or_pepper_of_this_installation_the_hash_is_another() {
    let code = CaseCode::from_random(1);
    let hash_with = |fresh: &[u8; FRESH_SECRET_LEN]| {
        let temp = Temp::new();
        open(&temp, fresh).hash(&code, ORG).expect("hashed")
    };
    let (mut salt, mut pepper) = (SECRET, SECRET);
    salt[15] = 0;
    pepper[16] = 0;
    let hash = hash_with(&SECRET);
    assert_ne!(hash_with(&salt), hash);
    assert_ne!(hash_with(&pepper), hash);
}

#[test]
fn the_secret_is_its_owners_alone_and_a_damaged_one_is_refused() {
    let temp = Temp::new();
    let secret = open(&temp, &SECRET);
    let path = temp.path().join("case-codes.key");
    assert_eq!(std::fs::metadata(&path).expect("stands").permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(temp.path()).expect("read").count(), 1);
    assert!(!format!("{secret:?}").contains("17"));
    std::fs::write(&path, [0x11; 47]).expect("cut short");
    assert!(CaseCodes::open(&path, false, &SECRET).is_err());
}

#[test]
fn a_secret_that_is_gone_is_not_replaced_while_codes_need_it() {
    let temp = Temp::new();
    open(&temp, &SECRET);
    let path = temp.path().join("case-codes.key");
    assert!(CaseCodes::open(&path, true, &SECRET).is_ok(), "it stands");
    std::fs::remove_file(&path).expect("removed");
    let error = CaseCodes::open(&path, true, &SECRET).expect_err("gone").to_string();
    for part in ["case-codes.key is missing", "put it back", "move the folder `reports`"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!path.exists(), "no other one was made");
    assert!(CaseCodes::open(&path, false, &SECRET).is_ok());
}

#[test]
fn a_hash_says_how_it_was_made_and_is_not_shown_in_logs() {
    let temp = Temp::new();
    let hash = open(&temp, &SECRET).hash(&CaseCode::from_random(1), ORG).expect("hashed");
    let (scheme, digits) = hash.as_str().split_once(':').expect("a scheme");
    assert_eq!(scheme, "argon2id-v19-m65536-t3-p1-hmac-sha256");
    assert_eq!(digits.len(), 64);
    assert_eq!(format!("{hash:?}"), "CodeHash(redacted)");
    assert_eq!(CodeHash::try_from(hash.as_str().to_owned()), Ok(hash.clone()));
    for wrong in ["", digits, "argon2id:00", &hash.as_str()[..100], &hash.as_str().to_uppercase()] {
        assert!(CodeHash::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

#[test]
fn a_known_code_has_the_hash_that_other_programs_compute() {
    // The reference library of Argon2 (version 19) over the digits 123456789012345 and the sixteen
    // bytes of the organisation's id, then HMAC-SHA-256; salt and pepper are all 0x11.
    let expected = "cfcb93a068eae2f7fe9b70ecbe875465eec5398f3c98835d3929dd11aa108ae2";
    let code = CaseCode::from_random(123_456_789_012_345);
    let hash = open(&Temp::new(), &SECRET).hash(&code, ORG).expect("hashed");
    assert_eq!(hash.as_str().split_once(':').expect("a scheme").1, expected);
}
