# Usage: sh build_rust.sh TARGET
#
# Makes TARGET, the static library of the Rust side: a copy of
# CHANPATTERNS_STATICLIB where that is given, else by cargo.
set -eu

target=$1
if [ -n "${CHANPATTERNS_STATICLIB:-}" ]; then
  [ -f "$CHANPATTERNS_STATICLIB" ] || {
    echo "CHANPATTERNS_STATICLIB is $CHANPATTERNS_STATICLIB, where no file is" >&2
    exit 1
  }
  cp "$CHANPATTERNS_STATICLIB" "$target"
  exit
fi

# Dune runs this somewhere below its build folder, which has no copy of the
# crate; the first folder above that has one is the source's.
source=$(pwd -P)
until [ -f "$source/rust/Cargo.toml" ] && [ -f "$source/chanpatterns.opam" ]; do
  [ "$source" != / ] || {
    echo "no rust/Cargo.toml is above $(pwd -P): with a build folder elsewhere," \
      "build the crate yourself and name it in CHANPATTERNS_STATICLIB" >&2
    exit 1
  }
  source=$(dirname "$source")
done
command -v cargo > /dev/null || {
  echo "chanpatterns needs cargo (Rust 1.85 or newer): https://rustup.rs" >&2
  exit 1
}
version=$(ocamlfind ocamlopt -version 2> /dev/null || ocamlopt -version)
built=${CARGO_TARGET_DIR:-$source/_build/cargo-$version}
cargo build --quiet --release --locked --manifest-path "$source/rust/Cargo.toml" \
  --target-dir "$built"
cp "$built/release/libchanpatterns_ocaml.a" "$target"
