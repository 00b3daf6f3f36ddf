#!/usr/bin/env bash
# Makes sure that the browser of the end-to-end tests is there, and gets the languages of the receiver samples (without
# one of them its sample is not run, and the test says so).
set -euo pipefail

missing=()
has() { command -v "$1" >/dev/null; }
browser() { has chromium || has chromium-browser || has google-chrome; }

browser || missing+=(chromium)
has node || missing+=(nodejs)
has python3 || missing+=(python3)
has php || missing+=(php-cli)
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ] && has apt-get; then
	echo "Installing for the tests: ${missing[*]}"
	apt-get update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}" || true # what is still missing is said below
fi
for language in node python3 php; do
	has $language || echo "Without $language its receiver sample is not tested." >&2
done
browser || { echo "The browser tests need Chromium. On Debian: sudo ${install[*]}" >&2; exit 1; }
