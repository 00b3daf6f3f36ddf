#!/usr/bin/env bash
# Makes sure that what the end-to-end tests need beside Go is there: a browser, and strace for the torture of the disk.
set -euo pipefail

has() {
	for name in "$@"; do
		if command -v "$name" >/dev/null; then return 0; fi
	done
	return 1
}

missing=()
has chromium chromium-browser google-chrome || missing+=(chromium)
has strace || missing+=(strace)
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "Installing for the end-to-end tests: ${missing[*]}"
	apt-get update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}"
	exit 0
fi
echo "The end-to-end tests need ${missing[*]}. On Debian: sudo ${install[*]}" >&2
exit 1
