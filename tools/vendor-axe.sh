#!/usr/bin/env bash
# Fetches the pinned axe-core, which only the tests use, into e2e/testdata.
set -euo pipefail
cd "$(dirname "$0")/../e2e/testdata"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" axe-core@4.14.1 >/dev/null
tar -xzf "$work"/axe-core-*.tgz -C "$work"
cp "$work/package/axe.min.js" .
sha256sum axe.min.js >SHA256SUMS
