//! What the integration tests stand on: a place to run the program in, and a registry that fails on request.

pub mod client;
pub mod cutter;
pub mod fault;
pub mod leftout;
pub mod linked;
pub mod peers;
pub mod real;
#[cfg(feature = "cluster")]
pub mod recorder;
pub mod sandbox;
pub mod shown;
pub mod source;
pub mod story;
