package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// An endpoint that makes net/http complain (fault matrix R9) gets few, short lines into our log, and none of its bytes.
func TestWhatLibrariesLogIsBounded(t *testing.T) {
	var out strings.Builder
	w := &quietWriter{to: slog.New(slog.NewTextHandler(&out, nil)), limit: rate.NewLimiter(0, 3)}
	for range 100 {
		_, err := w.Write([]byte(`Unsolicited response received on idle HTTP channel starting with "Bearer s3cret"; err=<nil>` + "\n"))
		require.NoError(t, err)
	}
	require.Equal(t, 3, strings.Count(out.String(), "Unsolicited response received on idle HTTP channel"))
	require.NotContains(t, out.String(), "s3cret")

	w.limit = rate.NewLimiter(rate.Inf, 0)
	_, err := w.Write([]byte(strings.Repeat("x", 10_000)))
	require.NoError(t, err)
	require.Contains(t, out.String(), "dropped_before=97")
	require.Less(t, out.Len(), 1500)
}

func TestQuietWriter(t *testing.T) {
	var out bytes.Buffer
	limit := rate.NewLimiter(0, 2)
	w := &quietWriter{to: slog.New(slog.NewTextHandler(&out, nil)), limit: limit}
	for range 5 {
		n, err := w.Write([]byte("http: odd\n"))
		require.NoError(t, err)
		require.Equal(t, 10, n)
	}
	require.Equal(t, 2, strings.Count(out.String(), "odd"), "what exceeds the rate is dropped")
	limit.SetBurst(3)
	limit.SetLimit(rate.Inf)
	_, err := w.Write([]byte("later\n"))
	require.NoError(t, err)
	require.Contains(t, out.String(), "dropped_before=3")
}
