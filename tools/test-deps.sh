#!/usr/bin/env bash
# Makes sure that what the tests run is there: the browsers, a PostgreSQL server, and the languages of the receiver samples. As root it
# installs what is missing; otherwise it stops and says how, so that nothing is skipped silently. Any Chromium will do;
# the one without windows takes half the time, so it is got where it can be had.
set -euo pipefail

missing=()
has() { command -v "$1" >/dev/null; }
installs() { [ "$(id -u)" -eq 0 ] && has apt-get; }
install=(apt-get install -y --no-install-recommends)
get() { apt-get update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}" "$@"; }

if ! has chromium-headless-shell; then
	if ! has chromium && ! has chromium-browser && ! has google-chrome; then
		missing+=(chromium-headless-shell)
	elif installs; then
		get chromium-headless-shell || echo "The tests run in the Chromium that is here."
	fi
fi
has firefox-esr || has firefox || missing+=(firefox-esr) # puts back what was in the fields of a page
has node || missing+=(nodejs)
has python3 || missing+=(python3)
has php || missing+=(php-cli)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has initdb || missing+=(postgresql) # tests start servers of their own
has systemd-analyze || missing+=(systemd) # reads the unit in tools/deploy
has haproxy || missing+=(haproxy) # reads its configuration there
has strace || missing+=(strace) # shows that an answer follows its fsync
[ ${#missing[@]} -gt 0 ] || exit 0

if ! installs; then
	echo "The tests need: ${missing[*]}. On Debian: sudo ${install[*]} ${missing[*]}" >&2
	exit 1
fi
echo "Installing for the tests: ${missing[*]}"
case " ${missing[*]} " in *" postgresql "*) # without the server that its package starts: nobody needs it here
	get postgresql-common
	pg_conftool /etc/postgresql-common/createcluster.conf set create_main_cluster off ;;
esac
get "${missing[@]}"
