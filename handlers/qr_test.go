package handlers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQRPath(t *testing.T) {
	path, size, err := qrPath("otpauth://totp/ioZen:maria@acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	require.NoError(t, err)
	require.Zero(t, (size-17)%4, "the size of a QR code")
	require.Contains(t, path, "M0 0h1v1h-1z", "the corner of a finder pattern")
	require.NotContains(t, path, "M7 0h1", "the light line beside it")
}
