package settings

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesToListenOn(t *testing.T) {
	for _, good := range []string{"127.0.0.1:8080", ":8080", "0.0.0.0:80", "[::1]:8080", "localhost:0", "iozen.internal:65535"} {
		require.NoError(t, CheckAddr(good, "x"))
	}
	for _, bad := range []string{
		"", "8080", "127.0.0.1", "localhost", "::1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080/", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.1:http", "127.0.0.1:", "a b:80", "u@h:80", "[::1]", "unix:/run/iozen.sock", "1:2:3",
	} {
		require.ErrorContains(t, CheckAddr(bad, "127.0.0.1:8080"), "such as 127.0.0.1:8080", "%q", bad)
	}
}
