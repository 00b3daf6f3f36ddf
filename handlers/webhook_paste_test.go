package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPasteIsReadAndNothingIsSaved(t *testing.T) {
	s := openSettings(t)
	before := s.webhook()
	for text, want := range map[string]struct{ url, note string }{
		"curl -H 'Origin: https://app.example.com' https://hooks.example.com/abc": {"https://hooks.example.com/abc", "Only the URL of the command was taken."},
		"https://hooks.example.com/abc":                                           {"https://hooks.example.com/abc", ""},
		"https://a.example/ https://b.example/":                                   {"", `data-use-url="https://b.example/"`},
		"nothing of that kind":                                                    {"", ""},
		"https://a.example/ \"><script>":                                          {"https://a.example/", "left out"},
	} {
		res := s.post(s.path("webhook/paste"), url.Values{"text": {text}})
		require.Equal(t, http.StatusOK, res.Code)
		var answer pastedAnswer
		require.NoError(t, json.Unmarshal(res.Body.Bytes(), &answer))
		require.Equal(t, want.url, answer.URL, text)
		require.Contains(t, answer.Note, want.note, text)
		require.Equal(t, want.note == "", answer.Note == "", text)
		require.NotContains(t, answer.Note, "<script")
	}
	require.Equal(t, before, s.webhook())
}
