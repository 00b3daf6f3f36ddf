package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

var personRules = map[string]func(*testing.T, Open){
	"an erased event keeps its place and loses its person": personErased,
	"whatever its state, it is never sent again":           personEnded,
	"an attempt under way leaves no answer behind":         personUnderWay,
	"everything by one of the things known of them":        personByEach,
	"the audit log remembers whom, to who asks by value":   personRemembered,
	"events are counted bot by bot":                        personCounted,
	"in batches, of every bot":                             personBatches,
	"the rest of the log is left alone":                    personOthers,
	"the event id stays taken":                             personRepeat,
	"the export is all that is kept, oldest first":         personExport,
	"an export can be broken off":                          personExportBroken,
	"a person of no kind, or without value, is nobody":     personNobody,
}

const jane = "jane@example.com"

// erase takes a person out, and leaves "{}" of each payload.
func (b *bundle) erase(kind store.PersonKind, value string) int {
	b.t.Helper()
	j, err := b.StartErase(b.ctx(), store.Person{Kind: kind, Value: value}, maria)
	return EndJob(b.t, b.DB, j, err).Done
}

func (b *bundle) export(kind store.PersonKind, value string) (events []store.PersonEvent) {
	b.t.Helper()
	for e, err := range b.PersonEvents(b.ctx(), store.Person{Kind: kind, Value: value}) {
		require.NoError(b.t, err)
		events = append(events, e)
	}
	return events
}

func personErased(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.lead("evt-1", jane, "+1234567890", "submission-1"))[0]
	s := failed(b, b.claimOne(), 422)
	s.Attempt.Outcome, s.Attempt.Detail = "http_422", map[string]string{"said": jane}
	s.Attempt.Response = store.Response{Headers: []store.Header{{Name: "X-For", Value: jane}}, Body: []byte(jane), Truncated: true}
	b.settle(s)
	before, attempt := b.delivery(id), b.attemptsOf(id)[0]
	b.clock.Add(time.Hour)
	require.Equal(t, 1, b.erase(store.PersonEmail, " JANE@example.com"))

	before.Payload, before.Person, before.LastDetail, before.Reason = []byte("{}"), "", nil, store.ReasonErased
	require.Equal(t, before, b.delivery(id))
	attempt.Detail, attempt.Response = nil, store.Response{}
	require.Equal(t, []store.Attempt{attempt}, b.attemptsOf(id))
	for _, known := range []string{jane, "+1234567890", "submission-1"} {
		require.Empty(t, b.found(b.bot, known))
	}
	require.Equal(t, []string{"evt-1"}, b.found(b.bot, "evt-1"))
	entry := b.audited(uuid.Nil, "person.erase")
	require.Equal(t, []any{maria, "1 events"}, []any{entry.By, entry.Note})
	require.Regexp(t, `^email #[0-9a-f]{32}$`, entry.Target, "a keyed hash, not the address")
	require.Zero(t, b.erase(store.PersonEmail, jane))
}

func personRemembered(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.lead("evt-1", jane, "", ""))
	b.erase(store.PersonEmail, jane)
	for person, want := range map[store.Person]int{
		{Kind: store.PersonEmail, Value: " JANE@example.com "}: 1,
		{Kind: store.PersonEmail, Value: "anna@example.com"}:   0,
		{Kind: store.PersonExternalID, Value: jane}:            0,
	} {
		acts, err := b.Erasures(b.ctx(), person)
		require.NoError(t, err)
		require.Len(t, acts, want, person.Value)
	}
}

func personCounted(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("Other")
	b.accept(b.lead("evt-1", jane, "", ""), b.lead("evt-2", jane, "", ""), b.lead("evt-3", "anna@example.com", "", ""))
	_, err := b.Accept(b.ctx(), other, []store.NewDelivery{b.lead("evt-1", jane, "", "")})
	require.NoError(t, err)
	counts, err := b.PersonCounts(b.ctx(), store.Person{Kind: store.PersonEmail, Value: jane})
	require.NoError(t, err)
	require.ElementsMatch(t, []store.PersonCount{{BotID: b.bot, BotName: "Roofing quote bot", Events: 2}, {BotID: other, BotName: "Other", Events: 1}}, counts)
}

func personEnded(t *testing.T, open Open) {
	for name, c := range map[string]struct {
		bring func(*bundle)
		want  store.Status
	}{
		"queued":    {func(*bundle) {}, store.Skipped},
		"retrying":  {func(b *bundle) { b.settle(retrying(b, b.claimOne(), 500, time.Hour)) }, store.Skipped},
		"sending":   {func(b *bundle) { b.claimOne() }, store.Skipped},
		"delivered": {func(b *bundle) { b.settle(delivered(b, b.claimOne())) }, store.Delivered},
		"failed":    {func(b *bundle) { b.settle(failed(b, b.claimOne(), 422)) }, store.Failed},
		"held": {func(b *bundle) {
			b.save(store.WebhookChange{Enabled: new(false)})
			b.hold(10)
			b.save(store.WebhookChange{Enabled: new(true)})
		}, store.Skipped},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			id := b.accept(b.lead("evt-1", jane, "", ""))[0]
			c.bring(b)
			require.Equal(t, store.Status(name), b.delivery(id).Status)
			require.Equal(t, 1, b.erase(store.PersonEmail, jane))
			_, err := b.Resend(b.ctx(), b.bot, id, maria)
			require.ErrorIs(t, err, store.ErrErased)
			d := b.delivery(id)
			require.Equal(t, c.want, d.Status)
			require.Equal(t, store.ReasonErased, d.Reason)
			b.clock.Add(24 * time.Hour)
			EndJob(t, b.DB, b.startRelease(), nil)
			require.Empty(t, b.claim(10).Claims)
			b.requireConsistent()
		})
	}
}

func personUnderWay(t *testing.T, open Open) {
	b := setup(t, open)
	id := b.accept(b.lead("evt-1", jane, "", ""))[0]
	c := b.claimOne()
	b.erase(store.PersonEmail, jane)
	s := delivered(b, c)
	s.Attempt.Response.Body = []byte("thank you, " + jane)
	b.settle(s)
	attempts := b.attemptsOf(id)
	require.Len(t, attempts, 1, "one request, one attempt in the log")
	require.Empty(t, attempts[0].Response.Body)
	require.Equal(t, store.Skipped, b.delivery(id).Status, "what is erased stays so")
	b.requireConsistent()
}

func personByEach(t *testing.T, open Open) {
	for kind, value := range map[store.PersonKind]string{
		store.PersonEmail: jane, store.PersonPhone: "+1 234-567-890", store.PersonExternalID: "submission-1",
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := setup(t, open)
			b.accept(b.lead("evt-1", jane, "+1234567890", "submission-1"), b.lead("evt-2", "", "", jane))
			require.Equal(t, 1, b.erase(kind, value))
			require.Equal(t, []string{"evt-2"}, b.found(uuid.Nil, jane), "an external id is not an email")
		})
	}
}

func personBatches(t *testing.T, open Open) {
	b := setup(t, open)
	other := b.newBot("another")
	for i := range 250 {
		bot := b.bot
		if i%5 == 0 {
			bot = other
		}
		b.acceptFor(bot, b.lead(fmt.Sprintf("evt-%d", i), jane, "", ""))
	}
	require.Equal(t, 250, b.erase(store.PersonEmail, jane))
	require.Zero(t, b.Waiting())
	require.Equal(t, 50, b.heldOrSkipped(other))
}

// heldOrSkipped counts the rows of a bot that will not be sent by themselves.
func (b *bundle) heldOrSkipped(bot uuid.UUID) int { return b.countRows(bot, store.Held, store.Skipped) }

func personOthers(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.lead("evt-1", jane, "", ""))
	kept := b.delivery(b.accept(b.lead("evt-2", "john@example.com", "", ""))[0])
	b.erase(store.PersonEmail, jane)
	require.Equal(t, kept, b.delivery(kept.ID))
	require.Equal(t, []string{"evt-2"}, b.found(b.bot, "john@example.com"))
	require.Equal(t, kept.ID, b.claimOne().ID)
}

func personRepeat(t *testing.T, open Open) {
	b := setup(t, open)
	e := b.lead("evt-1", jane, "", "")
	b.accept(e)
	b.erase(store.PersonEmail, jane)
	again := b.lead("evt-1", jane, "", "")
	accepted, err := b.Accept(b.ctx(), b.bot, []store.NewDelivery{again})
	require.NoError(t, err)
	require.Equal(t, store.Accepted{EventID: "evt-1", Status: store.Duplicate, DeliveryID: e.ID}, accepted[0])
}

func personExport(t *testing.T, open Open) {
	b := setup(t, open)
	var want []store.PersonEvent
	for i := range 130 { // more than one batch
		id := b.accept(b.lead(fmt.Sprintf("evt-%d", i), jane, "", ""))[0]
		if i == 0 {
			b.settle(failed(b, b.claimOne(), 422))
		}
		b.clock.Add(time.Millisecond)
		want = append(want, store.PersonEvent{Delivery: b.delivery(id), Attempts: b.attemptsOf(id)})
	}
	b.accept(b.lead("evt-john", "john@example.com", "", jane))
	require.Equal(t, want, b.export(store.PersonEmail, jane))
	require.NotEmpty(t, want[0].Attempts)
	require.NotEmpty(t, want[0].Delivery.Payload)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	require.Empty(t, b.export(store.PersonEmail, jane))
}

func personExportBroken(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.lead("evt-1", jane, "", ""), b.lead("evt-2", jane, "", ""))
	n := 0
	for range b.PersonEvents(b.ctx(), store.Person{Kind: store.PersonEmail, Value: jane}) {
		n++
		break
	}
	require.Equal(t, 1, n)
}

func personNobody(t *testing.T, open Open) {
	b := setup(t, open)
	for _, p := range []store.Person{{}, {Kind: "name", Value: "Jane"}, {Kind: store.PersonEmail, Value: " "}, {Kind: store.PersonPhone, Value: "+"}} {
		_, err := b.StartErase(b.ctx(), p, maria)
		require.Error(t, err, p)
		for _, err := range b.PersonEvents(b.ctx(), p) {
			require.Error(t, err, p)
		}
	}
}
