package db

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/secret"
)

// storedAs reads a delivery's fingerprint as it stands in the file.
func storedAs(t *testing.T, db *DB, id uuid.UUID) (fingerprint []byte) {
	t.Helper()
	require.NoError(t, db.reader.Row(t.Context(), `SELECT e.fingerprint FROM event_ids e JOIN deliveries d ON d.bot = e.bot AND d.event_id = e.event_id WHERE d.number = ?`, number.Of(id)).Scan(&fingerprint))
	return fingerprint
}

func TestAStoredFingerprintNeedsTheKey(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)[0]
	_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
	require.NoError(t, err)
	stored := storedAs(t, db, e.ID)
	require.Len(t, stored, 20)
	require.False(t, bytes.Contains(e.Fingerprint[:], stored[4:]), "what anybody can compute is not kept")
	again := sha256.Sum256(e.Fingerprint[:])
	require.False(t, bytes.Contains(again[:], stored[4:]))
	require.NotEqual(t, stored[4:], secret.DeriveKeys([32]byte{2}).StoredFingerprint(e.Fingerprint)[4:])
}

func TestARepeatIsKnownAcrossARotationOfTheMasterKey(t *testing.T) {
	config := Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "rotated.db"), Keys: secret.NewKeyring([32]byte{1})}
	db, err := Open(t.Context(), config)
	require.NoError(t, err)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)[0]
	_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
	require.NoError(t, err)
	require.NoError(t, db.Close())

	repeat, other := e, e
	repeat.ID = uuid.Must(uuid.NewV7())
	other.ID, other.Fingerprint = uuid.Must(uuid.NewV7()), sha256.Sum256([]byte("other content"))
	for name, keys := range map[string]*secret.Keyring{
		"the same key":            secret.NewKeyring([32]byte{1}),
		"a newer key beside it":   secret.NewKeyring([32]byte{1}, [32]byte{2}),
		"two newer keys":          secret.NewKeyring([32]byte{1}, [32]byte{2}, [32]byte{3}),
		"the key is an older one": secret.NewKeyring([32]byte{9}, [32]byte{1}),
	} {
		config.Keys = keys
		db, err := Open(t.Context(), config)
		require.NoError(t, err, name)
		accepted, err := db.Accept(t.Context(), bot, []store.NewDelivery{repeat})
		require.NoError(t, err, name)
		require.Equal(t, []store.Accepted{{EventID: e.EventID, Status: store.Duplicate, DeliveryID: e.ID}}, accepted, name)
		_, err = db.Accept(t.Context(), bot, []store.NewDelivery{other})
		var conflict *store.EventConflictError
		require.ErrorAs(t, err, &conflict, name)
		require.NoError(t, db.Close())
	}
}

func TestNoFingerprintIsLeftOfAnErasedPerson(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	e := testEvents(1)[0]
	e.Phone = "+15550123456"
	_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
	require.NoError(t, err)
	require.Equal(t, 1, erase(t, db, store.Person{Kind: store.PersonPhone, Value: e.Phone}))
	require.Empty(t, storedAs(t, db, e.ID))

	other := e
	other.ID, other.Fingerprint = uuid.Must(uuid.NewV7()), sha256.Sum256([]byte("other"))
	accepted, err := db.Accept(t.Context(), bot, []store.NewDelivery{other})
	require.NoError(t, err)
	require.Equal(t, store.Duplicate, accepted[0].Status, "what is left of it is known by its id")
}

func TestAFingerprintThatCannotBeComparedDecidesNothing(t *testing.T) {
	keys := secret.NewKeyring([32]byte{1})
	given := sha256.Sum256([]byte("x"))
	for name, stored := range map[string][]byte{
		"of an erased event": nil, "of an older program": given[:], "of a key that is gone": secret.DeriveKeys([32]byte{2}).StoredFingerprint(given), "cut": {1, 2, 3},
	} {
		require.False(t, keys.Differs(stored, given), name)
		require.False(t, keys.Differs(stored, sha256.Sum256([]byte("y"))), name)
	}
	require.False(t, keys.Differs(keys.Newest().StoredFingerprint(given), given))
	require.True(t, keys.Differs(keys.Newest().StoredFingerprint(given), sha256.Sum256([]byte("y"))))
}

func TestMoreNamesThanAnyoneChoosesAreNotRead(t *testing.T) {
	many := `["n` + strings.Repeat(`","n`, 5000) + `"]`
	names, err := store.ChosenNames(many)
	require.NoError(t, err)
	require.Len(t, names, store.MaxEventNames)

	db := openTest(t, migratedConfig(t))
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(`UPDATE webhooks SET event_names = ?`, many)
		return err
	}))
	w, err := db.Webhook(t.Context(), store.FirstWebhook(bot))
	require.NoError(t, err)
	require.Len(t, w.EventNames, store.MaxEventNames)
}
