package handlers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/engine"
)

func TestARowSaysShortlyWhyAnEventWaits(t *testing.T) {
	for why, want := range map[string]string{
		"":                   "",
		engine.WaitRateLimit: "waiting for the rate limit",
		engine.WaitProbe:     "waiting for the endpoint",
		engine.WaitSlots:     "waiting for a free slot",
	} {
		require.Equal(t, want, waitShort(why))
	}
}
