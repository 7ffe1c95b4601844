//! bobctl side by side with oras: the same folder to and from the same registry; and with oras and regctl: many links to
//! one image at the same time.
//!
//! Each round pushes into a fresh repository and pulls into a fresh folder, the tools taking turns; the median of the
//! wall time and the highest resident memory are printed with their ratio and the aim. What was pulled is held against
//! what was pushed. `cargo bench --bench peers -- --quick` takes one round of a sixteenth of the content.
//! `cargo bench --bench peers -- links 20` takes the links alone, twenty rounds of them.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run has nothing to report")]
#![expect(clippy::print_stdout, reason = "the table is the result")]

mod content;
mod links;
mod measure;
mod table;

#[path = "../../tests/support"]
#[expect(unreachable_pub, dead_code, unused_imports, reason = "the tests use all of it")]
mod support {
    pub mod leftout;
    pub mod linked;
    pub mod peers;
    pub mod real;
}

use std::path::{Path, PathBuf};
use std::time::Duration;

use content::Folder;
use measure::{Cost, Meter};
use support::peers::peer;
use support::real::{Olareg, OlaregOptions};
use table::Row;

const ROUNDS: usize = 3;
const START_UPS: u32 = 50;
/// Rounds of links, unless told otherwise.
const LINK_ROUNDS: usize = 100;
/// bobctl's memory must not grow with content.
const MEMORY_AIM: u64 = 64 << 20;

/// One of the two tools, and how it is told to do the same.
struct Tool {
    program: PathBuf,
    push: fn(reference: &str, folder: &Path) -> Vec<String>,
    pull: fn(reference: &str, output: &Path) -> Vec<String>,
    /// Where below the output folder the files are after a pull of `folder`.
    pulled: fn(output: &Path, folder: &Path) -> PathBuf,
}

fn main() {
    // `cargo test --benches` runs this file too, but without the flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let quick = std::env::args().any(|argument| argument == "--quick");
    let links = std::env::args().skip_while(|argument| argument != "links").nth(1);
    let rounds = links.as_ref().and_then(|rounds| rounds.parse().ok());
    if links.is_none() {
        compare_content(quick);
    }
    links::compare(rounds.unwrap_or(if quick { 1 } else { LINK_ROUNDS }));
}

fn compare_content(quick: bool) {
    let (Some(oras), Some(time)) = (peer("oras"), peer("time")) else {
        println!("left out: oras or time is missing; `make tools` brings them");
        return;
    };
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder is writable");
    let store = scratch.path().join("store");
    let options = OlaregOptions { store: Some(&store), ..OlaregOptions::default() };
    let Some(registry) = Olareg::start(options) else {
        println!("left out: olareg is missing; `make tools` brings it");
        return;
    };
    let bench = Bench {
        tools: [bobctl(), oras_tool(oras)],
        meter: Meter::new(time, scratch.path()),
        host: registry.host(),
        scratch: scratch.path(),
        rounds: if quick { 1 } else { ROUNDS },
    };
    let share = if quick { 16 } else { 1 };
    let mut rows = bench.compare(&content::mixed(&scratch.path().join("mixed"), (1 << 30) / share), (0.5, 0.4));
    rows.extend(bench.compare(&content::small_files(&scratch.path().join("small"), 50_000 / share), (0.5, 0.5)));
    rows.extend(bench.start_up());
    print!("{}", table::render(&rows));
}

fn bobctl() -> Tool {
    Tool {
        program: PathBuf::from(env!("CARGO_BIN_EXE_bobctl")),
        push: |reference, folder| {
            let folder = folder.display();
            words(&format!(
                "push artifact oci://{reference} --path {folder} --source https://example.com/bench \
                 --revision main@sha1:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 --plain-http"
            ))
        },
        pull: |reference, output| {
            words(&format!("pull artifact oci://{reference} --output {} --plain-http", output.display()))
        },
        pulled: |output, _| output.to_owned(),
    }
}

fn oras_tool(program: PathBuf) -> Tool {
    Tool {
        program,
        // A relative folder, as oras wants it: it is run beside the folder.
        push: |reference, folder| words(&format!("push --plain-http {reference} {}", name(folder))),
        pull: |reference, output| words(&format!("pull --plain-http {reference} --output {}", output.display())),
        pulled: |output, folder| output.join(name(folder)),
    }
}

/// The words of a command line without quotes; a scratch folder's path has no spaces.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn name(folder: &Path) -> &str {
    folder.file_name().and_then(|name| name.to_str()).expect("a plain name")
}

struct Bench<'a> {
    tools: [Tool; 2],
    meter: Meter,
    host: String,
    scratch: &'a Path,
    rounds: usize,
}

impl Bench<'_> {
    /// Pushes and pulls `folder` with both tools in turn; two rows of figures, with the ratios to reach, and memory.
    fn compare(&self, folder: &Folder, aims: (f64, f64)) -> Vec<Row> {
        let mut pushes = [Vec::new(), Vec::new()];
        let mut pulls = [Vec::new(), Vec::new()];
        for round in 0..self.rounds {
            for (index, tool) in self.tools.iter().enumerate() {
                let (push, pull) = self.round_trip(tool, folder, &format!("{index}-{round}"));
                pushes[index].push(push);
                pulls[index].push(pull);
            }
        }
        let what = &folder.title;
        vec![
            Row::time(format!("push {what}"), pushes.each_ref().map(|costs| median(costs)), Some(aims.0)),
            Row::memory(format!("push {what}, memory"), pushes.each_ref().map(|costs| peak(costs)), Some(MEMORY_AIM)),
            Row::time(format!("pull {what}"), pulls.each_ref().map(|costs| median(costs)), Some(aims.1)),
            Row::memory(format!("pull {what}, memory"), pulls.each_ref().map(|costs| peak(costs)), Some(MEMORY_AIM)),
        ]
    }

    fn round_trip(&self, tool: &Tool, folder: &Folder, id: &str) -> (Cost, Cost) {
        let name = name(&folder.path);
        let reference = format!("{}/bench/{name}-{id}:1", self.host);
        let output = self.scratch.join(format!("{name}-{id}"));
        let push = self.meter.run(&tool.program, &(tool.push)(&reference, &folder.path));
        let pull = self.meter.run(&tool.program, &(tool.pull)(&reference, &output));
        let pulled = (tool.pulled)(&output, &folder.path);
        assert_eq!(content::listing(&pulled), content::listing(&folder.path), "{id} pulled something else");
        (push, pull)
    }

    /// What it costs to start each tool: processor time and memory of `version`.
    fn start_up(&self) -> Vec<Row> {
        let costs = self.tools.each_ref().map(|tool| self.meter.repeat(&tool.program, "version", START_UPS));
        vec![
            Row::time("start, processor time".to_owned(), costs.map(|cost| cost.processor / START_UPS), None),
            Row::memory("start, memory".to_owned(), costs.map(|cost| cost.memory), None),
        ]
    }
}

fn median(costs: &[Cost]) -> Duration {
    let mut walls: Vec<Duration> = costs.iter().map(|cost| cost.wall).collect();
    walls.sort_unstable();
    walls[walls.len() / 2]
}

fn peak(costs: &[Cost]) -> u64 {
    costs.iter().map(|cost| cost.memory).max().unwrap_or(0)
}
