package format

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store/event"
	"iozen/store/strictjson"
)

// vector is a destination's own example: the settings and the event of which its body is made.
type vector struct {
	Source      string          `json:"source"` // where the destination documents it
	Format      json.RawMessage `json:"format"`
	LeaveOut    json.RawMessage `json:"leave_out"`
	Event       json.RawMessage `json:"event"`
	ContentType string          `json:"content_type"`
	Body        json.RawMessage `json:"body"` // of a form: its text
}

func TestBodiesAreAsTheDestinationsDocumentThem(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var v vector
			require.NoError(t, json.Unmarshal(text, &v))
			require.NotEmpty(t, v.Source)
			var d strictjson.Document
			settings := Decode(&d, "/format", v.Format)
			leaveOut := []string{}
			if v.LeaveOut != nil {
				leaveOut = DecodeLeaveOut(&d, "/leave_out", v.LeaveOut)
			}
			require.Empty(t, d.Problems)

			body, contentType, err := Render(canonical(t, v.Event), settings, leaveOut)
			require.NoError(t, err)
			require.Equal(t, v.ContentType, contentType)
			want, _ := strictjson.Compact(nil, v.Body)
			if contentType == ContentForm {
				want = []byte(strictjson.Unquote(v.Body))
			}
			require.Equal(t, string(want), string(body), "with the same digits, in the same order")
		})
	}
}

// canonical is the payload of an event that was posted.
func canonical(t require.TestingT, posted json.RawMessage) []byte {
	accepted, _, problems := event.DecodeEvents(posted, time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), uuid.New)
	require.Empty(t, problems, "%s", posted)
	require.Len(t, accepted, 1)
	return accepted[0].Payload
}
