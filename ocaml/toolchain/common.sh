# What the scripts of this folder share: where things stand, how they speak,
# and how a command is run in the private folder. Sourced, never run.

# A user's PATH often lacks these two, where chroot and mknod may be.
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repository=${here%/ocaml/toolchain}
folder=$repository/.toolchain/ocaml5

# What the private folder is made of. Debian's `forky` is the first suite
# that has Domainslib. A folder made by another recipe is laid anew.
suite=forky
packages=(dash coreutils sed grep gcc libc6-dev ocaml-dune ocaml-findlib
  liblwt-ocaml-dev libyojson-ocaml-dev libdomainslib-ocaml-dev)
recipe="Debian $suite: ${packages[*]}"

opam_line="opam install ocamlfind dune lwt yojson domainslib"
apt_line="apt-get install ocaml-nox ocaml-dune ocaml-findlib \
liblwt-ocaml-dev libyojson-ocaml-dev"
brew_line="brew install opam && opam init && $opam_line && \
eval \$(opam env)"

say() { printf 'ocaml: %s\n' "$1"; }

# fail MESSAGE [LINE…]: ends the script with the status that means "the
# set-up is not possible".
fail() {
  printf 'ocaml: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 2
}

# True when the version $1 is at least $2 (both `major.minor…`).
at_least() {
  local have=${1%%[!0-9.]*} need=$2
  local have_rest=${have#*.} need_rest=${need#*.}
  [ "${have%%.*}" -gt "${need%%.*}" ] || {
    [ "${have%%.*}" -eq "${need%%.*}" ] &&
      [ "${have_rest%%.*}" -ge "${need_rest%%.*}" ]
  }
} 2> /dev/null

laid() {
  [ -x "$folder/root/usr/bin/dune" ] &&
    [ "$(sed -n 1p "$folder/versions" 2> /dev/null)" = "$recipe" ]
}

# How a command can be run inside a folder on this machine: the words that
# come before it, or `chroot` for a root user who may not mount (the root of
# an ordinary container), or failure.
way_in() {
  local try='mount --rbind /dev /tmp && mount --rbind /proc /tmp &&
    exec chroot / /bin/true'
  if [ "$(id -u)" = 0 ] && unshare -m sh -c "$try" 2> /dev/null; then
    echo "unshare -m"
  elif unshare -Urm sh -c "$try" 2> /dev/null; then
    echo "unshare -Urm"
  elif [ "$(id -u)" = 0 ] && chroot / /bin/true 2> /dev/null && has_devices
  then
    echo "chroot"
  else
    return 1
  fi
}

# Without a mount the folder needs device files of its own: dune runs for
# ever where /dev/null is none.
has_devices() {
  local probe=$repository/.device.$$ status=0
  { mknod -m 666 "$probe" c 1 3 && : > "$probe"; } 2> /dev/null || status=1
  rm -f "$probe"
  return $status
}

# Why the private folder cannot be laid here; nothing when it can.
obstacle() {
  if [ "$(uname -s)" != Linux ]; then
    echo "this is $(uname -s), not Debian"
  elif ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null
  then
    echo "this is not Debian: there is no apt-get"
  elif ! way_in > /dev/null; then
    echo "user namespaces, or root that may chroot and mknod, are needed"
  fi
}
