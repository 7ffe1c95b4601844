//! Packing: one job against all cores, on content like that of profiles.
//!
//! `cargo bench --bench pack`

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io, thread};

use bobctl::artifact::pack::{Input, Options, pack, plan};
use criterion::{BenchmarkId, Criterion, Throughput};

/// How many files there are, and how large each one is, in bytes.
const SHAPES: [(&str, usize, usize); 2] = [("many small files", 4_000, 4 << 10), ("few large files", 4, 12 << 20)];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    for (name, files, size) in SHAPES {
        shape(&mut criterion, name, files, size)?;
    }
    criterion.final_summary();
    Ok(())
}

fn shape(criterion: &mut Criterion, name: &str, files: usize, size: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for number in 0..files {
        write_profile(&folder.path().join(format!("{number}.yaml")), number, size)?;
    }
    let plan = plan(&Input::Path(folder.path().to_owned()), &Options::default())?;
    // Once with its error shown: the loop below measures whatever it gets.
    pack(&plan, 1, &mut io::sink(), &|_| {})?;
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(plan.total_size()));
    let cores = thread::available_parallelism()?.get();
    for jobs in [1, cores] {
        group.bench_function(BenchmarkId::from_parameter(format!("{jobs} jobs")), |bencher| {
            bencher.iter(|| pack(&plan, jobs, &mut io::sink(), &|_| {}));
        });
    }
    group.finish();
    Ok(())
}

/// A file of about `size` bytes that compresses as profiles do.
fn write_profile(path: &Path, seed: usize, size: usize) -> Result<()> {
    let mut text = String::from("kind: ApplicationProfile\nspec:\n  opens:\n");
    let mut state = seed;
    while text.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (library, version) = (state >> 40, state >> 61);
        write!(
            text,
            "  - path: /usr/lib/x86_64-linux-gnu/lib{library:x}.so.{version}\n    flags: [O_RDONLY, O_CLOEXEC]\n"
        )?;
    }
    Ok(fs::write(path, text)?)
}
