//! A tree of manifests as text.

use std::fmt::Write as _;

use crate::ops::tree::{By, Node};
use crate::output::escape;

/// The parts of the lines that lead to a node, before one with a later sibling and before a last one.
const BRANCH: [&str; 2] = ["├── ", "└── "];
/// The same beside what is below such a node.
const BESIDE: [&str; 2] = ["│   ", "    "];

/// A line a node; with `verbose`, whole digests, and annotations below each node.
pub(super) fn draw(root: &Node, verbose: bool) -> String {
    let mut drawing = Drawing { text: String::new(), verbose };
    drawing.line("", &[escape(&root.reference), what(root)], root);
    drawing.below(root, "");
    drawing.text
}

struct Drawing {
    text: String,
    verbose: bool,
}

impl Drawing {
    fn below(&mut self, node: &Node, beside: &str) {
        let children: Vec<&Node> = node.referrers.iter().flatten().chain(&node.platforms).collect();
        if self.verbose {
            let beside = format!("{beside}{}", BESIDE[usize::from(children.is_empty())]);
            for (key, value) in &node.annotations {
                // Writing to a String cannot fail.
                let _ = writeln!(self.text, "{beside}{}: {}", escape(key), escape(value));
            }
        }
        for (position, child) in children.iter().enumerate() {
            let last = usize::from(position + 1 == children.len());
            let digest = if self.verbose { child.digest.to_string() } else { child.digest.short() };
            self.line(&format!("{beside}{}", BRANCH[last]), &[what(child), digest], child);
            self.below(child, &format!("{beside}{}", BESIDE[last]));
        }
    }

    fn line(&mut self, before: &str, names: &[String], node: &Node) {
        let size = format!("{} B", node.size);
        let created = node.created.as_deref().map(escape);
        let signature = node.signature.then(|| "(signature, not verified)".to_owned());
        let seen = node.seen.then(|| "(shown elsewhere)".to_owned());
        let more = [Some(size), created, signature, seen].into_iter().flatten();
        let cells: Vec<String> = names.iter().cloned().chain(more).collect();
        let _ = writeln!(self.text, "{before}{}", cells.join("  "));
    }
}

/// What a node is: a platform, one of cosign's tags, or a type.
fn what(node: &Node) -> String {
    if let Some(platform) = &node.platform {
        return escape(platform);
    }
    match &node.listed {
        Some(By::CosignTag(tag)) => tag.to_string(),
        _ => escape(node.artifact_type.as_ref().unwrap_or(&node.media_type)),
    }
}
