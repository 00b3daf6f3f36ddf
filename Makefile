# What can be done here: run, test, lint, generate, vendor-static, screenshots, bench, torture.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUILD   := CGO_ENABLED=0 go build -tags netgo -trimpath -ldflags "-X main.version=$(VERSION)"

# Loopback is opened for the local test endpoint; a real installation opens nothing that it does not need.
RUN_ENV := IOZEN_ALLOW_TARGETS=127.0.0.0/8,::1/128,localhost IOZEN_TEST_ENDPOINT=127.0.0.1:8090

.PHONY: run build test lint generate vendor-static screenshots bench torture

run: build
	@env $(RUN_ENV) ./bin/iozen

build:
	@$(BUILD) -o bin/iozen .

# Tests keep their databases in memory where there is room for them: they sync thousands of times, and what they prove
# does not depend on the disk (that an answer follows its sync is seen in the system calls).
MEMORY := $(shell df --output=avail -B1M /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 2048 {print "/dev/shm"}')
TMP    := $(or $(TMPDIR),/tmp)

# The race detector watches our own code. SQLite, translated from C, has no goroutines of its own and takes twenty times
# as long under it, so it is left out, with the memory that it asks for.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false -gcflags=modernc.org/memory=-race=false
# No bound of go test is a verdict: a slow machine takes its time. The results of an earlier run are not taken for new
# ones: go does not know what the browser tests run.
TESTS := -tags netgo -vet=off -timeout 20m -count 1

# Everything, the browser included; tools/test-deps.sh gets the browser. Three go test run side by side: the browser
# tests, which wait more than they compute, so that many of them run at once; all others, with the race detector; and,
# without what the race detector adds, what an attempt allocates, what a paste costs, and the measurements, which are no part
# of the product. The longest packages begin first and together, because each waits more than half of its time.
LONG := iozen/store/db iozen/store/db/postgres iozen/sender/attempt iozen/handlers
test:
	@tools/test-deps.sh
	go vet -tags netgo ./...
	go vet -C tools ./testrun && go test -C tools ./testrun
	@go build -C tools -o ../bin/testrun ./testrun
	@GOTMPDIR=$(TMP) TMPDIR=$(or $(MEMORY),$(TMP)) bin/testrun $(TESTS) -parallel 8 ./e2e \
		-- -p 4 $(TESTS) $(RACE) $(LONG) $(filter-out $(LONG) iozen/e2e iozen/bench%,$(shell go list ./...)) \
		-- $(TESTS) ./sender/attempt ./sender/target ./bench/...

lint:
	@tools/lint.sh

generate:
	go tool templ generate
	go run -tags netgo ./docs/troubleshooting >docs/troubleshooting.md.new && mv docs/troubleshooting.md.new docs/troubleshooting.md

# Fetches the pinned browser files again (static/vendor and the tests' axe-core).
vendor-static:
	tools/vendor-static.sh
	tools/vendor-axe.sh

# The pictures of README and docs, of the real product with sample data; needs the font Inter (Debian: fonts-inter).
screenshots:
	@tools/test-deps.sh
	go test -tags netgo,screenshots -count 1 -run TestScreenshots ./e2e

# Ours and the limits in one run; writes docs/performance.md. ONLY=end-to-end,deliver measures some; PROFILE=DIR tells where
# the server spends its time. Then nothing is written.
bench:
	go run -tags netgo ./bench $(if $(ONLY),-only $(ONLY)) $(if $(PROFILE),-profile $(PROFILE))

# What the world does to a server under load, and a checker; writes docs/torture.md. ROUNDS=1000 before a release.
torture:
	IOZEN_TORTURE_ROUNDS=$${ROUNDS:-100} go test -tags netgo,torture -timeout 0 -count 1 -v -run TestTorture ./e2e
