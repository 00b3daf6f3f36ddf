#!/usr/bin/env bash
# Makes sure that the browser of the end-to-end tests is there.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null; then exit 0; fi
done
install=(apt-get install -y --no-install-recommends chromium)
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	echo "Installing Chromium for the browser tests."
	apt-get update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}"
	exit 0
fi
echo "The browser tests need Chromium. On Debian: sudo ${install[*]}" >&2
exit 1
