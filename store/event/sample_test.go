package event

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestASampleIsKnownByItsIDOnly(t *testing.T) {
	id := uuid.MustParse("019cbde2-4c00-7000-8000-000000000000").String()
	for given, want := range map[string]bool{
		"sample_" + id: true, "sample_019CBDE2-4c00-7000-8000-000000000000": true,
		"": false, "sample_": false, id: false, "test_" + id: false, "Sample_" + id: false, "sample-" + id: false, "sample" + id: false,
		"sample_1": false, "sample_lead": false, "sample_" + id + "x": false, "sample_" + id[1:]: false, " sample_" + id: false,
		"xsample_" + id: false, "sample_{" + id + "}": false, "sample_urn:uuid:" + id: false, "sample_019cbde24c0070008000000000000000": false,
		"sample_" + id[:35] + "g": false, "sample__" + id: false, "SAMPLE_" + id: false, "sample_sample_" + id: false,
	} {
		require.Equal(t, want, IsSample(given), given)
		if first, last := SampleIDs(); want {
			require.True(t, first < given && given < last, "%s lies between %s and %s", given, first, last)
		}
	}
}

func TestASampleIsTheExampleOfNow(t *testing.T) {
	now := time.Date(2026, time.May, 1, 10, 0, 0, 0, time.UTC)
	id := uuid.MustParse("019cbde2-4c00-7000-8000-000000000000")
	e := Sample("Booking", id, now)
	require.True(t, IsSample(e.ID))
	require.Equal(t, now, e.Time)
	require.Equal(t, "Booking", e.Name)
	require.Equal(t, ExampleEvent().User, e.User)
	_, _, problems := DecodeEvents(e.Payload(), now, uuid.New)
	require.Empty(t, problems, "the API would take it as it is")
}
