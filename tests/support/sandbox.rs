//! A place to run the program in: a home, a working folder, and an environment in which nothing is left to chance.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bobctl::oci::Digest;
use regex::Regex;
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// No test waits longer for a program.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A folder with `home` and `work` in it, removed when dropped. Relative paths are meant from `work`.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let root = TempDir::with_prefix("bobctl-").expect("a folder for the test");
        let sandbox = Self { root };
        for folder in [sandbox.home(), sandbox.work()] {
            std::fs::create_dir(folder).expect("a folder for the test");
        }
        sandbox
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.work().join(path)
    }

    /// `bobctl` with these arguments.
    pub fn bobctl<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command<'_> {
        self.program(env!("CARGO_BIN_EXE_bobctl"), arguments)
    }

    /// Another program in the same surroundings.
    pub fn program<S: AsRef<OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = S>) -> Command<'_> {
        let mut words = vec![OsString::from(name)];
        words.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        Command {
            sandbox: self,
            words,
            environment: Vec::new(),
            folder: self.work(),
            path: PATH.to_owned(),
            stdin: Vec::new(),
            umask: "022".to_owned(),
            timeout: TIMEOUT,
        }
    }
}

/// Files.
impl Sandbox {
    /// Write a file, and the folders that lead to it.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("the file's folder");
        std::fs::write(path, content).expect("a file");
    }

    /// Let a file be executed.
    pub fn executable(&self, path: impl AsRef<Path>) {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(path), mode).expect("a file of ours");
    }

    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.path(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// One line for each entry below a folder, in order: `0644 values.yaml sha256:44136fa355b3`, `0755 profiles/`,
    /// `link here -> there`.
    pub fn tree(&self, folder: impl AsRef<Path>) -> String {
        let mut listing = String::new();
        list(&self.path(folder), Path::new(""), &mut listing).expect("a folder that can be read");
        listing
    }

    /// A repository in `folder` with all that is there in one commit, and `remote` as its origin. Answers the commit,
    /// which depends on the content alone.
    pub fn git_init(&self, folder: impl AsRef<Path>, remote: &str) -> String {
        let folder = self.path(folder);
        let git = |arguments: &[&str]| {
            let command = self.program("git", arguments).cwd(&folder).env("GIT_CONFIG_NOSYSTEM", "1");
            let who = ["GIT_AUTHOR", "GIT_COMMITTER"].into_iter().fold(command, |command, role| {
                command
                    .env(&format!("{role}_NAME"), "Test")
                    .env(&format!("{role}_EMAIL"), "test@example.org")
                    .env(&format!("{role}_DATE"), "2026-01-02T03:04:05+00:00")
            });
            who.run().ok()
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        git(&["remote", "add", "origin", remote]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--allow-empty", "--message=First"]);
        git(&["rev-parse", "HEAD"]).trim().to_owned()
    }
}

fn list(folder: &Path, name: &Path, listing: &mut String) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        let metadata = entry.metadata()?;
        let (mode, shown) = (metadata.permissions().mode() & 0o7777, name.display());
        let line = if metadata.is_symlink() {
            format!("link {shown} -> {}", std::fs::read_link(&path)?.display())
        } else if metadata.is_dir() {
            format!("{mode:04o} {shown}/")
        } else {
            format!("{mode:04o} {shown} {}", Digest::of(&std::fs::read(&path)?).short())
        };
        writeln!(listing, "{line}").expect("writing to a string");
        if metadata.is_dir() {
            list(&path, &name, listing)?;
        }
    }
    Ok(())
}

/// A program about to be run. Of the environment it sees what stands here and nothing else.
#[must_use]
pub struct Command<'a> {
    sandbox: &'a Sandbox,
    words: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    folder: PathBuf,
    path: String,
    stdin: Vec<u8>,
    umask: String,
    timeout: Duration,
}

impl Command<'_> {
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = self.sandbox.path(folder);
        self
    }

    /// Look for programs here first.
    pub fn path_first(mut self, folder: impl AsRef<Path>) -> Self {
        self.path = format!("{}:{}", self.sandbox.path(folder).display(), self.path);
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// In octal, `022` unless said otherwise.
    pub fn umask(mut self, mask: &str) -> Self {
        mask.clone_into(&mut self.umask);
        self
    }

    /// A program that runs longer is killed, and the test has failed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub fn run(self) -> Run {
        self.spawn().wait()
    }

    /// Start it, and go on meanwhile.
    pub fn spawn(self) -> Running {
        let mut command = std::process::Command::new("/bin/sh");
        command
            .args(["-c", r#"umask "$0" && exec "$@""#, &self.umask])
            .args(&self.words)
            .env_clear()
            .envs([("PATH", self.path.as_str()), ("LC_ALL", "C"), ("TZ", "UTC"), ("COLUMNS", "100")])
            .env("HOME", self.sandbox.home())
            // Else podman's credentials are looked for in a folder of the machine.
            .env("XDG_RUNTIME_DIR", self.sandbox.root.path().join("run"))
            .envs(self.environment)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that a timeout ends its children too.
            .process_group(0);
        let mut child = command.spawn().expect("a shell to start it");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = self.stdin;
        // A program that does not read all of its input is no failure of the test.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
        Running {
            stdout: collect(child.stdout.take().expect("a pipe")),
            stderr: collect(child.stderr.take().expect("a pipe")),
            child,
            until: Instant::now() + self.timeout,
            root: self.sandbox.root.path().to_owned(),
        }
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("what the program printed");
        bytes
    })
}

/// A program that runs.
#[must_use]
pub struct Running {
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    until: Instant,
    root: PathBuf,
}

impl Running {
    /// Press Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// As a power cut ends it: at once, with all it has started, and without a word to any of them.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Waits until `seen`; the test fails when that never comes.
    pub fn until(&self, seen: impl Fn() -> bool) {
        while !seen() {
            assert!(Instant::now() < self.until, "what was waited for has not come");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn wait(mut self) -> Run {
        let status = loop {
            match self.child.try_wait().expect("a child of ours") {
                Some(status) => break Some(status),
                None if Instant::now() > self.until => break None,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        if status.is_none() {
            self.signal(Signal::KILL);
            drop(self.child.wait());
        }
        let text = |bytes: JoinHandle<Vec<u8>>| {
            String::from_utf8(bytes.join().expect("a reader")).expect("the program prints UTF-8")
        };
        let (stdout, stderr) = (text(self.stdout), text(self.stderr));
        let Some(status) = status else { panic!("still running, so killed\nstdout: {stdout}\nstderr: {stderr}") };
        Run { status, stdout, stderr, root: self.root }
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        // It may have ended meanwhile.
        let _gone = rustix::process::kill_process_group(group, signal);
    }
}

/// What a program did.
#[must_use]
#[derive(Debug)]
pub struct Run {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    root: PathBuf,
}

impl Run {
    /// It succeeded, and printed this.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.status.success(), "{}\nstdout: {}\nstderr: {}", self.status, self.stdout, self.stderr);
        self.stdout
    }

    /// It failed with this exit code, and said this on stderr.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        let failed = self.status.code() == Some(code);
        assert!(failed, "{} instead of {code}\nstdout: {}\nstderr: {}", self.status, self.stdout, self.stderr);
        self.stderr
    }

    /// The exit code; `None` when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Exit code, stdout and stderr for a snapshot, with `[ROOT]` for the sandbox and `[PORT]` for ports.
    pub fn snapshot(&self) -> String {
        let Self { status, stdout, stderr, .. } = self;
        let text = format!("{status}\n-- stdout --\n{stdout}-- stderr --\n{stderr}");
        let text = text.replace(&*self.root.to_string_lossy(), "[ROOT]");
        let ports = Regex::new(r"(127\.0\.0\.1|localhost|\[::1\]):[0-9]+").expect("a pattern");
        ports.replace_all(&text, "$1:[PORT]").into_owned()
    }

    /// As [`Run::snapshot`], with `[DIGEST]` for every digest, short ones too.
    pub fn snapshot_without_digests(&self) -> String {
        let digests = Regex::new(r"sha(256|512):[0-9a-f]{12,128}").expect("a pattern");
        digests.replace_all(&self.snapshot(), "[DIGEST]").into_owned()
    }
}
