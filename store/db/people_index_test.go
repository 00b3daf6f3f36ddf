package db

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

// indexed counts the hashes of people that are kept, sorted in or not.
func indexed(t *testing.T, db *DB) (n int) {
	t.Helper()
	require.NoError(t, db.mergeAll(t.Context()))
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COUNT(*) FROM people`).Scan(&n))
	return n
}

// personEvents are events at a moment, each of a person with an email and an external id.
func personEvents(at time.Time, n int) []store.NewDelivery {
	events := testEvents(n)
	for i := range events {
		e := &events[i]
		id := firstID(at)
		copy(e.ID[:6], id[:6])
		e.Email, e.ExternalID = e.EventID+"@example.com", e.EventID
		e.Payload = []byte(`{"user_data":{"email":"` + e.Email + `","external_id":"` + e.ExternalID + `"}}`)
	}
	return events
}

func TestHashesOfPeopleLeaveWithTheirRun(t *testing.T) {
	now := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	config := migratedConfig(t)
	config.Now = func() time.Time { return now }
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{EventNames: &[]string{"Purchase"}}) // what comes is skipped, and may go
	require.NoError(t, err)
	for _, hours := range []int{0, 1, 7, 30} {
		now = time.Date(2026, 3, 5, 12+hours, 0, 0, 0, time.UTC)
		_, err := db.Accept(t.Context(), bot, personEvents(now, 10))
		require.NoError(t, err)
	}
	require.Equal(t, 80, indexed(t, db))
	round := func(retention time.Duration) {
		require.NoError(t, (&upkeep.Maintenance{DB: db, Retention: store.Retention{Usual: retention}}).Round(t.Context()))
	}
	round(29*time.Hour + time.Minute)
	require.Equal(t, 80, indexed(t, db), "their run is not over")
	round(24 * time.Hour)
	require.Equal(t, 40, indexed(t, db))
	round(time.Second)
	require.Equal(t, 20, indexed(t, db), "the last run stays while it has deliveries")
}

func TestADeletedBotsHashesOfPeopleGoWithIt(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	other, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for _, b := range []uuid.UUID{bot, other} {
		_, err = db.Accept(t.Context(), b, personEvents(time.Now(), 10))
		require.NoError(t, err)
	}
	require.NoError(t, db.DeleteBot(t.Context(), bot, store.Actor{}))
	for n := 1; n > 0; {
		n, err = db.Sweep(t.Context(), 7)
		require.NoError(t, err)
	}
	require.Equal(t, 20, indexed(t, db))
}

func TestTheJournalOfPeopleIsCountedAgainAtStart(t *testing.T) {
	config := migratedConfig(t)
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	acceptPeople(t, db, bot, 600)
	require.Len(t, openTest(t, config).journal.Load().waiting, 600*entrySize)
}

// acceptPeople accepts n events, each of a person of its own, with two hashes.
func acceptPeople(t *testing.T, db *DB, bot uuid.UUID, n int) (last store.NewDelivery) {
	t.Helper()
	events := personEvents(time.Now(), n)
	_, err := db.Accept(t.Context(), bot, events)
	require.NoError(t, err)
	return events[n-1]
}

// inIndex and inJournal count what is sorted in and what is noted.
func inIndex(t *testing.T, db *DB) (n int) {
	t.Helper()
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COUNT(*) FROM people`).Scan(&n))
	return n
}

func inJournal(t *testing.T, db *DB) (n int) {
	t.Helper()
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COALESCE(SUM(LENGTH(entries)), 0) FROM people_journal`).Scan(&n))
	return n / entrySize
}

// shortJournal is full sooner than the usual one, and sorted in by the same steps.
const shortJournal = 800

func withShortJournal(c Config) Config {
	c.JournalFull = shortJournal
	return c
}

func TestAFullJournalOfPeopleIsSortedInByTheGroupsThatFollow(t *testing.T) {
	db := openTest(t, withShortJournal(migratedConfig(t)))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	acceptPeople(t, db, bot, shortJournal-1)
	require.Zero(t, inIndex(t, db))
	acceptPeople(t, db, bot, 1)
	require.Equal(t, mergeStep+mergePace, inIndex(t, db), "no group sorts in more than its part")
	require.Equal(t, shortJournal, inJournal(t, db), "what is being sorted in is found in the journal until all of it is in the index")
	before := 0
	for db.journal.Load().merge.underWay() {
		acceptPeople(t, db, bot, 50)
		before += 50
	}
	require.Less(t, before, shortJournal, "a merge ends before the journal is full again")
	require.Equal(t, 2*shortJournal, inIndex(t, db))
	require.Equal(t, before, inJournal(t, db))
}

func TestAMergeOfPeopleThatAProcessLeftIsEndedByTheNext(t *testing.T) {
	config := withShortJournal(migratedConfig(t))
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	acceptPeople(t, db, bot, shortJournal-1)
	acceptPeople(t, db, bot, 1)
	require.True(t, db.journal.Load().merge.underWay())
	require.Equal(t, 2*shortJournal, indexed(t, openTest(t, config)))
}

func TestErasingAPersonWhileTheJournalIsSortedInLeavesNoHash(t *testing.T) {
	db := openTest(t, withShortJournal(migratedConfig(t)))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	acceptPeople(t, db, bot, shortJournal-1)
	last := acceptPeople(t, db, bot, 1)
	require.True(t, db.journal.Load().merge.underWay())
	require.Equal(t, 1, erase(t, db, store.Person{Kind: store.PersonEmail, Value: last.Email}))
	require.Equal(t, 2*shortJournal-2, indexed(t, db))
}

func TestAnEventOfManyPeopleLeavesNoHash(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)
	e[0].Email, e[0].Phone, e[0].ExternalID = "a@x.example, b@x.example, c@x.example / 0171 2345671", "030 5550991 or 0171 2345671", "crm-77"
	e[0].Payload = []byte(`{"user_data":{"email":"` + e[0].Email + `","phone":"` + e[0].Phone + `","external_id":"crm-77"}}`)
	_, err = db.Accept(t.Context(), bot, e)
	require.NoError(t, err)
	for _, p := range []store.Person{{Kind: store.PersonEmail, Value: "c@x.example"}, {Kind: store.PersonPhone, Value: "0171 2345671"}, {Kind: store.PersonPhone, Value: "+49 30 5550991"}, {Kind: store.PersonPhone, Value: e[0].Phone}, {Kind: store.PersonEmail, Value: e[0].Email}, {Kind: store.PersonExternalID, Value: "crm-77"}} {
		counts, err := db.PersonCounts(t.Context(), p)
		require.NoError(t, err)
		require.Len(t, counts, 1, p)
		require.Equal(t, 1, counts[0].Events, p)
	}
	require.Equal(t, 6, indexed(t, db))
	require.Equal(t, 1, erase(t, db, store.Person{Kind: store.PersonEmail, Value: "b@x.example"}))
	require.Zero(t, indexed(t, db))
}
