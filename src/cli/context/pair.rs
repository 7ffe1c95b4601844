//! The stores of a command with two references.

use std::sync::Arc;

use super::stores::{Side, hosts};
use super::{Access, CliError, Context};
use crate::cli::flags::{Flagged, Login, Reach, RegistryFlags, SideFlags};
use crate::oci::Location;
use crate::store::Store;

/// The stores of a command with two references, in the order of these.
pub(in crate::cli) type Pair = (Arc<dyn Store>, Arc<dyn Store>);

impl Context {
    /// The stores of a command that reads `from` and writes `to`. What moves inside one registry is mounted; one
    /// repository is one store.
    pub(in crate::cli) fn pair(
        &self,
        from: &Location,
        to: &Location,
        flags: &RegistryFlags,
        sides: &SideFlags,
    ) -> Result<Pair, CliError> {
        self.both((from, Access::Pull), to, &Reach::of_sides(flags, sides))
    }

    /// As [`Context::pair`], for a command that writes to both: to `first`, and from there to `second`.
    pub(in crate::cli) fn writable_pair(
        &self,
        first: &Location,
        second: &Location,
        flags: &RegistryFlags,
        sides: &SideFlags,
    ) -> Result<Pair, CliError> {
        self.both((first, Access::Push), second, &Reach::of_sides(flags, sides))
    }

    fn both(
        &self,
        (from, access): (&Location, Access),
        to: &Location,
        [here, there]: &[Reach; 2],
    ) -> Result<Pair, CliError> {
        one_password(&here.login, &there.login)?;
        let alike = here == there;
        // One client for both sides, so its login is for both registries.
        let [first, second] =
            if alike { [hosts(&[from, to]), hosts(&[from, to])] } else { [hosts(&[from]), hosts(&[to])] };
        let second = Side { location: to, access: Access::Push, reach: there, hosts: &second, origin: Some(from) };
        if from == to && (alike || matches!(to, Location::Layout(_))) {
            let one = self.open(second)?;
            return Ok((one.clone(), one));
        }
        let first = self.open(Side { location: from, access, reach: here, hosts: &first, origin: None })?;
        Ok((first, self.open(second)?))
    }
}

/// Standard input has one password, so one side of a command may ask for it.
fn one_password(from: &Flagged<Login>, to: &Flagged<Login>) -> Result<(), CliError> {
    if from == to || !(from.value.password_stdin && to.value.password_stdin) {
        return Ok(());
    }
    let [from, to] = [from, to].map(|login| login.flag("password-stdin"));
    let error = anyhow::anyhow!("{from} and {to} both read standard input, which has one password");
    Err(CliError::usage(error).with_hint("take one of the logins from docker's config.json"))
}
