//! Several runs at one output.

use super::*;

#[test]
fn the_first_of_two_pulls_wins() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("new/out");
    let one = staged(&output, &KEEP, "one");
    let two = staged(&output, &KEEP, "two");
    two.commit().unwrap();
    assert!(matches!(one.commit(), Err(PlaceError::NotEmpty { .. })));
    assert_eq!((content(&output).as_str(), names(&temp.path().join("new"))), ("two", vec!["out".to_owned()]));
}

#[test]
fn what_came_into_the_output_meanwhile_is_kept() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let staging = staged(&output, &KEEP, "new");
    folder_with(&output, "theirs");
    assert!(matches!(staging.commit(), Err(PlaceError::NotEmpty { .. })));
    let staging = staged(&output, &REPLACE, "new");
    fs::create_dir(output.join(".git")).unwrap();
    assert!(matches!(staging.commit(), Err(PlaceError::Refused { .. })));
    assert_eq!((content(&output).as_str(), names(temp.path())), ("theirs", vec!["out".to_owned()]));
}

#[test]
fn the_staging_folder_of_a_living_run_is_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let one = staged(&output, &KEEP, "one");
    let two = staged(&output, &REPLACE, "two");
    assert_eq!(names(temp.path()).len(), 2);
    one.commit().unwrap();
    two.commit().unwrap();
    assert_eq!((content(&output).as_str(), names(temp.path())), ("two", vec!["out".to_owned()]));
}

/// Many at once, by either way of replacing: each succeeds or says why, the output is always one run's whole content.
#[test]
fn many_replace_one_folder() {
    for exchange in [swap::exchange as swap::Exchange, no_exchange] {
        let temp = tempfile::tempdir().unwrap();
        let output = temp.path().join("deep/out");
        let done = std::thread::scope(|scope| {
            let run = |number: usize| {
                let output = &output;
                scope.spawn(move || {
                    let turns = (0..25).map(|turn| {
                        let mut staging = Staging::prepare(output, &REPLACE)?;
                        staging.exchange = exchange;
                        for file in 0..5 {
                            fs::write(staging.path().join(file.to_string()), format!("{number} {turn}")).unwrap();
                        }
                        staging.commit()
                    });
                    turns.flatten().count()
                })
            };
            let runs: Vec<_> = (0..4).map(run).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum::<usize>()
        });
        assert!(done > 0);
        let contents: Vec<_> = (0..5).map(|file| fs::read_to_string(output.join(file.to_string())).unwrap()).collect();
        assert!(contents.iter().all(|content| *content == contents[0]), "{contents:?}");
        // What runs have left that were in each other's way, the next one removes.
        drop(Staging::prepare(&output, &REPLACE).unwrap());
        assert_eq!(names(&temp.path().join("deep")), ["out"]);
    }
}
