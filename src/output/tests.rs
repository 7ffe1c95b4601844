//! What reaches which stream.

use std::sync::Arc;

use super::*;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn said(settings: Settings, act: impl FnOnce(&Ui)) -> (String, String) {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    act(&Ui::new(Box::new(stdout.clone()), Box::new(stderr.clone()), settings));
    let text = |buffer: &Buffer| String::from_utf8(lock(&buffer.0).clone()).unwrap();
    (text(&stdout), text(&stderr))
}

fn failure() -> ErrorReport {
    ErrorReport {
        kind: "not-found",
        message: "no such\x1b tag".to_owned(),
        causes: vec!["because".to_owned()],
        hint: Some("look".to_owned()),
        registry: Some(RegistryAnswer { status: 404, code: None }),
        retryable: false,
    }
}

#[test]
fn the_result_goes_to_stdout_and_everything_else_to_stderr() {
    let (stdout, stderr) = said(Settings::default(), |ui| {
        ui.warning("careful");
        ui.note("by the way");
        ui.detail("not asked for");
        ui.result(&[1, 2], |_| "done".to_owned()).unwrap();
    });
    assert_eq!(stdout, "done\n");
    assert_eq!(stderr, "warning: careful\nnote: by the way\n");
}

#[test]
fn quiet_keeps_the_result_and_the_error() {
    let (stdout, stderr) = said(Settings { level: Level::Quiet, ..Settings::default() }, |ui| {
        ui.warning("careful");
        ui.result(&1, |_| "done".to_owned()).unwrap();
        ui.error(&failure());
    });
    assert_eq!(stdout, "done\n");
    assert_eq!(stderr, "error: no such\\u{1b} tag\n  because\nhint: look\n");
}

#[test]
fn one_document_in_each_format() {
    #[derive(Serialize)]
    struct Answer {
        yes: &'static str,
    }
    let print = |format| {
        said(Settings { format, ..Settings::default() }, |ui| {
            ui.result(&Answer { yes: "no" }, |_| String::new()).unwrap();
        })
        .0
    };
    assert_eq!(print(Format::Text), "");
    assert_eq!(print(Format::Json), "{\n  \"yes\": \"no\"\n}\n");
    assert_eq!(print(Format::Yaml), "\"yes\": \"no\"\n");
    let long = "a-digest-and-more ".repeat(20);
    let (printed, _) = said(Settings { format: Format::Yaml, ..Settings::default() }, |ui| {
        ui.result(&[&long], |_| String::new()).unwrap();
    });
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[test]
fn json_holds_nothing_that_a_terminal_acts_on_and_means_the_same() {
    let text = "a\u{1b}[2J\u{7f}\u{9b}31m\u{202e}b ü";
    let (printed, _) = said(Settings { format: Format::Json, ..Settings::default() }, |ui| {
        ui.result(&[text], |_| String::new()).unwrap();
    });
    assert_eq!(printed, "[\n  \"a\\u001b[2J\\u007f\\u009b31m\\u202eb ü\"\n]\n");
    assert_eq!(serde_json::from_str::<Vec<String>>(&printed).unwrap(), [text]);
}

#[test]
fn an_error_in_json_is_one_object_on_stderr() {
    let (_, stderr) = said(Settings { format: Format::Json, ..Settings::default() }, |ui| ui.error(&failure()));
    let value: serde_json::Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(value["registry"]["status"], 404);
    assert_eq!(value["kind"], "not-found");
}

#[test]
fn each_level_says_more_than_the_one_before() {
    let said = |level| {
        let settings = Settings { level, ..Settings::default() };
        let (_, stderr) = said(settings, |ui| {
            ui.warning("careful");
            ui.detail("by the way");
            ui.trace("#1 > GET\x1b");
        });
        stderr
    };
    assert_eq!(said(Level::Quiet), "");
    assert_eq!(said(Level::Normal), "warning: careful\n");
    assert_eq!(said(Level::Verbose), "warning: careful\ndetail: by the way\n");
    assert_eq!(said(Level::Trace), "warning: careful\ndetail: by the way\n#1 > GET\\u{1b}\n");
}
