package server

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		":8080":          "127.0.0.1:8080",
		"0.0.0.0:8080":   "127.0.0.1:8080",
		"[::]:8080":      "127.0.0.1:8080",
		"10.1.2.3:80":    "10.1.2.3:80",
		"localhost:8080": "localhost:8080",
	} {
		require.Equal(t, want, Reachable(addr), addr)
	}
}
