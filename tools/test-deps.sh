#!/usr/bin/env bash
# Makes sure that what the tests run is there: the browser, and the languages of the receiver samples. As root it
# installs what is missing; otherwise it stops and says how, so that nothing is skipped silently.
set -euo pipefail

missing=()
has() { command -v "$1" >/dev/null; }
browser() { has chromium || has chromium-browser || has google-chrome; }

browser || missing+=(chromium)
has node || missing+=(nodejs)
has python3 || missing+=(python3)
has php || missing+=(php-cli)
has strace || missing+=(strace) # shows that an answer follows its fsync
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
	echo "The tests need: ${missing[*]}. On Debian: sudo ${install[*]}" >&2
	exit 1
fi
echo "Installing for the tests: ${missing[*]}"
apt-get update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}"
