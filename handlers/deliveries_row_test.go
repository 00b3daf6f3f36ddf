package handlers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender"
)

func TestARowSaysShortlyWhyAnEventWaits(t *testing.T) {
	for why, want := range map[string]string{
		"":                   "",
		sender.WaitRateLimit: "waiting for the rate limit",
		sender.WaitProbe:     "waiting for the endpoint",
		sender.WaitSlots:     "waiting for a free slot",
	} {
		require.Equal(t, want, waitShort(why))
	}
}
