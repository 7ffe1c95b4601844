//! What a command costs: wall time, processor time, memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The cost of one command.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    /// User and system time together.
    pub(super) processor: Duration,
    /// The largest resident set, in bytes.
    pub(super) memory: u64,
}

/// GNU time, which is small: a child's resident set counts from the fork, so from a large parent it is the parent's.
pub(super) struct Meter {
    time: PathBuf,
    folder: PathBuf,
}

impl Meter {
    /// A meter whose commands run in `folder`.
    pub(super) fn new(time: PathBuf, folder: &Path) -> Self {
        Self { time, folder: folder.to_owned() }
    }

    /// Runs the command once, from a disk that has nothing left to write for the one before.
    pub(super) fn run(&self, program: &Path, arguments: &[String]) -> Cost {
        Command::new("sync").status().expect("sync runs");
        let figures = self.folder.join("figures");
        let mut command = Command::new(&self.time);
        command.current_dir(&self.folder).args(["--format=%U %S %M", "--output"]).arg(&figures);
        let start = Instant::now();
        let output = command.arg(program).args(arguments).output().expect("time runs");
        let wall = start.elapsed();
        assert!(output.status.success(), "{} {arguments:?}: {output:?}", program.display());
        parse(wall, &fs::read_to_string(&figures).expect("time wrote its figures"))
    }

    /// Runs `program argument` so many times; the sum of the times and the largest memory.
    pub(super) fn repeat(&self, program: &Path, argument: &str, times: u32) -> Cost {
        let script =
            format!("i=0; while [ $i -lt {times} ]; do \"$0\" {argument} >/dev/null || exit; i=$((i+1)); done");
        let program = program.display().to_string();
        self.run(Path::new("sh"), &["-c".to_owned(), script, program])
    }
}

fn parse(wall: Duration, figures: &str) -> Cost {
    let numbers: Vec<f64> = figures.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let [user, system, kibibytes] = numbers[..] else { panic!("three figures: {figures}") };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of KiB")]
    let memory = kibibytes as u64 * 1024;
    Cost { wall, processor: Duration::from_secs_f64(user + system), memory }
}
