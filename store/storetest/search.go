package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

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
	"whatever strangers send is text in the end":                          searchOddText,
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
	for _, n := range []int{150, 150, 50} { // the second makes more than a page
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

// searchOddText sends what no text may hold wherever a stranger's text gets in: it is kept readable, or finds nothing.
func searchOddText(t *testing.T, open Open) {
	b := setup(t, open)
	for _, odd := range []string{"a\x00b", "caf\xe9", "\xff\xfe\x00", "\xed\xa0\x80"} {
		person := b.lead("evt-"+b.newID().String(), odd, odd, odd)
		person.Payload, person.EventName = []byte(`{"note":"`+odd+`"}`), "Lead"+odd
		delivery := b.delivery(b.accept(person)[0])
		require.Equal(t, person.Payload, delivery.Payload, "bytes are bytes")
		require.True(t, utf8.ValidString(delivery.EventName+delivery.Person))
		a := b.attempt(b.claimOne(), 500)
		a.RemoteAddr, a.Protocol, a.Outcome, a.Detail = odd, odd, odd, map[string]string{"error": odd}
		a.Response = store.Response{Headers: []store.Header{{Name: odd, Value: odd}}, Body: []byte(odd)}
		b.settle(store.Settlement{Token: 1, Attempt: a, Status: store.Failed})
		attempts, err := b.Attempts(b.ctx(), b.bot, delivery.ID)
		require.NoError(t, err)
		require.Equal(t, []byte(odd), attempts[0].Response.Body)
		require.True(t, utf8.ValidString(attempts[0].RemoteAddr+attempts[0].Detail["error"]))

		for _, f := range []store.DeliveryFilter{{Query: odd}, {EventName: odd}, {BotID: b.bot, Query: odd}, {BotID: b.bot, EventName: odd, Code: odd}} {
			_, err := b.Deliveries(b.ctx(), f)
			require.NoError(t, err, "%+v", f)
		}
		_, err = b.AccountByEmail(b.ctx(), odd)
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = b.Bots(b.ctx(), store.BotFilter{Query: odd})
		require.NoError(t, err)
		_, err = b.Audit(b.ctx(), store.AuditFilter{Account: odd, Actions: []string{odd}})
		require.NoError(t, err)
		_, found, err := b.FindSession(b.ctx(), odd)
		require.NoError(t, err)
		require.False(t, found)
		require.NoError(t, b.CommitSession(b.ctx(), "token "+odd, []byte(odd), b.clock.Now().Add(time.Hour), store.Session{ID: b.newID(), IP: odd, Agent: odd}))
		require.NoError(t, b.AddAudit(b.ctx(), store.AuditEntry{By: store.Actor{Name: odd, IP: odd}, Action: "signin.failed", Target: odd, Note: odd}))
		_, err = b.RenameBot(b.ctx(), b.bot, "bot "+odd, maria)
		require.NoError(t, err)
		require.True(t, utf8.ValidString(b.summary().Name))
		b.clock.Add(time.Second)
	}
}
