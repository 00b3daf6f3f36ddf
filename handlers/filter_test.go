package handlers

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestDeliveryFilters(t *testing.T) {
	bot := uuid.MustParse("01890000-0000-7000-8000-000000000001")
	yes, no := true, false
	noon := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	for query, want := range map[string]store.DeliveryFilter{
		"":                               {},
		"status=&test=&code=&q=&limit=":  {},
		"status=failed":                  {Status: []store.Status{store.Failed}},
		"status=failed&status=retrying":  {Status: []store.Status{store.Failed, store.Retrying}},
		"status=failed,held,failed":      {Status: []store.Status{store.Failed, store.Held}},
		"event_name=Lead":                {EventName: "Lead"},
		"test=true":                      {Test: &yes},
		"test=false":                     {Test: &no},
		"code=401":                       {Code: "401"},
		"code=5xx":                       {Code: "5xx"},
		"code=none":                      {Code: "none"},
		"from=2026-03-05T12:00:00Z":      {From: noon},
		"to=2026-03-05T13:00:00%2B01:00": {To: noon.In(time.FixedZone("", 3600))},
		"q=+jane@example.com+":           {Query: "jane@example.com"},
		"limit=200&cursor=abc":           {Limit: 200, Cursor: "abc"},
		"page=3":                         {}, // not ours to judge
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		got, problems := deliveryFilter(values, bot)
		want.BotID = bot
		require.Empty(t, problems, query)
		require.True(t, want.To.Equal(got.To), query)
		want.To = got.To
		require.Equal(t, want, got, query)
	}
}

func TestFiltersThatCannotBeUnderstoodAreNamed(t *testing.T) {
	for query, pointer := range map[string]string{
		"status=lost":             "/status",
		"status=failed,duplicate": "/status",
		"test=yes":                "/test",
		"code=600":                "/code",
		"code=4x":                 "/code",
		"from=yesterday":          "/from",
		"to=2026-03-05":           "/to",
		"from=2026-03-05T12:00:00Z&to=2026-03-05T12:00:00Z": "/to",
		"limit=0":                       "/limit",
		"limit=201":                     "/limit",
		"limit=many":                    "/limit",
		"q=" + strings.Repeat("é", 257): "/q",
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		got, problems := deliveryFilter(values, uuid.Nil)
		require.Len(t, problems, 1, query)
		require.Equal(t, pointer, problems[0].Pointer, query)
		require.NotEmpty(t, problems[0].Message, query)
		got.From = time.Time{} // of the two that exclude each other, the first stays
		require.Equal(t, store.DeliveryFilter{}, got, query)
	}
}
