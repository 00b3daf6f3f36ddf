package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var searchRules = map[string]func(*testing.T, Open){
	"a whole email, phone, external id, event id or delivery id finds it": searchFinds,
	"digits inside another word are not a phone":                          searchNoStrayDigits,
	"one bot's search finds nothing of another's":                         searchOneBot,
	"what left the log is not found":                                      searchAfterRetention,
	"many events of one person, new and older ones":                       searchMany,
}

// lead is an event of a person, with the payload that sender makes.
func (b *bundle) lead(id, email, phone, externalID string) store.NewDelivery {
	b.t.Helper()
	user := map[string]string{}
	for k, v := range map[string]string{"email": email, "phone": phone, "external_id": externalID} {
		if v != "" {
			user[k] = v
		}
	}
	payload, err := json.Marshal(map[string]any{"event_name": "Lead", "event_id": id, "user_data": user})
	require.NoError(b.t, err)
	return b.event(id, func(e *store.NewDelivery) {
		e.Payload, e.Email, e.Phone, e.ExternalID = payload, email, phone, externalID
	})
}

func (b *bundle) found(bot uuid.UUID, query string) []string {
	b.t.Helper()
	return eventIDs(b.list(store.DeliveryFilter{BotID: bot, Query: query}))
}

func searchFinds(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.lead("evt-jane", "Jane@Example.com", "+1 (234) 567-890", "submission-1"))[0]
	b.clock.Add(time.Second)
	b.accept(b.lead("evt-john", "john@example.com", "+44 20 7946 0000", "submission-2"))
	b.clock.Add(time.Second)
	b.accept(b.lead("evt-odd", "not an address", "call me", "jane@example.com"))
	for query, want := range map[string][]string{
		"jane@example.com":    {"evt-odd", "evt-jane"}, // as an email and as an external id
		" JANE@example.COM ":  {"evt-jane"},
		"+1234567890":         {"evt-jane"},
		"1 234 567 890":       {"evt-jane"},
		"+44 (0)20 7946 0000": {"evt-john"},
		"020 7946 0000":       {"evt-john"},
		"442079460000":        {"evt-john"},
		"submission-2":        {"evt-john"},
		"Submission-2":        {},
		"evt-jane":            {"evt-jane"},
		id.String():           {"evt-jane"},
		"not an address":      {"evt-odd"},
		"call me":             {"evt-odd"},
		"jane":                {},
		"234567890":           {"evt-jane"}, // as it is written inside the country
		"34567890":            {},
		"\u200bsubmission-2 ": {"evt-john"},
		"%":                   {},
		uuid.Nil.String():     {},
		"' OR 1=1 --":         {},
	} {
		require.Equal(t, want, b.found(b.bot, query), "%q of the bot", query)
		require.Equal(t, want, b.found(uuid.Nil, query), "%q of all", query)
	}
	for _, nothing := range []string{"", "  ", "\u200b"} {
		require.Len(t, b.found(b.bot, nothing), 3, "nothing asked, nothing filtered")
	}
}

func searchNoStrayDigits(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.lead("evt-1", "", "5551234", ""))
	for _, query := range []string{"user5551234@example.com", "order-5551234", "555-1234x"} {
		require.Empty(t, b.found(b.bot, query), query)
	}
	require.Equal(t, []string{"evt-1"}, b.found(b.bot, "555-1234"))
}

func searchOneBot(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("another")
	id := b.acceptFor(other, b.lead("evt-1", "jane@example.com", "", ""))[0]
	for _, query := range []string{"evt-1", "jane@example.com", id.String()} {
		require.Empty(t, b.found(b.bot, query), query)
		require.Equal(t, []string{"evt-1"}, b.found(other, query), query)
	}
}

func searchMany(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("another")
	taken := 0
	for _, n := range []int{600, 600, 300} { // the second makes more than are kept unsorted
		var events []store.NewDelivery
		for range n {
			taken++
			events = append(events, b.lead(fmt.Sprintf("evt-%d", taken), jane, "", fmt.Sprintf("submission-%d", taken)))
		}
		b.accept(events...)
		b.clock.Add(7 * time.Hour)
		b.acceptFor(other, b.lead(fmt.Sprintf("evt-%d", taken), jane, "", ""))
		require.Len(t, b.found(b.bot, jane), taken)
		for _, i := range []int{1, taken / 2, taken} {
			require.Equal(t, []string{fmt.Sprintf("evt-%d", i)}, b.found(uuid.Nil, fmt.Sprintf("submission-%d", i)))
		}
	}
	require.Len(t, b.found(uuid.Nil, jane), taken+3)
	require.Len(t, b.export(store.PersonEmail, jane), taken+3)
	require.Equal(t, taken+3, b.erase(store.PersonEmail, jane))
	require.Empty(t, b.found(uuid.Nil, jane))
}

func searchAfterRetention(t *testing.T, open Open) {
	b := setup(t, open)
	b.deliver(b.lead("evt-1", "jane@example.com", "+1234567890", "submission-1"))
	b.clock.Add(time.Hour)
	_, err := b.DeleteOld(b.ctx(), b.clock.Now(), 10)
	require.NoError(t, err)
	for _, query := range []string{"evt-1", "jane@example.com", "+1234567890", "submission-1"} {
		require.Empty(t, b.found(b.bot, query), query)
	}
}
