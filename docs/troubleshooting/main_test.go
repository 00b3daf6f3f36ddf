package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
)

func TestThePageIsUpToDate(t *testing.T) {
	kept, err := os.ReadFile("../troubleshooting.md")
	require.NoError(t, err)
	var made strings.Builder
	require.NoError(t, write(&made))
	require.Equal(t, made.String(), string(kept), "run make generate")
	for _, e := range outcome.Diagnoses() {
		require.Contains(t, made.String(), `<a id="`+e.Key+`"></a>`)
	}
}
