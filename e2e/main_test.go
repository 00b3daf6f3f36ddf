// Package e2e tests the product as its users meet it: the real binary in its own process, a real browser, real
// sockets. Nothing here imports the product's packages, but for the PostgreSQL server of the tests.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// binary is the product, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "iozen-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "iozen")
	if err := build(binary, "netgo"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer closeOffice()
	defer closeBrowser()
	code := m.Run()
	if err := writeTorture(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// build builds the product, with further flags.
func build(path, tags string, flags ...string) error {
	args := slices.Concat([]string{"build", "-tags", tags, "-ldflags", "-s -w -X main.version=e2e", "-o", path}, flags, []string{"iozen"})
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("building iozen: %w\n%s", err, out)
	}
	return nil
}

// failpointBinary builds the product with its failpoints, beside the ordinary binary.
func failpointBinary(t *testing.T) string {
	t.Helper()
	path, err := buildWithFailpoints()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildWithFailpoints = sync.OnceValues(func() (string, error) {
	path := binary + "-failpoints"
	return path, build(path, "netgo,torture")
})
