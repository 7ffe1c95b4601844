//! A tree that grows level by level, each manifest once with what is below it, and no further than the bounds.

use std::collections::HashSet;

use super::super::attached::{Attached, By};
use super::{MAX_DEPTH, Node};
use crate::oci::{Descriptor, Digest, Reference, annotation, media_type};

/// How many nodes a tree may have (HTTP-80).
pub(super) const MAX_NODES: usize = 10_000;
/// How many bytes of annotations a tree may carry.
pub(super) const MAX_TEXT: usize = 64 << 20;
/// How many indexes may be nested (SEC-5).
const MAX_NESTING: usize = 8;

/// A node whose lists are to be asked for.
#[derive(Debug, Clone)]
pub(super) struct Bud {
    /// The node's place; `None` is the root.
    at: Option<usize>,
    pub(super) digest: Digest,
    /// How many referrers lie between it and the root, itself included.
    depth: usize,
    /// How many indexes lie directly above it.
    nesting: usize,
    /// Whether it is an index whose entries are not known yet.
    pub(super) closed_index: bool,
    /// What it was listed as a referrer of.
    pub(super) subject: Option<Digest>,
}

impl Bud {
    /// The root, whose document is known.
    pub(super) fn root(digest: &Digest) -> Self {
        Self { at: None, digest: digest.clone(), depth: 0, nesting: 0, closed_index: false, subject: None }
    }
}

/// A node, and where it belongs.
struct Grown {
    node: Node,
    parent: Option<usize>,
    is_platform: bool,
}

/// The tree while it grows.
pub(super) struct Growth<'a> {
    reference: &'a Reference,
    root: Node,
    /// In the order in which they were found, so that each comes after its parent.
    grown: Vec<Grown>,
    seen: HashSet<Digest>,
    buds: Vec<Bud>,
    max_depth: usize,
    text: usize,
    full: bool,
    /// The bounds that were reached, in words.
    bounds: Vec<String>,
}

impl<'a> Growth<'a> {
    pub(super) fn new(reference: &'a Reference, root: Descriptor, max_depth: usize) -> Self {
        let bud = Bud::root(&root.digest);
        let seen = HashSet::from([root.digest.clone()]);
        let root = node(reference, root);
        let (grown, buds, bounds) = (Vec::new(), vec![bud], Vec::new());
        Self { reference, root, grown, seen, buds, max_depth, text: 0, full: false, bounds }
    }

    /// The nodes that were added since this was last asked, and are to be looked at; none when there is no room for more.
    pub(super) fn buds(&mut self) -> Vec<Bud> {
        let buds = std::mem::take(&mut self.buds);
        if self.full { Vec::new() } else { buds }
    }

    /// What is attached to a node, as listed.
    pub(super) fn add_attached(&mut self, parent: &Bud, attached: Vec<Attached>) {
        self.node_at(parent.at).referrers.get_or_insert_default();
        for attached in attached {
            let signature = attached.is_signature();
            let Attached { descriptor, by } = attached;
            let mut bud = self.bud(&descriptor, parent.depth + 1, 0);
            if matches!(by, By::List(_)) {
                bud.subject = Some(parent.digest.clone());
            } else {
                // Cosign keeps no indexes there.
                bud.closed_index = false;
            }
            let new = Node { listed: Some(by), signature, ..node(self.reference, descriptor) };
            if !self.add(parent, new, false, bud) {
                return;
            }
        }
    }

    /// The entries of the index that a node is.
    pub(super) fn add_platforms(&mut self, parent: &Bud, entries: Vec<Descriptor>) {
        for entry in entries {
            let bud = self.bud(&entry, parent.depth, parent.nesting + 1);
            let platform = entry.platform.as_ref().map(ToString::to_string);
            let new = Node { platform, ..node(self.reference, entry) };
            if !self.add(parent, new, true, bud) {
                return;
            }
        }
    }

    fn bud(&mut self, of: &Descriptor, depth: usize, nesting: usize) -> Bud {
        let mut closed_index = media_type::is_index(&of.media_type);
        if closed_index && nesting >= MAX_NESTING {
            closed_index = false;
            self.reached(format!("indexes are nested more than {MAX_NESTING} deep; those below are not opened"));
        }
        let at = Some(self.grown.len());
        Bud { at, digest: of.digest.clone(), depth, nesting, closed_index, subject: None }
    }

    /// Whether there was room for it.
    fn add(&mut self, parent: &Bud, mut new: Node, is_platform: bool, bud: Bud) -> bool {
        let text: usize = new.annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
        if self.grown.len() + 1 >= MAX_NODES {
            self.reached(format!("the tree has more than {MAX_NODES} nodes; the others are left out"));
        } else if self.text + text > MAX_TEXT {
            self.reached(format!("the tree has more than {MAX_TEXT} bytes of annotations; the rest is left out"));
        } else {
            self.text += text;
            new.seen = !self.seen.insert(bud.digest.clone());
            if new.seen {
                // It grows where it was found first.
            } else if bud.depth < self.max_depth {
                self.buds.push(bud);
            } else if bud.depth >= MAX_DEPTH {
                self.reached(format!("referrers more than {MAX_DEPTH} levels deep are not looked for"));
            }
            self.grown.push(Grown { node: new, parent: parent.at, is_platform });
            return true;
        }
        self.full = true;
        false
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    fn reached(&mut self, bound: String) {
        if !self.bounds.contains(&bound) {
            self.bounds.push(bound);
        }
    }

    /// The bounds that were reached, in words.
    pub(super) fn bounds_reached(&self) -> Vec<String> {
        self.bounds.clone()
    }

    fn node_at(&mut self, at: Option<usize>) -> &mut Node {
        match at {
            Some(at) => &mut self.grown[at].node,
            None => &mut self.root,
        }
    }

    /// The root with everything below it, in the order in which it was listed.
    pub(super) fn into_tree(mut self) -> Node {
        // Every node is complete when it comes off the end, and its lists are the wrong way round.
        while let Some(Grown { mut node, parent, is_platform }) = self.grown.pop() {
            turn(&mut node);
            let parent = self.node_at(parent);
            if is_platform {
                parent.platforms.push(node);
            } else {
                parent.referrers.get_or_insert_default().push(node);
            }
        }
        turn(&mut self.root);
        self.root
    }
}

fn turn(node: &mut Node) {
    node.platforms.reverse();
    if let Some(referrers) = &mut node.referrers {
        referrers.reverse();
    }
}

/// A node as its descriptor shows it.
fn node(reference: &Reference, descriptor: Descriptor) -> Node {
    Node {
        reference: reference.at(&descriptor.digest),
        created: annotation::created(&descriptor.annotations).map(str::to_owned),
        digest: descriptor.digest,
        media_type: descriptor.media_type,
        artifact_type: descriptor.artifact_type,
        size: descriptor.size,
        platform: None,
        listed: None,
        signature: false,
        seen: false,
        annotations: descriptor.annotations,
        platforms: Vec::new(),
        referrers: None,
    }
}
