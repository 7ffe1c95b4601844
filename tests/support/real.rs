//! Real registries and a real proxy, each a process of its own on a free loopback port.
//!
//! A registry is ready when its launcher returns, and is killed and reaped when it is dropped. So it belongs into a
//! local variable of the test: a `static` is never dropped. What it logs is shown when the test fails.

mod docker_registry;
mod http;
#[cfg(feature = "cluster")]
mod kube;
mod olareg;
mod server;
mod tinyproxy;
mod tls;
mod token_server;

pub use docker_registry::{DockerRegistry, DockerRegistryOptions};
#[cfg(feature = "cluster")]
pub use kube::{KubeApiserver, User};
pub use olareg::{Olareg, OlaregAuth, OlaregOptions};
pub use server::Server;
pub use tinyproxy::Tinyproxy;
pub use tls::{TlsFiles, tls_files};
pub use token_server::{TokenAccount, TokenQuestion, TokenServer};

/// The bcrypt hash of a password, as both registries want it in their files. A test's password is no secret, so it
/// may have the lowest cost and a fixed salt.
fn bcrypt(password: &str) -> String {
    bcrypt::hash_with_salt(password, 4, [7; 16]).expect("the password is short enough").to_string()
}
