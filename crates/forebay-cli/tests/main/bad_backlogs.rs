//! Paths on which no backlog can be: `serve` and every `forebay backlog` command say what is wrong and what
//! to do, end with 1, and leave everything as it was.
//!
//! What only the kernel can refuse is refused by it: in a namespace of mounts of the program's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Ended, Program, Signal, Start};
use serde_json::Value;

use crate::care::{NOBODY, files, kill};
use crate::start::{PATIENCE, open, serve, wait_for_status};

/// Those that only read.
const LOOKS: [&str; 3] = ["inspect", "verify", "export"];

/// All that are told a path.
const ALL: [&str; 6] = ["serve", "inspect", "verify", "repair", "export", "import"];

/// Makes what is mounted at the first argument read-only, and runs the rest.
const READ_ONLY: &str = r#"
    set -e
    mount --bind "$1" "$1"
    mount -o remount,bind,ro "$1"
    shift
    exec "$@""#;

/// Runs the rest as somebody who may write only where it is allowed.
const WITHOUT_RIGHTS: &str = r#"
    shift
    exec setpriv --bounding-set=-dac_override,-dac_read_search,-fowner "$@""#;

/// Mounts a small disk at the first argument, copies the second to `data` there, if it is something, and
/// fills it up; runs the rest, and prints how `data` was before and after to the third.
const FULL: &str = r#"
    set -e
    disk=$1 source=$2 seen=$3
    shift 3
    mount -t tmpfs -o size=24m tmpfs "$disk"
    if [ -n "$source" ]; then cp -a "$source" "$disk/data"; fi
    cat /dev/zero > "$disk/filler" 2> /dev/null || true
    look() {
        cd "$disk"
        find . -mindepth 1 ! -name filler | sort
        find . -type f ! -name filler -exec sha256sum {} + | sort
        cd - > /dev/null
    }
    look > "$seen.before"
    set +e
    "$@"
    code=$?
    look > "$seen.after"
    exit $code"#;

struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn serve(&self) -> (Program, Client) {
        let backlog = format!("disk:{}", self.data().display());
        open(serve(&["--backlog", &backlog, "--sink", NOBODY]).with_stdout_unread())
    }

    /// A backlog with these events in it, that nobody uses.
    fn filled(bodies: &[String]) -> Self {
        let setup = Self::new();
        let (program, client) = setup.serve();
        for body in bodies {
            assert_eq!(client.post_json(body).status, 202);
        }
        kill(program);
        setup
    }

    /// A file with one event in it, to be imported.
    fn to_import(&self) -> PathBuf {
        let file = self.path("events.ndjson");
        let id = "01939f6e-0000-7000-8000-000000000001";
        let line =
            format!("{{\"id\":\"{id}\",\"received_at_ms\":1,\"attributes\":{{}},\"body\":1}}\n");
        fs::write(&file, line).expect("it can be written");
        file
    }

    /// What a command is given on the command line.
    fn arguments(&self, what: &str, path: &Path) -> Vec<String> {
        let path = path.display().to_string();
        let backlog = format!("disk:{path}");
        let given: Vec<&str> = match what {
            "serve" => {
                vec!["serve", "--listen", "127.0.0.1:0", "--sink", NOBODY, "--backlog", &backlog]
            }
            "check" => vec!["serve", "--check", "--sink", NOBODY, "--backlog", &backlog],
            "import" => {
                let file = self.to_import().display().to_string();
                return ["backlog", "import", &path, &file].map(str::to_owned).into();
            }
            what => vec!["backlog", what, &path],
        };
        given.into_iter().map(str::to_owned).collect()
    }

    fn run(&self, what: &str, path: &Path) -> Ended {
        Start::new(env!("CARGO_BIN_EXE_forebay"))
            .args(self.arguments(what, path))
            .start()
            .wait(PATIENCE)
    }

    /// The same, by a script that is told `before`, and in a namespace of mounts that ends with it.
    fn run_by(&self, script: &str, before: &[&str], what: &str, path: &Path) -> Ended {
        let mut args = vec!["--mount"];
        if !is_root() {
            args.push("--map-root-user");
        }
        args.extend(["sh", "-c", script, "sh"]);
        args.extend(before);
        args.push(env!("CARGO_BIN_EXE_forebay"));
        Start::new("unshare").args(args).args(self.arguments(what, path)).start().wait(PATIENCE)
    }
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// It ended with 1, and said all of this.
fn refused(what: &str, ended: &Ended, parts: &[&str]) {
    let Ended { stdout, stderr, .. } = ended;
    assert_eq!(ended.code, Some(1), "{what}: {stdout}{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{what}: {part:?} is not in:\n{stderr}");
    }
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
}

#[test]
fn a_path_that_is_no_folder_is_named_by_every_command() {
    let setup = Setup::new();
    fs::write(setup.data(), "text").expect("it can be written");
    for what in ALL {
        let ended = setup.run(what, &setup.data());
        refused(what, &ended, &["is not a folder", "give the backlog a folder of its own"]);
        assert_eq!(fs::read(setup.data()).expect("it is there"), b"text", "{what}");
    }
}

#[test]
fn on_a_read_only_file_system_a_backlog_can_be_read_and_nothing_else() {
    let setup = Setup::filled(&["[1,2,3]".to_owned()]);
    let (data, before) = (setup.data(), files(&setup.data()));
    let place = data.display().to_string();
    for what in ALL {
        let ended = setup.run_by(READ_ONLY, &[&place], what, &data);
        match LOOKS.contains(&what) {
            true => assert_eq!(ended.code, Some(0), "{what}: {}", ended.stderr),
            false => refused(what, &ended, &[&place, "Read-only", "mount it for writing"]),
        }
        assert_eq!(files(&data), before, "{what} has touched something");
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let setup = Setup::filled(&["[1,2,3]".to_owned()]);
    let (data, before) = (setup.data(), files(&setup.data()));
    let place = data.display().to_string();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    set(&data.join("lock"), 0o444);
    set(&data, 0o555);
    for what in ["serve", "repair", "import"] {
        let ended = setup.run_by(WITHOUT_RIGHTS, &[&place], what, &data);
        refused(what, &ended, &[&place, "Permission denied", "the user that forebay runs as"]);
        assert_eq!(files(&data), before, "{what} has touched something");
    }
    // And one that is to be made where nothing may be.
    let new = data.join("new");
    let ended = setup.run_by(WITHOUT_RIGHTS, &[&place], "serve", &new);
    refused("serve", &ended, &["cannot be made", "Permission denied"]);
    set(&data, 0o755);
}

#[test]
fn on_a_full_disk_no_backlog_is_begun_and_nothing_is_left_of_the_attempt() {
    for what in ["serve", "import"] {
        let setup = Setup::new();
        let disk = setup.path("disk");
        fs::create_dir(&disk).expect("it can be made");
        let (place, seen) = (disk.display().to_string(), setup.path("seen").display().to_string());
        let ended = setup.run_by(FULL, &[&place, "", &seen], what, &disk.join("data"));
        refused(what, &ended, &["No space left", "make room there"]);
        assert_eq!(looks(&setup), (String::new(), String::new()), "{what}");
    }
}

/// `serve --check` said that it could be made there.
#[test]
fn a_check_says_that_the_disk_is_too_full_for_a_backlog_to_be_begun() {
    let setup = Setup::new();
    let disk = setup.path("disk");
    fs::create_dir(&disk).expect("it can be made");
    let (place, seen) = (disk.display().to_string(), setup.path("seen").display().to_string());
    let ended = setup.run_by(FULL, &[&place, "", &seen], "check", &disk.join("data"));
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let told = ended.stderr.lines().find(|line| line.starts_with("wrong  backlog of default"));
    assert!(told.is_some_and(|line| line.contains("No space left")), "{}", ended.stderr);
    assert!(ended.stderr.contains("do: make room there"), "{}", ended.stderr);
    assert_eq!(looks(&setup), (String::new(), String::new()));
}

#[test]
fn a_damaged_backlog_is_not_repaired_on_a_full_disk_and_stays_as_it_is() {
    let setup = Setup::filled(&["1".to_owned(), "\"damage me\"".to_owned(), "2".to_owned()]);
    crate::care::damage(&setup.data());
    let disk = setup.path("disk");
    fs::create_dir(&disk).expect("it can be made");
    let [place, source, seen] =
        [disk.clone(), setup.data(), setup.path("seen")].map(|path| path.display().to_string());
    let ended = setup.run_by(FULL, &[&place, &source, &seen], "repair", &disk.join("data"));
    refused("repair", &ended, &["No space left", "make room there", "nothing was touched"]);
    let (before, after) = looks(&setup);
    assert!(before.contains(".log"), "{before}");
    assert_eq!(before, after);
}

/// How it was before and after.
fn looks(setup: &Setup) -> (String, String) {
    let look =
        |name: &str| fs::read_to_string(setup.path(name)).expect("the script has written it");
    (look("seen.before"), look("seen.after"))
}

#[test]
fn a_backlog_of_a_newer_version_is_refused_by_every_command_and_left_as_it_is() {
    let setup = Setup::filled(&["[1,2,3]".to_owned()]);
    let file = setup.data().join("forebay-data");
    let text =
        fs::read_to_string(&file).expect("it says what it is").replace("format 1", "format 9");
    let said = text.split("check ").next().expect("there is a text");
    fs::write(&file, format!("{said}check {:08x}\n", crc32c(said.as_bytes()))).expect("it is ours");
    let before = files(&setup.data());
    for what in ALL {
        let ended = setup.run(what, &setup.data());
        refused(what, &ended, &["has format 9", "knows up to 1", "or a newer one"]);
        assert_eq!(files(&setup.data()), before, "{what} has touched something");
    }
}

/// CRC-32C, bit by bit: apart from the code that it checks.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82F6_3B78 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

#[test]
fn a_backlog_in_use_is_not_opened_by_another_and_its_owner_goes_on() {
    let setup = Setup::new();
    let (program, client) = setup.serve();
    let before = files(&setup.data());
    for what in ["serve", "repair", "import"] {
        let ended = setup.run(what, &setup.data());
        refused(what, &ended, &["is in use by another process"]);
        assert_eq!(files(&setup.data()), before, "{what} has touched something");
    }
    assert_eq!(client.post_json("[1,2]").status, 202);
    assert_eq!(client.status()["waiting"], 2);
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
}

/// Events of 200 KB in all, so that some of them need more than one segment.
fn many() -> Vec<String> {
    let event = format!("\"{}\"", "x".repeat(20_000));
    (0..30).map(|_| format!("[{}]", [event.as_str(); 10].join(","))).collect()
}

#[test]
fn a_backlog_of_which_files_were_deleted_is_told_and_the_rest_of_it_is_delivered() {
    let setup = Setup::filled(&many());
    fs::remove_file(setup.data().join("0000000000000001.log")).expect("it was there");
    let before = files(&setup.data());
    let verify = setup.run("verify", &setup.data());
    refused("verify", &verify, &["files of it are gone", "forebay backlog repair"]);
    assert!(verify.stdout.contains("missing: 0000000000000001.log"), "{}", verify.stdout);
    let inspect = setup.run("inspect", &setup.data());
    assert!(inspect.stdout.contains("missing      1 files"), "{}", inspect.stdout);
    assert_eq!(files(&setup.data()), before, "something was touched");

    let (program, client) = setup.serve();
    let status = wait_for_status(&program, &client, |status| status["damaged"] == 1);
    let [waiting, dropped] = ["waiting", "dropped"].map(|name| status[name].as_u64());
    assert!(waiting > Some(0) && dropped > Some(0), "{status}");
    kill(program);
    let repair = setup.run("repair", &setup.data());
    assert_eq!(repair.code, Some(0), "{}", repair.stderr);
    assert_eq!(setup.run("verify", &setup.data()).code, Some(0));
}

#[test]
fn a_backlog_that_lost_all_its_segments_is_not_taken_for_a_new_one() {
    let setup = Setup::new();
    let (program, client) = setup.serve();
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    while !setup.data().join("newest").exists() {
        assert!(program.runs_for(Duration::from_millis(5)), "it ended");
    }
    kill(program);
    for (file, _) in files(&setup.data()) {
        if file.extension().is_some_and(|its| its == "log") {
            fs::remove_file(file).expect("it was there");
        }
    }
    let before = files(&setup.data());
    let verify = setup.run("verify", &setup.data());
    refused("verify", &verify, &["files of it are gone", "forebay backlog repair"]);
    assert!(verify.stdout.contains("missing: 0000000000000001.log"), "{}", verify.stdout);
    assert_eq!(files(&setup.data()), before, "something was touched");

    let (program, client) = setup.serve();
    let said = program.stderr().wait_for(PATIENCE, |line| line.contains("missing_segments=1"));
    let said = said.expect("it says what is wrong");
    for part in ["files of the backlog are gone", "verify names them", "from a copy of the folder"]
    {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert_eq!(client.status()["damaged"], 1, "{}", client.status());
    // Told until something new is there.
    assert_eq!(client.post_json("4").status, 202);
    kill(program);
    assert_eq!(setup.run("verify", &setup.data()).code, Some(0));
}

#[test]
fn a_backlog_without_the_file_that_says_so_is_known_by_its_segments() {
    let setup = Setup::filled(&["[1,2,3]".to_owned()]);
    fs::remove_file(setup.data().join("forebay-data")).expect("it was there");
    let before = files(&setup.data());
    for what in LOOKS {
        let ended = setup.run(what, &setup.data());
        assert_eq!(ended.code, Some(0), "{what}: {}", ended.stderr);
        assert_eq!(files(&setup.data()), before, "{what} has touched something");
    }
    let (program, client) = setup.serve();
    let status: Value = client.status();
    assert_eq!((&status["waiting"], &status["damaged"]), (&3.into(), &0.into()), "{status}");
    assert!(setup.data().join("forebay-data").is_file());
    kill(program);
}
