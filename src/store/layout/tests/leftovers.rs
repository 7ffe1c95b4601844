//! What killed processes leave behind.

use std::time::SystemTime;

use super::*;

const MINUTE: u64 = 60;

/// A file in the layout that nobody wrote to for `age`.
fn aged(sandbox: &Sandbox, name: &str, age: Duration) {
    let path = sandbox.path().join(name);
    fs::write(&path, "half").unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn old_files_of_killed_processes_go_with_the_next_change_and_nothing_else_does() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let [day, hour_and_more, hour_nearly] = [24 * 60, 61, 59].map(|minutes| Duration::from_secs(minutes * MINUTE));
    for (name, age) in [
        (".bobctl-old.tmp", day),
        (".bobctl-just.tmp", hour_and_more),
        (".bobctl-young.tmp", hour_nearly),
        (".other-old.tmp", day),
        (".bobctl-old.txt", day),
        ("notes.tmp", day),
    ] {
        aged(&sandbox, name, age);
    }
    fs::create_dir(sandbox.path().join(".bobctl-folder.tmp")).unwrap();
    symlink(sandbox.path().join("notes.tmp"), sandbox.path().join(".bobctl-link.tmp")).unwrap();

    let names = || {
        let entries = sandbox.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.filter(|name| name.contains(".t")).collect();
        names.sort();
        names
    };
    sandbox.layout.manifest(&version("v1")).await.unwrap();
    assert_eq!(names().len(), 8, "reading removes nothing");
    sandbox.layout.write_manifest(&manifest, Some(&tag("v2"))).await.unwrap();
    let left = [
        ".bobctl-folder.tmp",
        ".bobctl-link.tmp",
        ".bobctl-old.txt",
        ".bobctl-young.tmp",
        ".other-old.tmp",
        "notes.tmp",
    ];
    assert_eq!(names(), left);
    assert_eq!(sandbox.names(), ["v1", "v2"]);
}
