// Package e2e tests the product as its users meet it: the real binary in its own process, a real browser, real
// sockets. Nothing here imports the product's packages.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	build := exec.Command("go", "build", "-tags", "netgo", "-ldflags", "-X main.version=e2e", "-o", binary, "iozen")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building iozen: %v\n%s", err, out)
		return 1
	}
	defer closeBrowser()
	return m.Run()
}
