package handlers

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store/event"
	"iozen/views"
)

func TestHelpHoldsTheWholeSourcePage(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/help/webhooks").Body.String()
	page += regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, "") // the example has colours
	for _, text := range []string{
		"Send conversion events to any HTTP endpoint", "The settings auto-save", "must accept POST requests",
		"&#34;event_time&#34;: &#34;2026-03-05T12:00:00.000Z&#34;", "&#34;event_time_unix&#34;: 1772712000",
		"X-IoZen-Event-Id", "X-IoZen-Event-Name", "X-IoZen-Test: true", "webhook-signature", "ioZen-Webhooks/test",
		"Return 200 quickly", "Use the event ID for deduplication", "Verify the source",
		"Authentication failed", "Access denied", "Endpoint not found", "Server error", "Request timed out",
	} {
		require.Contains(t, page, text)
	}
}

// A key that is added to the payload must get its place in each recipe, and each hint's recipe must exist.
func TestRecipesPlaceEveryKeyOfThePayload(t *testing.T) {
	var payload map[string]any
	require.NoError(t, json.Unmarshal(event.ExampleEvent().Payload(), &payload))
	keys := []string{"custom_data.utm_source"}
	for key, value := range payload {
		inner, nested := value.(map[string]any)
		if !nested {
			keys = append(keys, key)
		}
		for name := range inner {
			keys = append(keys, key+"."+name)
		}
	}
	recipes := views.Recipes()
	for _, r := range recipes {
		require.ElementsMatch(t, keys, slices.Collect(maps.Keys(r.Theirs)), r.Name)
		require.NotContains(t, slices.Collect(maps.Values(r.Theirs)), "", r.Name)
	}
	page := signedInApp(t).get("/help/recipes").Body.String()
	for _, r := range recipes {
		require.Equal(t, 1, strings.Count(page, `id="`+r.Key+`"`), r.Key)
	}
	for _, key := range keys {
		require.Equal(t, len(recipes), strings.Count(page, "<code>"+key+"</code>"), key)
	}
	for _, recipe := range target.HintRecipes() {
		require.Contains(t, page, `id="`+recipe+`"`)
	}
}

func TestTroubleshootingListsEveryDiagnosis(t *testing.T) {
	ta := signedInApp(t)
	page := ta.get("/help/troubleshooting").Body.String()
	for _, d := range outcome.Diagnoses() {
		require.Equal(t, 1, strings.Count(page, `id="`+d.Key+`"`), d.Key)
	}
	require.Contains(t, ta.get("/help").Body.String(), "/help/troubleshooting")
}

func TestHealth(t *testing.T) {
	ta := newTestApp(t)
	require.Equal(t, http.StatusOK, ta.get("/healthz").Code)
	require.Equal(t, http.StatusOK, ta.get("/readyz").Code)
}
