package db

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

func TestASealedValueOpensOnlyWhereItStands(t *testing.T) {
	keys := secret.NewKeyring([32]byte{1})
	bot, other := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	at := secret.WebhookPlace(store.FirstWebhook(bot), "headers")
	envelope := keys.Sealed(at, "s3cret")
	require.NotContains(t, envelope, "s3cret")
	require.NotEqual(t, envelope, keys.Sealed(at, "s3cret"), "a nonce of its own each time")
	plain, err := keys.Opened(at, envelope)
	require.NoError(t, err)
	require.Equal(t, "s3cret", plain)

	id, sealed, _ := strings.Cut(strings.TrimPrefix(envelope, "v1:"), ":")
	damaged := []byte(sealed)
	damaged[len(damaged)/2] ^= 1
	for name, c := range map[string]struct {
		keys     *secret.Keyring
		at       secret.Place
		envelope string
	}{
		"another bot":       {keys, secret.WebhookPlace(store.FirstWebhook(other), "headers"), envelope},
		"another column":    {keys, secret.WebhookPlace(store.FirstWebhook(bot), "secret"), envelope},
		"another table":     {keys, secret.VersionPlace(store.FirstWebhook(bot), 1), envelope},
		"another key":       {secret.NewKeyring([32]byte{2}), at, envelope},
		"damaged":           {keys, at, "v1:" + id + ":" + string(damaged)},
		"cut":               {keys, at, envelope[:len(envelope)-4]},
		"too short":         {keys, at, "v1:" + id + ":AAAA"},
		"not base64":        {keys, at, "v1:" + id + ":%%%"},
		"another scheme":    {keys, at, "v2" + envelope[2:]},
		"never sealed":      {keys, at, "s3cret"},
		"sealed in nothing": {keys, at, "v1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.keys.Opened(c.at, c.envelope)
			require.Error(t, err)
			require.NotContains(t, err.Error(), sealed, "an error holds no envelope")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestNothingIsSealedOfNothing(t *testing.T) {
	keys := secret.NewKeyring([32]byte{1})
	at := secret.WebhookPlace(store.WebhookID{}, "headers")
	require.Empty(t, keys.Sealed(at, ""))
	plain, err := keys.Opened(at, "")
	require.NoError(t, err)
	require.Empty(t, plain)
}

func TestNoSecretIsInTheDatabaseFiles(t *testing.T) {
	config := migratedConfig(t)
	path := strings.TrimPrefix(config.URL, "sqlite:")
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	w, err := db.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer MARKER-header")}}})
	require.NoError(t, err)
	_, err = db.UseWebhook(t.Context(), store.FirstWebhook(bot))
	require.NoError(t, err)
	e := testEvents(1)[0]
	e.Email = "marker-person@example.com"
	_, err = db.Accept(t.Context(), bot, []store.NewDelivery{e})
	require.NoError(t, err)
	require.NoError(t, db.CreateKey(t.Context(), store.Key{ID: uuid.Must(uuid.NewV7()), Name: "marker-key-name", SecretHash: [32]byte{1}}))

	// By another process: closing a descriptor of the file in this one would drop SQLite's locks.
	raw, err := exec.Command("cat", path, path+"-wal").Output()
	require.NoError(t, err)
	require.Contains(t, string(raw), "marker-key-name", "the search finds what is there")
	for _, secret := range []string{"MARKER-header", w.Secret, strings.TrimPrefix(w.Secret, "whsec_"), "marker-person"} {
		require.NotContains(t, string(raw), secret)
	}
}

// FuzzOpened: whatever stands in the database, opening it is an answer or an error, and tells no key.
func FuzzOpened(f *testing.F) {
	keys := secret.NewKeyring([32]byte{1})
	at := secret.WebhookPlace(store.WebhookID{}, "headers")
	for _, seed := range []string{"", "v1", "v1::", "v1:" + keys.Newest().ID + ":", keys.Sealed(at, "s3cret"), "v2:x:y", ":::::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, envelope string) {
		plain, err := keys.Opened(at, envelope)
		if err == nil && envelope != "" {
			require.Equal(t, "s3cret", plain, "nobody else can seal")
		}
	})
}
