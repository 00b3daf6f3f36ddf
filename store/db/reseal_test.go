package db

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sealed"
	"iozen/store/secret"
)

// rotation is a database with one of everything that is sealed, and of what is hashed, by the first of two keys.
type rotation struct {
	config   Config
	old, now [32]byte
	bot      uuid.UUID
	account  store.Account
	secret   string // the signing secret
	session  uuid.UUID
	event    store.NewDelivery
}

func newRotation(t *testing.T) *rotation {
	t.Helper()
	r := &rotation{config: migratedConfig(t), old: [32]byte{1}, now: [32]byte{2}}
	r.config.Keys = secret.NewKeyring(r.old)
	db, err := Open(t.Context(), r.config)
	require.NoError(t, err)
	r.bot, err = newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for _, value := range []string{"one", "two"} { // two versions that were sent with
		_, err := db.SaveWebhook(t.Context(), store.FirstWebhook(r.bot), store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: &value}}})
		require.NoError(t, err)
		_, err = db.UseWebhook(t.Context(), store.FirstWebhook(r.bot))
		require.NoError(t, err)
	}
	w, err := db.RotateSecret(t.Context(), store.FirstWebhook(r.bot), store.Actor{})
	require.NoError(t, err)
	r.secret = w.Secret
	r.account, err = db.CreateAccount(t.Context(), store.Account{Email: "maria@acme.example", Role: store.RoleOwner}, store.Actor{})
	require.NoError(t, err)
	require.NoError(t, db.BeginSecondFactor(t.Context(), r.account.ID, "SECRET"))
	r.session = uuid.Must(uuid.NewV7())
	session := store.Session{ID: r.session, AccountID: r.account.ID, Mark: db.PowersMark(r.account)}
	session.Note.Show("key", "iozen_secret", time.Now())
	require.NoError(t, db.CommitSession(t.Context(), "token", []byte("data"), time.Now().Add(time.Hour), session))
	renamed := "https://example.com/other"
	_, err = db.SaveWebhook(t.Context(), store.FirstWebhook(r.bot), store.WebhookChange{URL: &renamed, Edit: &store.Edit{Tab: "one", Seq: 1}})
	require.NoError(t, err)
	_, err = db.StartResend(t.Context(), store.DeliveryFilter{Query: "jane@example.com"}, store.Actor{})
	require.NoError(t, err)
	require.NoError(t, db.SetNotificationWebhook(t.Context(), "https://example.com/notify", store.Actor{}))
	r.event = testEvents(1)[0]
	r.event.Email = "jane@example.com"
	r.event.Payload = []byte(`{"user_data":{"email":"jane@example.com"}}`)
	_, err = db.Accept(t.Context(), r.bot, []store.NewDelivery{r.event})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return r
}

func (r *rotation) open(t *testing.T, keys ...[32]byte) *DB {
	t.Helper()
	r.config.Keys = secret.NewKeyring(keys...)
	return openTest(t, r.config)
}

// requireAllOpens reads everything that is sealed.
func (r *rotation) requireAllOpens(t *testing.T, db *DB) {
	t.Helper()
	w, err := db.Webhook(t.Context(), store.FirstWebhook(r.bot))
	require.NoError(t, err)
	require.Equal(t, "two", w.Headers[0].Value)
	require.Equal(t, r.secret, w.Secret)
	require.NotEmpty(t, w.PreviousSecret)
	require.Equal(t, []store.Field{store.FieldURL}, w.Undo.Fields)
	for version, value := range map[int64]string{w.Version - 2: "one", w.Version - 1: "two", w.Version: "two"} {
		v, err := db.WebhookVersion(t.Context(), store.FirstWebhook(r.bot), version)
		require.NoError(t, err)
		require.Equal(t, value, v.Headers[0].Value)
	}
	factor, err := db.SecondFactor(t.Context(), r.account.ID)
	require.NoError(t, err)
	require.Equal(t, "SECRET", factor.Secret)
	session, _, err := db.SessionAccount(t.Context(), r.session)
	require.NoError(t, err)
	require.Equal(t, "iozen_secret", session.Note.Shown["key"].Text)
	jobs, err := db.Jobs(t.Context(), store.JobFilter{BotID: uuid.Nil, Kinds: []store.JobKind{store.JobResend}, EndedAfter: time.Time{}})
	require.NoError(t, err)
	require.Equal(t, "jane@example.com", jobs[0].Filter.Query)
	n, err := db.NotificationWebhook(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, n.Secret)
}

func TestAfterARotationTheNewKeyAloneOpensEverything(t *testing.T) {
	r := newRotation(t)
	db := r.open(t, r.old, r.now)
	r.requireAllOpens(t, db)
	needs, err := db.NeedsReseal(t.Context())
	require.NoError(t, err)
	require.True(t, needs)

	n, err := db.Reseal(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	r.requireAllOpens(t, db) // half-way
	for n == 3 {
		n, err = db.Reseal(t.Context(), 3)
		require.NoError(t, err)
	}
	needs, err = db.NeedsReseal(t.Context())
	require.NoError(t, err)
	require.False(t, needs)
	require.NoError(t, db.ResealDone(t.Context(), store.Actor{}))
	r.requireAllOpens(t, db)

	path := strings.TrimPrefix(r.config.URL, "sqlite:")
	raw, err := exec.Command("cat", path, path+"-wal").Output()
	require.NoError(t, err)
	require.NotContains(t, string(raw), "v1:"+secret.DeriveKeys(r.old).ID, "nothing is left for who has the old key")
	require.NoError(t, db.Close())
	r.requireAllOpens(t, r.open(t, r.now))
}

func TestPeopleAreFoundAndForgottenUnderEveryKey(t *testing.T) {
	r := newRotation(t)
	db := r.open(t, r.old, r.now)
	later := testEvents(1)[0]
	later.EventID, later.ID = "later", uuid.Must(uuid.NewV7())
	later.Email = "Jane@example.com"
	later.Payload = r.event.Payload
	_, err := db.Accept(t.Context(), r.bot, []store.NewDelivery{later})
	require.NoError(t, err)

	found, err := db.Deliveries(t.Context(), store.DeliveryFilter{Query: "jane@example.com"})
	require.NoError(t, err)
	require.Len(t, found.Deliveries, 2)
	jane := store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}
	var events []uuid.UUID
	for e, err := range db.PersonEvents(t.Context(), jane) {
		require.NoError(t, err)
		events = append(events, e.Delivery.ID)
	}
	require.ElementsMatch(t, []uuid.UUID{r.event.ID, later.ID}, events)
	require.Equal(t, 2, erase(t, db, jane))
	var left int
	require.NoError(t, db.reader.Row(t.Context(), `SELECT COUNT(*) FROM people`).Scan(&left))
	require.Zero(t, left)
}

func TestKeyedHashesOfEveryKey(t *testing.T) {
	config := migratedConfig(t)
	config.Keys = secret.NewKeyring([32]byte{1}, [32]byte{2})
	db := openTest(t, config)
	hashes := db.KeyedHashes("a", "b")
	require.Len(t, hashes, 2)
	require.Equal(t, db.KeyedHash("a", "b"), hashes[0])
	require.Equal(t, secret.DeriveKeys([32]byte{1}).KeyedHash("a", "b"), hashes[1])
	require.NotEqual(t, db.KeyedHash("a", "b"), db.KeyedHash("b", "a"))
}

// TestEverySealedColumnIsResealed reads the source: whatever has a place is in the list, and nothing else.
func TestEverySealedColumnIsResealed(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	require.NoError(t, err)
	listed, used := map[string]bool{}, map[string]bool{}
	for _, c := range sealed.Columns {
		listed[c.Table+"."+c.Field] = true
	}
	ofWebhook := regexp.MustCompile(`WebhookPlace\([^,()]+, "(\w+)"\)`)
	ofOthers := regexp.MustCompile(`Place\{"(\w+)", .+, "(\w+)"\}`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range ofWebhook.FindAllStringSubmatch(string(source), -1) {
			used["webhooks."+found[1]] = true
		}
		for _, found := range ofOthers.FindAllStringSubmatch(string(source), -1) {
			used[found[1]+"."+found[2]] = true
		}
	}
	require.Equal(t, used, listed)
}
