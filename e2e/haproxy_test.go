package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// TestAServerBehindTheProxyWeShipMayDie: HAProxy, set as in tools/deploy, leaves out a server that was killed and takes it in again.
func TestAServerBehindTheProxyWeShipMayDie(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 2, pgtest.Empty(t))
	r.owner.base = haproxy(t, r.each)
	r.load()
	for i, h := range r.each {
		r.until(fmt.Sprint("server ", i, " sends"), func(int, int) bool { return h.attempts() >= 20 })
	}
	r.each[0].kill()
	killed := time.Now()
	r.untilAccepted(100)
	r.takenOver(killed)
	r.each[0].start()
	r.members(2)
	r.until("it sends again", func(int, int) bool { return r.each[0].attempts() >= 20 })
	r.rest()
	r.end("a server killed behind HAProxy", 1, inFlightPerBot)
}

var itsResolvers = regexp.MustCompile(`(?s)resolvers docker\n.*?\n\n`)

// haproxy starts the proxy of tools/deploy before some servers, and returns its address.
func haproxy(t *testing.T, servers []*installation) string {
	t.Helper()
	shipped, err := os.ReadFile(filepath.Join("..", "tools", "deploy", "haproxy.cfg"))
	require.NoError(t, err)
	address := freeAddress(t)
	text, _, found := strings.Cut(itsResolvers.ReplaceAllString(string(shipped), ""), "  server-template")
	require.True(t, found)
	for was, is := range map[string]string{"bind :8080": "bind " + address, " resolvers docker init-addr none": ""} {
		require.Contains(t, text, was)
		text = strings.ReplaceAll(text, was, is)
	}
	for i, h := range servers {
		text += fmt.Sprintf("  server s%d %s\n", i, strings.TrimPrefix(h.URL, "http://"))
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	cmd := exec.Command("haproxy", "-db", "-f", file)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // says that it was killed
	})
	url := "http://" + address
	require.Eventually(t, func() bool {
		res, err := http.Get(url + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, patience, 50*time.Millisecond)
	return url
}
