package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender"
)

func TestThePageIsUpToDate(t *testing.T) {
	kept, err := os.ReadFile("../troubleshooting.md")
	require.NoError(t, err)
	var made strings.Builder
	require.NoError(t, write(&made))
	require.Equal(t, made.String(), string(kept), "run make generate")
	for _, e := range sender.Diagnoses() {
		require.Contains(t, made.String(), `<a id="`+e.Key+`"></a>`)
	}
}
