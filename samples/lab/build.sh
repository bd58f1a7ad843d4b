#!/usr/bin/env bash
# Rebuilds the sample bundles:  build.sh [NAME…]   (a NAME is the beginning of a file name in samples/, such as 004)
#
# Each sample is one file in samples/ that says what its cluster looks like (network), what happens in it (traffic),
# what an engineer took along (collect) and what is true about it (truth); or a variant of a fault in faults/ (lib/fault.sh). Everything runs in network namespaces
# of its own: nothing reaches the network of the machine, and nothing is left behind.
set -Eeuo pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUNDLES=$LAB/../bundles
export LC_ALL=C TZ=UTC

die() { echo "build: $*" >&2; [ -z "${HOLD:-}" ] || { echo "held: $RUN" >&2; sleep $HOLD; }; exit 1; }

for library in "$LAB"/lib/*.sh; do
  # shellcheck source=/dev/null
  source "$library"
done

# One sample from nothing to two files in bundles/. Runs in a subshell, so that its trap cleans up after it alone.
#   build FILE NAME [VARIANT]
build() (
  SAMPLE=$2 VARIANT=${3:-}
  RUN=$(mktemp -d "/run/ptlab-$$-XXXX")
  OUT=$RUN/out
  mkdir -p "$OUT" "$RUN/ns" "$RUN/pids" "$RUN/k8s"
  trap 'status=$?; lab_remove; exit $status' EXIT
  trap 'echo "build: $SAMPLE failed at ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND" >&2' ERR

  # shellcheck source=/dev/null
  source "$1"
  echo "== $SAMPLE"
  CLOCK=$(date +%s)
  network
  traffic
  CLOCK=$(date +%s)
  collect
  check_bundle
  pack
  truth
  expect_write
  echo "   $(basename "$PACKED"), $(stat -c %s "$PACKED") bytes"
)

[ "$(id -u)" = 0 ] || die "network namespaces need root"

names=("$@")
[ $# -gt 0 ] || names=("")
for name in "${names[@]}"; do
  found=0
  for file in "$LAB"/samples/"$name"*.sh; do
    [ -f "$file" ] || continue
    found=1
    # Not "build || …": that would switch errexit off inside.
    build "$file" "$(basename "$file" .sh)"
  done
  # A fault comes in variants: faults/NNN-CODE.sh makes NNN-CODE-a and NNN-CODE-b, each from its function variant_a, variant_b.
  for file in "$LAB"/faults/*.sh; do
    for variant in $(sed -nE 's/^variant_([a-z])\(\).*/\1/p' "$file"); do
      [[ $(basename "$file" .sh)-$variant = "$name"* ]] || continue
      found=1
      build "$file" "$(basename "$file" .sh)-$variant" "$variant"
    done
  done
  [ $found = 1 ] || die "no sample begins with '$name'"
done
