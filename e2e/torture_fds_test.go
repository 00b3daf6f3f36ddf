package e2e

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestTortureFileDescriptors leaves the server without free file descriptors for a time: it can neither accept nor dial, and
// goes on with the connections that it has. What it could not send does not count against the endpoint.
func TestTortureFileDescriptors(t *testing.T) {
	t.Parallel()
	o := newCrashRun(t, binary)
	o.load()
	for range tortureTroubles {
		o.untilAccepted(50)
		enough := o.limit(unix.RLIMIT_NOFILE, 4)
		hangUp := dialMany(t, host(t, o.URL), 50)
		o.endpoint.CloseClientConnections() // so that the server has to dial again
		o.untilAccepted(50)
		enough()
		hangUp()
		o.untilAccepted(50)
		o.answers(http.StatusOK)
	}
	o.rest()
	// Requests that the endpoint cut off are sent again.
	o.end("no file descriptor left (RLIMIT_NOFILE)", tortureTroubles, tortureTroubles*inFlightPerBot)
	require.Contains(t, o.log.String(), "too many open files")
}

// dialMany opens connections that the server may not be able to accept.
func dialMany(t *testing.T, address string, n int) (hangUp func()) {
	t.Helper()
	var open []net.Conn
	for range n {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		open = append(open, conn)
	}
	return func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	}
}
