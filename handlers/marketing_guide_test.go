package handlers

import (
	"testing"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"iozen/sender/receivers"
)

func TestThePageShowsTheReceiversThatTheTestsRun(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/bots/" + ta.newBot("Quiz").ID.String() + "/settings/developer").Body.String()
	samples := receivers.Receivers()
	require.Len(t, samples, 4)
	for _, r := range samples {
		require.Contains(t, page, templ.EscapeString(r.Code), r.Language)
	}
}
