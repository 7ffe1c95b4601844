//! A folder and its content layer, config and manifest (`artifact.md` 2 to 5).

pub mod place;
pub mod unpack;
