//! A folder and its content layer, config and manifest (`artifact.md` 2 to 5).

pub mod name;
pub mod pack;
pub mod place;
pub mod unpack;
