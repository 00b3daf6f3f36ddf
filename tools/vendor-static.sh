#!/usr/bin/env bash
# Fetches the pinned browser files and their licences from npm into static/vendor and writes their checksums.
# Run it by "make vendor-static" to change a version; the result is committed, so a build needs no npm.
set -euo pipefail

packages=(
  "basecoat-css@1.0.2 dist/basecoat.cdn.min.css"
)

vendor="$(cd "$(dirname "$0")/.." && pwd)/static/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

for line in "${packages[@]}"; do
  read -r package files <<<"$line"
  tarball="$(npm pack --silent --pack-destination "$work" "$package")"
  rm -rf "$work/package"
  tar -xzf "$work/$tarball" -C "$work"
  for file in $files; do
    cp "$work/package/$file" "$vendor/"
  done
  cat "$work"/package/LICENSE* >"$vendor/${package%@*}.LICENSE.txt"
done

cd "$vendor"
sha256sum -- *.css *.txt >SHA256SUMS
