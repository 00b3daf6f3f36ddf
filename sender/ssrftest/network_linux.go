package ssrftest

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// networkEnv names the test that this process runs alone, in a network of its own.
const networkEnv = "IOZEN_TEST_NETWORK"

// InOwnNetwork runs the calling test again in a process with a network namespace of its own, where addresses,
// routes and limits can be made without touching the machine, with env in the place of this process's proxies. It
// says whether this is that process.
// It needs iproute2, and root or unprivileged user namespaces; without them the test fails.
func InOwnNetwork(t *testing.T, env []string, setup ...string) bool {
	t.Helper()
	if os.Getenv(networkEnv) == t.Name() {
		for _, command := range append([]string{"link set lo up"}, setup...) {
			out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(command)...).CombinedOutput()
			require.NoError(t, err, "ip %s (is iproute2 installed?): %s", command, out)
		}
		return true
	}
	t.Parallel()
	only := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run="+only, "-test.v", "-test.timeout=5m")
	cmd.Env = append(withoutProxies(os.Environ()), networkEnv+"="+t.Name())
	cmd.Env = append(cmd.Env, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "in a network namespace (this test needs root or unprivileged user namespaces):\n%s", whatFailed(string(out)))
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return false
}

// whatFailed leaves out what a verbose test says of its successes.
func whatFailed(out string) string {
	lines := slices.DeleteFunc(strings.Split(out, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "=== RUN") || strings.HasPrefix(strings.TrimSpace(line), "--- PASS")
	})
	return strings.Join(lines, "\n")
}

func withoutProxies(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasSuffix(strings.ToLower(name), "_proxy")
	})
}
