#!/usr/bin/env bash
# Brings the real registries and the peer tools that the tests drive into .tools/bin.
#
# Each is brought only when it is absent. It is made in .tools/part and renamed into place when it
# is whole, so a run that was killed goes on where it was. What cannot be had on this machine is
# named in the last lines; that is a failure only in CI.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly tools=$PWD/.tools bin=$PWD/.tools/bin part=$PWD/.tools/part

# The Debian packages, unpacked without being installed: the tool's name here, its command in the
# package, the package, and the suites to take it from, the first that has it. `own` is the suite
# of this machine.
readonly debian_tools='
docker-registry docker-registry docker-registry own
cosign2         cosign          cosign          trixie
etcd            etcd            etcd-server     trixie
time            time            time            trixie
tinyproxy       tinyproxy       tinyproxy-bin   own
cosign3         cosign          cosign          forky sid
notation        notation        notation        forky sid
oras            oras            oras            forky sid
'
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

left_out=

present() { [ -x "$bin/$1" ]; }
leave_out() { left_out+="left out: $1: $2"$'\n'; }
place() { mv -f "$1" "$bin/$2" && echo "tools: $2"; }

# The packages on the tool lines of the go.mod in MODULE.
go_packages() { sed -n '/^tool (/,/^)/s/^[[:space:]]//p' "$1/go.mod"; }

# The tools of the Go module in MODULE; FLAGS for the linker are optional.
bring_go_tools() {
  local module=$1 flags=${2:-} package name
  for package in $(go_packages "$module"); do
    name=${package##*/}
    if present "$name"; then continue; fi
    if ! command -v go >/dev/null; then leave_out "$name" "go is missing"; continue; fi
    if GOBIN=$part go -C "$module" install -ldflags="-s -w $flags" "$package"; then
      place "$part/$name" "$name"
    else
      leave_out "$name" "go could not build it"
    fi
  done
}

# A build from a module does not know its version, so it is told. It takes some minutes, the first time.
bring_kubernetes() {
  local module=tests/tools/kube-apiserver version
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "$module/go.mod")
  bring_go_tools "$module" "-X k8s.io/component-base/version.gitVersion=$version"
}

# apt with a state, sources and settings of our own: nothing on the machine changes. Its own
# settings for reaching a mirror (a proxy, say) are taken over, its hooks are not.
private_apt() { APT_CONFIG=$tools/apt/apt.conf apt-get -qq "$@"; }

write_private_apt() {
  local mirror=$1 suite
  mkdir -p "$tools/apt/lists/partial" "$tools/apt/cache/archives/partial"
  for suite in trixie forky sid; do
    echo "deb [signed-by=$keyring target=Packages] $mirror $suite main"
  done >"$tools/apt/sources.list"
  {
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
    cat <<CONF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$tools/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$tools/apt";
Dir::State::lists "$tools/apt/lists";
Dir::State::status "/dev/null";
Dir::Cache "$tools/apt/cache";
APT::Sandbox::User "root";
CONF
  } >"$tools/apt/apt.conf"
}

# The Debian mirror among the machine's own apt sources.
debian_mirror() {
  local uris
  # shellcheck disable=SC2016  # apt fills that in
  uris=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages')
  grep -m1 -E '/debian/?$' <<<"$uris"
}

# Why the suites of other Debian releases cannot be read; nothing when they can.
why_no_debian() {
  local mirror
  if [ ! -e "$keyring" ]; then echo "$keyring is missing"; return; fi
  mirror=$(debian_mirror) || { echo "this machine's apt sources name no Debian mirror"; return; }
  write_private_apt "$mirror"
  private_apt update >&2 || echo "the package lists could not be fetched"
}

# The lists of the machine's own packages, fetched once where we may.
own_lists() {
  if [ "$(id -u)" = 0 ] && [ ! -e "$part/own-lists" ]; then
    apt-get -qq update && touch "$part/own-lists"
  fi
}

# Downloads PACKAGE of the first of SUITES that has it into the current folder.
download() {
  local package=$1 suite
  shift
  for suite in "$@"; do
    case $suite in
      own) own_lists && apt-get -qq -o APT::Sandbox::User=root download "$package" && return ;;
      *) private_apt download "$package/$suite" && return ;;
    esac
  done
  return 1
}

# Unpacks COMMAND of PACKAGE, found in one of SUITES, as NAME.
unpack() {
  local name=$1 command=$2 package=$3 folder=$part/$1.deb
  shift 3
  mkdir -p "$folder"
  (cd "$folder" && download "$package" "$@" && dpkg -x ./*.deb files) &&
    place "$folder/files/usr/bin/$command" "$name" &&
    rm -rf "$folder"
}

bring_debian_tools() {
  local name command package suites reason
  while read -r name command package suites; do
    if [ -z "$name" ] || present "$name"; then continue; fi
    if ! command -v apt-get >/dev/null; then leave_out "$name" "apt-get is missing"; continue; fi
    if [ "$suites" != own ]; then
      if [ -z "${reason+set}" ]; then reason=$(why_no_debian); fi
      if [ -n "$reason" ]; then leave_out "$name" "$reason"; continue; fi
    fi
    # shellcheck disable=SC2086  # several suites are several words
    unpack "$name" "$command" "$package" $suites || leave_out "$name" "apt-get could not get $package"
  done <<<"$debian_tools"
}

# skopeo needs shared libraries, so it is installed for good.
bring_skopeo() {
  if command -v skopeo >/dev/null; then return; fi
  if ! command -v apt-get >/dev/null; then leave_out skopeo "apt-get is missing"; return; fi
  if [ "$(id -u)" != 0 ]; then leave_out skopeo "installing a package needs root"; return; fi
  if ! own_lists || ! DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends skopeo >/dev/null; then
    leave_out skopeo "apt-get could not install it"
  fi
}

mkdir -p "$bin" "$part"
exec 9>"$tools/lock"
if command -v flock >/dev/null; then flock 9; fi
# Only whole downloads are worth keeping, and those live in the caches of go and apt.
rm -rf "${part:?}"/*
bring_debian_tools
bring_skopeo
bring_go_tools tests/tools
bring_kubernetes
rm -rf "$part" "$tools/apt"

printf '%s' "$left_out"
[ -z "${CI:-}" ] || [ -z "$left_out" ]
