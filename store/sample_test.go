package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASampleIsKnownByItsIDOnly(t *testing.T) {
	const id = "019cbde2-4c00-7000-8000-000000000000"
	for given, want := range map[string]bool{
		"sample_" + id: true, "sample_019CBDE2-4c00-7000-8000-000000000000": true,
		"": false, "sample_": false, id: false, "test_" + id: false, "Sample_" + id: false, "sample-" + id: false, "sample" + id: false,
		"sample_1": false, "sample_lead": false, "sample_" + id + "x": false, "sample_" + id[1:]: false, " sample_" + id: false,
		"xsample_" + id: false, "sample_{" + id + "}": false, "sample_urn:uuid:" + id: false, "sample_019cbde24c0070008000000000000000": false,
		"sample_" + id[:35] + "g": false, "sample__" + id: false, "SAMPLE_" + id: false, "sample_sample_" + id: false,
	} {
		require.Equal(t, want, IsSample(given), given)
	}
}
