#!/usr/bin/env bash
# Checks licences, bans and sources of the dependencies against deny.toml, brings cargo-deny where it is absent.
# Advisories are checked where their database is present; `cargo deny fetch db` brings it.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly version=0.20.2
deny=.tools/bin/cargo-deny

leave_out() {
  echo "left out: cargo deny: $1"
  [ -z "${CI:-}" ]
  exit
}

# A debug build: the check takes a second either way, an optimised build takes minutes. Its target folder is kept until
# it is whole, so that a killed build goes on where it was.
if [ ! -x "$deny" ]; then
  CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug --version "=$version" --root .tools \
    --target-dir .tools/cargo-deny cargo-deny || leave_out "cargo-deny $version could not be built"
  rm -rf .tools/cargo-deny
fi

cargo fetch --locked
checks=(licenses bans sources)
if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/" >/dev/null; then
  checks+=(advisories)
else
  echo "left out: advisories: their database is missing; \`cargo deny fetch db\` brings it"
fi
"$deny" --offline --locked check "${checks[@]}"
