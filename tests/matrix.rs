//! Every verb meets every fault that can strike a request it makes. For each pair: the right exit code, nothing half done,
//! no referrer lost, no secret shown.
//!
//! With `MATRIX=text` only the combinations are tried whose name has that text.
//!
//! [`verbs`] and [`faults`] are the table's data, [`ground`] is what a case runs on, and [`judge`] says what is wrong.

mod faults;
mod ground;
mod judge;
mod verbs;
mod what;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use self::faults::{APART, Fault, faults};
use self::ground::{Ground, Outcome, SECRETS, Stock};
use self::judge::Calm;
use self::verbs::{Verb, verbs};
use self::what::What;
use crate::support::sandbox::Run;

/// Most of a case's time is spent in pauses between attempts.
const AT_ONCE: usize = 32;
/// How long the whole table may take on two quiet cores.
const LONGEST: Duration = Duration::from_secs(120);

/// One combination.
struct Case<'a> {
    verb: &'a Verb,
    fault: &'a Fault,
    strikes: What,
    code: i32,
    number: usize,
}

impl Case<'_> {
    fn name(&self) -> String {
        format!("{} × {} at {:?}", self.verb.name, self.fault.name, self.strikes)
    }

    /// What is wrong with it; nothing when all is well.
    fn complaints(&self, stock: &Stock, calm: &Calm) -> Option<String> {
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let ground = Ground::new(stock, self.verb, (self.fault.bearer(self.number), self.fault.tls));
            let hits = ground.strike(self.fault, self.strikes);
            let before = Outcome::of(&ground, "");
            let run = ground.run(self.fault.idle);
            let mut found = judge::complaints(self, &run, (&before, &Outcome::of(&ground, run.stdout())), calm);
            if hits.get() == 0 {
                found.push("the fault never struck".to_owned());
            }
            (!found.is_empty()).then(|| shown(&found, &run, &ground))
        }));
        judged.unwrap_or_else(|_| Some("it panicked: see above".to_owned()))
    }
}

fn shown(found: &[String], run: &Run, ground: &Ground<'_>) -> String {
    let mut text = String::new();
    for complaint in found {
        writeln!(text, "- {complaint}").unwrap();
    }
    write!(text, "{run:?}\n{}", ground.log()).unwrap();
    text.replace("\\n", "\n")
}

/// Run `work` on each of `items`, many at once, and collect what it says.
fn each<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let (queue, done) = (Mutex::new(items.iter().enumerate()), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((number, item)) = queue.lock().unwrap().next() else { return };
                    let said = work(item);
                    done.lock().unwrap().insert(number, said);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was tried, and how long it took")]
fn every_verb_meets_every_fault() {
    let start = Instant::now();
    let (stock, verbs, faults) = (Stock::new(), verbs(), faults());
    let calm = each(&verbs, |verb| {
        let ground = Ground::new(&stock, verb, (true, false));
        let run = ground.run(None);
        Calm::of(verb, &run, &ground)
    });
    let wrong: Vec<String> = calm.iter().filter_map(|calm| calm.as_ref().err().cloned()).collect();
    assert!(wrong.is_empty(), "without any fault:\n{}", wrong.join("\n"));
    let calm: Vec<Calm> = calm.into_iter().map(Result::unwrap).collect();
    let cases = cases(&verbs, &faults);
    assert!(cases.len() >= 300, "{} combinations", cases.len());
    let only = std::env::var("MATRIX").unwrap_or_default();
    let found = each(&cases, |case| {
        let calm = calm.iter().zip(&verbs).find(|(_, verb)| verb.name == case.verb.name).map(|(calm, _)| calm);
        let chosen = case.name().contains(&only);
        chosen
            .then(|| case.complaints(&stock, calm.unwrap()))
            .flatten()
            .map(|found| format!("{}\n{found}", case.name()))
    });
    let found: Vec<String> = found.into_iter().flatten().collect();
    let (count, took) = (cases.len(), start.elapsed());
    println!("{count} combinations of {} verbs and {} faults in {took:?}", verbs.len(), faults.len());
    assert!(found.is_empty(), "{} of {count} cases failed:\n\n{}", found.len(), found.join("\n"));
    let got = |secret: &&str| stock.storages.iter().any(|storage| storage.log().saw(secret));
    assert_eq!(SECRETS.into_iter().find(got), None, "another host got a secret");
    assert!(took < LONGEST * 3, "{took:?}");
}

fn cases<'a>(verbs: &'a [Verb], faults: &'a [Fault]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for fault in faults {
        for verb in verbs {
            for (strikes, code) in fault.strikes.iter().filter(|(what, _)| verb.asks.contains(what)) {
                let other = fault.but.iter().find(|(name, what, _)| verb.name.starts_with(name) && what == strikes);
                let code = other.map_or(*code, |(_, _, code)| *code);
                if code == APART {
                    continue;
                }
                cases.push(Case { verb, fault, strikes: *strikes, code, number: cases.len() });
            }
        }
    }
    cases
}
