//! Builds the workspace once and says which executables came out.

use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;

use crate::process::cargo;

/// What one build of everything made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Built {
    /// The product itself, which the end-to-end tests start.
    pub(crate) linka: Option<PathBuf>,
    /// Test executables in the order of their names, end-to-end tests last.
    pub(crate) suites: Vec<SuiteBinary>,
}

/// One test executable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SuiteBinary {
    /// `package` for the unit tests of a library, `package/bin` for those of a binary,
    /// `package/target` for a file under tests/.
    pub(crate) name: String,
    pub(crate) package: String,
    /// Where cargo would start it.
    pub(crate) folder: PathBuf,
    pub(crate) executable: PathBuf,
}

/// Builds every target of every package: one profile and one set of features for all of them, so
/// that nothing is compiled twice. Compiler messages go to standard error as they come.
pub(crate) fn build() -> Result<Built, String> {
    let output = cargo()
        .args(["build", "--locked", "--workspace", "--all-targets"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        return Err("the workspace does not build".to_owned());
    }
    Built::parse(&String::from_utf8_lossy(&output.stdout))
}

impl SuiteBinary {
    /// Whether it starts the product as its users do, instead of calling into a crate.
    pub(crate) fn is_end_to_end(&self) -> bool {
        self.package == "linka-tests"
    }
}

impl Built {
    fn parse(messages: &str) -> Result<Self, String> {
        let mut built = Self::default();
        for line in messages.lines().filter(|line| line.starts_with('{')) {
            let message: Message = serde_json::from_str(line)
                .map_err(|error| format!("cargo said something unexpected: {error}"))?;
            if let Message::CompilerArtifact(artifact) = message {
                built.add(artifact);
            }
        }
        built.suites.sort_by_key(|suite| (suite.is_end_to_end(), suite.name.clone()));
        Ok(built)
    }

    fn add(&mut self, artifact: Artifact) {
        let package = package_name(&artifact.package_id);
        let Artifact { manifest_path, target, profile, executable: Some(executable), .. } =
            artifact
        else {
            return;
        };
        let is = |kind: &str| target.kind.iter().any(|known| known == kind);
        if !profile.test {
            if is("bin") && target.name == "linka" {
                self.linka = Some(executable);
            }
            return;
        }
        let name = match () {
            () if is("lib") => package.clone(),
            () if is("bin") => format!("{package}/bin"),
            () if is("test") => format!("{package}/{}", target.name),
            () => return, // benches and examples
        };
        let folder = manifest_path.parent().map(PathBuf::from).unwrap_or_default();
        self.suites.push(SuiteBinary { name, package, folder, executable });
    }
}

/// The name in a package id: `path+file:///x/crates/sip#linka-sip@0.1.0`, or `path+file:///x/xtask#0.1.0`
/// where the folder has the package's name.
fn package_name(id: &str) -> String {
    let (place, fragment) = id.split_once('#').unwrap_or((id, ""));
    let name = fragment.split_once('@').map(|(name, _)| name);
    name.unwrap_or_else(|| place.rsplit('/').next().unwrap_or(place)).to_owned()
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact(Artifact),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(id: &str, kind: &str, name: &str, test: bool, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///x/{id}","manifest_path":"/x/p/Cargo.toml","target":{{"kind":["{kind}"],"name":"{name}"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
        )
    }

    fn names(messages: &[String]) -> Vec<String> {
        let built = Built::parse(&messages.join("\n")).unwrap();
        built.suites.into_iter().map(|suite| suite.name).collect()
    }

    #[test]
    fn each_kind_of_suite_has_its_name_and_end_to_end_tests_come_last() {
        let messages = [
            artifact("tests#linka-tests@0.1.0", "test", "tidy", true, r#""/t/tidy-1""#),
            artifact("xtask#0.1.0", "bin", "xtask", true, r#""/t/xtask-1""#),
            artifact("crates/rtp#linka-rtp@0.1.0", "test", "no_alloc", true, r#""/t/no_alloc-1""#),
            artifact("crates/rtp#linka-rtp@0.1.0", "lib", "linka_rtp", true, r#""/t/linka_rtp-1""#),
        ];
        let expected = ["linka-rtp", "linka-rtp/no_alloc", "xtask/bin", "linka-tests/tidy"];
        assert_eq!(names(&messages), expected);
    }

    #[test]
    fn libraries_benches_and_build_scripts_are_no_suites() {
        let messages = [
            artifact("crates/rtp#linka-rtp@0.1.0", "lib", "linka_rtp", false, "null"),
            artifact("benches#linka-benches@0.1.0", "bench", "mixer", true, r#""/t/mixer-1""#),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ];
        assert_eq!(names(&messages), [""; 0]);
    }

    #[test]
    fn the_product_is_the_binary_that_is_no_test() {
        let messages = [
            artifact("crates/linka#0.1.0", "bin", "linka", true, r#""/t/linka-1""#),
            artifact("crates/linka#0.1.0", "bin", "linka", false, r#""/t/linka""#),
        ];
        let built = Built::parse(&messages.join("\n")).unwrap();
        assert_eq!(built.linka, Some(PathBuf::from("/t/linka")));
        assert_eq!(built.suites.len(), 1);
    }

    #[test]
    fn a_suite_is_started_in_the_folder_of_its_package() {
        let message = artifact("xtask#0.1.0", "bin", "xtask", true, r#""/t/xtask-1""#);
        let built = Built::parse(&message).unwrap();
        assert_eq!(built.suites.first().map(|suite| suite.folder.clone()), Some("/x/p".into()));
    }

    #[test]
    fn a_package_is_named_by_its_id() {
        assert_eq!(package_name("path+file:///x/crates/sip#linka-sip@0.1.0"), "linka-sip");
        assert_eq!(package_name("path+file:///x/xtask#0.1.0"), "xtask");
    }
}
