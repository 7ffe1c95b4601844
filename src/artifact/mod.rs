//! A folder and its content layer, config and manifest (`artifact.md` 2 to 5).
//!
//! `pack` turns a folder into the layer's bytes, `unpack` and `place` a verified layer into a folder; `summary`, `config`,
//! `git` and `provenance` say what it is and where it comes from; `layers` knows what others' layers become; `file` is a
//! file that is a layer as it is; `inside` reads the profiles and values of what was unpacked; `linked` makes the manifest
//! of a link, and `fit` tells whether it belongs to the image. Nothing here speaks HTTP or writes to a terminal.

pub mod config;
pub mod file;
pub mod fit;
pub mod git;
pub mod inside;
pub mod layers;
pub mod linked;
pub mod name;
pub mod pack;
pub mod place;
pub mod provenance;
pub mod summary;
pub mod unpack;
