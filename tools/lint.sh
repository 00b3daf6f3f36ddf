#!/usr/bin/env bash
# All checks that are not tests. Each says what it found; the exit code says whether any found something.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

tool() { go tool -modfile=tools/go.mod "$@"; }

check() { # check WORDS COMMAND…
	echo "lint: $1"
	shift
	"$@" || failed=1
}

formatted() {
	local files
	files=$(find . -name '*.go' ! -name '*_templ.go' -print0 | xargs -0 go tool -modfile=tools/go.mod gofumpt -l) || return 1
	[ -z "$files" ] || { echo "not formatted (gofumpt -w):"; echo "$files"; return 1; }
}

generated() {
	go tool templ generate -check && go run -tags netgo ./docs/troubleshooting | cmp - docs/troubleshooting.md ||
		{ echo "generated files are not up to date: make generate"; return 1; }
}

vendored() {
	(cd static/vendor && sha256sum --check --quiet SHA256SUMS) && (cd e2e/testdata && sha256sum --check --quiet SHA256SUMS)
}

# vulnerabilities takes the database from IOZEN_VULNDB (a folder or a .tgz), or the one beside this folder, or the
# public one. Being offline is said, not failed: what cannot be looked up is no finding.
vulnerabilities() {
	local where unpacked out code
	where=${IOZEN_VULNDB:-$(ls ../shared/anchors/vulndb-*.tgz 2>/dev/null | tail -n 1)}
	if [ -f "$where" ]; then
		unpacked=$(mktemp -d)
		tar -xzf "$where" -C "$unpacked"
		where=$unpacked/vulndb
	fi
	out=$(tool govulncheck ${where:+-db "file://$(realpath "$where")"} -tags netgo ./... 2>&1)
	code=$?
	rm -rf "${unpacked:-}"
	case $code in
	0) ;;
	3) echo "$out"; return 1 ;;
	*) if [ -n "$where" ]; then echo "$out"; return 1; fi
		echo "could not reach the vulnerability database; set IOZEN_VULNDB to a copy of it" ;;
	esac
}

check "staticcheck" tool staticcheck -tags netgo ./...
check "gofumpt" formatted
check "generated files" generated
check "vendored files" vendored
check "govulncheck" vulnerabilities
exit $failed
