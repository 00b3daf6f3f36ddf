package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// EndJob takes a job that was just started through all its steps. An erasure leaves "{}" of each payload.
func EndJob(t testing.TB, db *store.DB, j store.Job, err error) store.Job {
	t.Helper()
	require.NoError(t, err)
	for j.State == store.JobRunning {
		j, err = db.StepJob(t.Context(), j, 100, func([]byte) []byte { return []byte("{}") })
		require.NoError(t, err)
	}
	return j
}
