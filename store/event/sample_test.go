package event

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestASampleIsTheExampleOfNow(t *testing.T) {
	now := time.Date(2026, time.May, 1, 10, 0, 0, 0, time.UTC)
	id := uuid.MustParse("019cbde2-4c00-7000-8000-000000000000")
	e := Sample("Booking", id, now)
	require.True(t, store.IsSample(e.ID))
	require.Equal(t, now, e.Time)
	require.Equal(t, "Booking", e.Name)
	require.Equal(t, ExampleEvent().User, e.User)
	_, _, problems := DecodeEvents(e.Payload(), now, uuid.New)
	require.Empty(t, problems, "the API would take it as it is")
}
