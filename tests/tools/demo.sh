#!/usr/bin/env bash
# The main job from start to end, on the store that needs no server: an OCI image layout in a scratch folder.
# Takes the folder where bobctl was built.
set -euo pipefail
cd "$(dirname "$0")/../.."

built=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R examples "$scratch"
cd "$scratch"
PATH=$built:$PATH

# Prints a command as one would type it, then runs it.
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

run bobctl push artifact oci-layout://registry:1.0.0 --path examples/webapp \
  --source https://github.com/k8sstormcenter/bobctl --revision main@sha1:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12
run bobctl list artifacts oci-layout://registry
run bobctl tag artifact oci-layout://registry:1.0.0 --tag stable
run bobctl pull artifact oci-layout://registry:stable --output pulled
run diff --recursive --report-identical-files examples/webapp pulled
printf '\nThe folder that was pulled is the one that was pushed.\n'
