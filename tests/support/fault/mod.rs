//! A registry inside the test: the distribution specification 1.1 in memory, correct unless told to fail.
//!
//! It listens on a free port of 127.0.0.1, runs on a thread of its own (so plain `#[test]` functions can use it), and
//! is gone when it is dropped. A test fills it, says what shall go wrong, and reads its log:
//!
//! ```ignore
//! let registry = FaultRegistry::start();
//! let digest = registry.put_blob("a", b"content");
//! registry.fault(on(GET).blob().nth(1).cut_after(3));
//! // … pull …
//! assert_eq!(registry.log().requests(), [format!("GET /v2/a/blobs/{digest} 200"), …]);
//! ```

mod answers;
mod auth;
mod blobs;
mod content;
mod log;
mod manifests;
mod message;
mod options;
pub mod quirks;
mod registry;
mod rule;
mod server;
mod tls;
mod uploads;
mod wire;

pub use self::auth::{Account, Auth};
pub use self::log::{Authorization, Listener, Log};
pub use self::message::Request;
pub use self::options::{Builder, Feature};
pub use self::registry::FaultRegistry;
pub use self::rule::{ANY, DELETE, GET, HEAD, PATCH, POST, PUT, Rule, on};
pub use self::wire::{Answer, End, Wire};
