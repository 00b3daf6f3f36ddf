package db

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/sealed"
	"iozen/store/db/sqlite"
	"iozen/store/secret"
)

// Each column that is sealed asks for its key: a ring that lacks one of them would lose what is saved from now on.
func TestADatabaseOpensOnlyWithTheKeysOfItsValues(t *testing.T) {
	r := newRotation(t)
	old := secret.DeriveKeys(r.old).ID
	for name, c := range map[string]struct {
		keys  [][32]byte
		opens bool
	}{
		"its key":              {[][32]byte{r.old}, true},
		"a newer key besides":  {[][32]byte{r.old, r.now}, true},
		"an older key besides": {[][32]byte{r.now, r.old}, true},
		"another key":          {[][32]byte{r.now}, false},
		"several others":       {[][32]byte{{7}, {8}, {9}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, beside := range []bool{true, false} {
				config := r.config
				config.Keys, config.Beside = secret.NewKeyring(c.keys...), beside
				db, err := Open(t.Context(), config)
				if c.opens {
					require.NoError(t, err)
					require.NoError(t, db.Close())
					continue
				}
				var missing *store.MissingKeyError
				require.ErrorAs(t, err, &missing)
				require.Equal(t, []string{old}, missing.IDs)
				require.ErrorContains(t, err, "IOZEN_KEY_FILE")
				require.ErrorContains(t, err, old)
			}
		})
	}
}

// Whoever comes second must not seal with another key, also while nothing is sealed yet.
func TestANewDatabaseNamesTheKeyOfItsFirstServer(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "new.db") },
		"postgres": func(t *testing.T) string { return pgtest.Empty(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url := url(t)
			openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1}), Serving: true})
			_, err := Open(t.Context(), Config{URL: url, Keys: secret.NewKeyring([32]byte{2}), Serving: true})
			var missing *store.MissingKeyError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, []string{secret.DeriveKeys([32]byte{1}).ID}, missing.IDs)
		})
	}
}

// Two that find a new database at the same moment both believe that nothing is sealed.
func TestOfTwoKeysForANewDatabaseOneIsRefused(t *testing.T) {
	url := pgtest.Empty(t)
	refused := make(chan error)
	for key := range byte(2) {
		go func() {
			db, err := Open(t.Context(), Config{URL: url, Keys: secret.NewKeyring([32]byte{key + 1}), Serving: true})
			if err == nil {
				err = db.Close()
			}
			refused <- err
		}()
	}
	missing := 0
	for range 2 {
		if err := <-refused; err != nil {
			require.ErrorAs(t, err, new(*store.MissingKeyError))
			missing++
		}
	}
	require.Equal(t, 1, missing)
}

func TestOneValueUnderALostKeyIsEnoughToRefuse(t *testing.T) {
	for _, c := range sealed.Columns {
		t.Run(c.Table+"."+c.Field, func(t *testing.T) {
			r := newRotation(t)
			alter(t, pathOf(r.config), `UPDATE `+c.Table+` SET `+c.Field+` = 'v1:0badc0de:AAAA'`)
			_, err := Open(t.Context(), r.config)
			var missing *store.MissingKeyError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, []string{"0badc0de"}, missing.IDs)
		})
	}
}

// A value that is damaged names no key: it must not keep the others from being used.
func TestADamagedValueAsksForNoKey(t *testing.T) {
	for _, envelope := range []string{"garbage", "v1:", "v1:xyz:AAAA", "v1:0BADC0DE:AAAA", "v2:0badc0de:AAAA", "v1:0badc0de", " "} {
		r := newRotation(t)
		alter(t, pathOf(r.config), `UPDATE webhooks SET previous_secret = '`+envelope+`'`)
		alter(t, pathOf(r.config), `UPDATE key_check SET value = '`+envelope+`'`)
		db, err := Open(t.Context(), r.config)
		require.NoError(t, err, envelope)
		require.NoError(t, db.Close())
	}
}

func TestAKeyFileIsMadeOnlyWhereNothingIsSealed(t *testing.T) {
	keyFile := func(t *testing.T) string { return filepath.Join(t.TempDir(), "iozen.key") }
	t.Run("no database", func(t *testing.T) {
		file := keyFile(t)
		_, err := sqlite.KeysFor(t.Context(), testConfig(t).URL, file)
		require.NoError(t, err)
		require.FileExists(t, file)
	})
	t.Run("a database that was made and never opened", func(t *testing.T) {
		config, file := testConfig(t), keyFile(t)
		require.NoError(t, sqlite.Create(t.Context(), pathOf(config)))
		_, err := sqlite.KeysFor(t.Context(), config.URL, file)
		require.NoError(t, err)
		require.FileExists(t, file)
	})
	t.Run("a database without a bot", func(t *testing.T) {
		config, file := testConfig(t), keyFile(t)
		require.NoError(t, openTest(t, config).Close())
		_, err := sqlite.KeysFor(t.Context(), config.URL, file)
		require.ErrorAs(t, err, new(*store.MissingKeyError), "it names the key of whoever opened it")
		require.NoFileExists(t, file)
	})
	t.Run("a database with sealed values", func(t *testing.T) {
		r, file := newRotation(t), keyFile(t)
		_, err := sqlite.KeysFor(t.Context(), r.config.URL, file)
		var missing *store.MissingKeyError
		require.ErrorAs(t, err, &missing)
		require.ErrorContains(t, err, file)
		require.ErrorContains(t, err, secret.DeriveKeys(r.old).ID)
		require.NoFileExists(t, file)
	})
	t.Run("a file that is not a database", func(t *testing.T) {
		config, file := testConfig(t), keyFile(t)
		require.NoError(t, os.WriteFile(pathOf(config), []byte("text"), 0o600))
		_, err := sqlite.KeysFor(t.Context(), config.URL, file)
		require.Error(t, err)
		require.NoFileExists(t, file)
	})
}
