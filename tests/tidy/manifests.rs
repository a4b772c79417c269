//! Rules on Cargo.toml files: who may use whom, and what every package has in common.

use toml::Table;

use crate::checkout::File;

/// The packages that hold no I/O, no clock and no chance.
pub(crate) const PURE: &[&str] =
    &["model", "sip", "rtp", "audio", "ivr", "metering", "letters", "payment"];

/// Of our own packages, each may use these and no others. `engine` and `store` do not see each
/// other; `sip`, `rtp` and `audio` know nothing of the product.
const ARROWS: &[(&str, &[&str])] = &[
    ("linka-model", &[]),
    ("linka-sip", &[]),
    ("linka-rtp", &[]),
    ("linka-audio", &[]),
    ("linka-ivr", &["linka-model"]),
    ("linka-metering", &["linka-model"]),
    ("linka-letters", &["linka-model"]),
    ("linka-payment", &["linka-model"]),
    ("linka-store", &["linka-model", "linka-metering", "linka-payment"]),
    ("linka-speech", &["linka-model", "linka-audio"]),
    (
        "linka-engine",
        &["linka-model", "linka-sip", "linka-rtp", "linka-audio", "linka-ivr", "linka-metering"],
    ),
    (
        "linka-console",
        &[
            "linka-model",
            "linka-metering",
            "linka-letters",
            "linka-payment",
            "linka-ivr",
            "linka-speech",
            "linka-store",
        ],
    ),
    ("xtask", &["linka-model", "linka-audio", "linka-speech"]),
];

/// These wire all the others together, or measure them.
const MAY_USE_ALL: &[&str] = &["linka", "linka-tests", "linka-benches"];

/// Crates that wait, remember, or read clocks and dice.
const IMPURE: &[&str] = &[
    "axum",
    "getrandom",
    "mio",
    "object_store",
    "rand",
    "socket2",
    "sqlx",
    "time",
    "tokio",
    "tracing",
    "webrtc-util",
];

/// Dependencies on our own packages, of every kind, that the table does not allow.
pub(crate) fn arrows(file: &File) -> Vec<String> {
    let Some((name, manifest)) = package(file) else { return Vec::new() };
    if MAY_USE_ALL.contains(&name.as_str()) {
        return Vec::new();
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(package, _)| *package == name) else {
        return vec![format!("{}: {name} is not in the table of arrows", file.path)];
    };
    let used = dependencies(&manifest, &["dependencies", "dev-dependencies", "build-dependencies"]);
    used.filter(|used| used.starts_with("linka") && !allowed.contains(used))
        .map(|used| format!("{}: {name} may not use {used}", file.path))
        .collect()
}

/// What a pure crate links of others' code may not bring in what it must not have itself.
pub(crate) fn pure_dependencies(file: &File) -> Vec<String> {
    let Some((name, manifest)) = package(file) else { return Vec::new() };
    let is_pure = name.strip_prefix("linka-").is_some_and(|short| PURE.contains(&short));
    let used = dependencies(&manifest, &["dependencies", "build-dependencies"]);
    used.filter(|used| is_pure && IMPURE.contains(used))
        .map(|used| format!("{}: {name} is pure and may not use {used}", file.path))
        .collect()
}

/// Every package has the workspace's lints.
pub(crate) fn lints(file: &File) -> Vec<String> {
    let Some((name, manifest)) = package(file) else { return Vec::new() };
    let inherited = value(&manifest, "lints", "workspace");
    let missing = inherited != Some(true);
    missing
        .then(|| format!("{}: {name} does not inherit the lints", file.path))
        .into_iter()
        .collect()
}

/// Libraries and binaries say `bench = false`: what `cargo bench` is told is for criterion, and libtest
/// would refuse it.
pub(crate) fn bench_flags(file: &File) -> Vec<String> {
    let Some((name, manifest)) = package(file) else { return Vec::new() };
    let mut findings = Vec::new();
    let bins = manifest.get("bin").and_then(|bins| bins.as_array()).into_iter().flatten();
    let bins = bins.filter_map(|bin| bin.as_table()).collect::<Vec<_>>();
    let bins_quiet =
        bins.iter().all(|bin| bin.get("bench").and_then(|b| b.as_bool()) == Some(false));
    let lib_quiet = value(&manifest, "lib", "bench") == Some(false);
    let has_lib = bins.is_empty() || manifest.contains_key("lib");
    if !bins_quiet || (has_lib && !lib_quiet) {
        findings.push(format!("{}: {name} lacks `bench = false`", file.path));
    }
    findings
}

/// `cargo run` at the root needs no name: among the packages that it builds there is one binary.
pub(crate) fn one_binary(files: &[File]) -> Vec<String> {
    let is_default = |path: &str| !path.starts_with("xtask/");
    let binaries: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| is_default(path))
        .filter(|path| path.ends_with("/src/main.rs") || path.contains("/src/bin/"))
        .collect();
    if binaries == ["crates/linka/src/main.rs"] {
        Vec::new()
    } else {
        vec![format!("binaries: {binaries:?}")]
    }
}

/// The name and manifest of a package of ours.
fn package(file: &File) -> Option<(String, Table)> {
    file.path.ends_with("/Cargo.toml").then_some(())?;
    let manifest: Table =
        file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path));
    let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    Some((name, manifest))
}

fn value(manifest: &Table, section: &str, key: &str) -> Option<bool> {
    manifest.get(section)?.get(key)?.as_bool()
}

/// The packages named in these sections, at the top and for single targets.
fn dependencies<'a>(manifest: &'a Table, kinds: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let targets = manifest.get("target").and_then(|targets| targets.as_table());
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    let places = targets.filter_map(|target| target.as_table()).chain([manifest]);
    places
        .flat_map(|place| kinds.iter().filter_map(|kind| place.get(*kind)?.as_table()))
        .flatten()
        // A dependency may be renamed; who is used is what counts.
        .map(|(name, value)| value.get("package").and_then(|real| real.as_str()).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> File {
        File::new("crates/x/Cargo.toml", &format!("[package]\nname = \"{name}\"\n{rest}"))
    }

    #[test]
    fn an_arrow_that_the_table_lacks_is_found() {
        let bad = manifest("linka-store", "[dependencies]\nlinka-engine.workspace = true\n");
        assert_eq!(arrows(&bad), ["crates/x/Cargo.toml: linka-store may not use linka-engine"]);
        let good = manifest("linka-store", "[dependencies]\nlinka-model.workspace = true\n");
        assert!(arrows(&good).is_empty());
    }

    #[test]
    fn arrows_of_tests_targets_and_renamed_packages_are_found_too() {
        let dev = manifest("linka-sip", "[dev-dependencies]\nlinka-rtp = { path = \"../rtp\" }\n");
        assert_eq!(arrows(&dev).len(), 1);
        let target = "[target.'cfg(unix)'.dependencies]\nlinka-model.workspace = true\n";
        assert_eq!(arrows(&manifest("linka-rtp", target)).len(), 1);
        let renamed = "[dependencies]\nx = { package = \"linka-model\", path = \"../model\" }\n";
        assert_eq!(arrows(&manifest("linka-audio", renamed)).len(), 1);
    }

    #[test]
    fn a_package_that_is_not_in_the_table_is_found() {
        assert_eq!(arrows(&manifest("linka-new", "")).len(), 1);
    }

    #[test]
    fn a_pure_crate_that_links_a_runtime_is_found() {
        let section = "[dependencies]\ntokio.workspace = true\n";
        assert_eq!(pure_dependencies(&manifest("linka-ivr", section)).len(), 1);
        assert!(pure_dependencies(&manifest("linka-engine", section)).is_empty());
    }

    #[test]
    fn a_package_without_the_lints_is_found() {
        assert_eq!(lints(&manifest("linka-ivr", "")).len(), 1);
        assert!(lints(&manifest("linka-ivr", "[lints]\nworkspace = true\n")).is_empty());
    }

    #[test]
    fn a_library_or_binary_that_would_take_bench_flags_is_found() {
        assert_eq!(bench_flags(&manifest("linka-ivr", "")).len(), 1);
        assert!(bench_flags(&manifest("linka-ivr", "[lib]\nbench = false\n")).is_empty());
        let bin = "[[bin]]\nname = \"linka\"\npath = \"src/main.rs\"\n";
        assert_eq!(bench_flags(&manifest("linka", bin)).len(), 1);
        assert!(bench_flags(&manifest("linka", &format!("{bin}bench = false\n"))).is_empty());
    }

    #[test]
    fn a_second_binary_is_found() {
        let file = |path| File::new(path, "");
        let one = [file("crates/linka/src/main.rs"), file("xtask/src/main.rs")];
        assert!(one_binary(&one).is_empty());
        let two = [file("crates/linka/src/main.rs"), file("crates/sip/src/bin/probe.rs")];
        assert_eq!(one_binary(&two).len(), 1);
    }
}
