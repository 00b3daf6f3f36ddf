package db

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
	"iozen/store/secret"
)

func TestABackupIsAWholeDatabaseForItsOwnerAlone(t *testing.T) {
	config := migratedConfig(t)
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	accepted, err := db.Accept(t.Context(), bot, testEvents(3))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "copy of iozen's.db")
	require.NoError(t, sqlite.Backup(t.Context(), "sqlite:"+db.Path(), path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = db.Accept(t.Context(), bot, testEvents(1))
	require.NoError(t, err)

	config.URL = "sqlite:" + path
	restored := openTest(t, config)
	require.Equal(t, 3, restored.Waiting())
	d, err := restored.Delivery(t.Context(), accepted[0].DeliveryID)
	require.NoError(t, err)
	require.Equal(t, accepted[0].EventID, d.EventID)
	before, err := db.Webhook(t.Context(), store.FirstWebhook(bot))
	require.NoError(t, err)
	after, err := restored.Webhook(t.Context(), store.FirstWebhook(bot))
	require.NoError(t, err)
	require.Equal(t, before, after, "what is sealed opens in the copy")
}

func TestAClosedDatabaseIsOneFile(t *testing.T) {
	config := migratedConfig(t)
	db, err := Open(t.Context(), config)
	require.NoError(t, err)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	_, err = db.Accept(t.Context(), bot, testEvents(10))
	require.NoError(t, err)
	_, err = db.Bots(t.Context(), store.BotFilter{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	files, err := os.ReadDir(filepath.Dir(strings.TrimPrefix(config.URL, "sqlite:")))
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing is left in a write-ahead log")
	require.Equal(t, 10, openTest(t, config).Waiting())
}

func TestABackupReplacesNothing(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	path := filepath.Join(t.TempDir(), "there.db")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o644))
	require.Error(t, sqlite.Backup(t.Context(), "sqlite:"+db.Path(), path))
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(kept))
	require.Error(t, sqlite.Backup(t.Context(), "sqlite:"+db.Path(), filepath.Join(t.TempDir(), "no folder", "copy.db")))
}

// backUpWithoutRoom makes a copy that may not grow past 64 KiB.
func backUpWithoutRoom(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // so that the write fails
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}); err != nil {
		return err
	}
	return sqlite.Backup(context.Background(), "sqlite:"+path, filepath.Join(filepath.Dir(path), "copy.db"))
}

// dieInTheBackup leaves what a process leaves that is killed in the middle: half a file, and SQLite's notes about it.
func dieInTheBackup(path string) error {
	part, err := sqlite.OpenPart(filepath.Join(filepath.Dir(path), "copy.db.part"))
	if err != nil {
		return err
	}
	if err := sqlite.CopyTo(context.Background(), path, part); err != nil {
		return err
	}
	if err := errors.Join(part.Truncate(64<<10), os.WriteFile(part.Name()+"-journal", make([]byte, 512), 0o600)); err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

// newFullDatabase is larger than backUpWithoutRoom allows.
func newFullDatabase(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "iozen.db")
	db, err := Open(t.Context(), Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	for range 10 {
		_, err = db.Accept(t.Context(), bot, testEvents(100))
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
	return path
}

func TestAnInterruptedBackupIsNoneAndTheNextOneIsWhole(t *testing.T) {
	path := newFullDatabase(t)
	file := filepath.Join(filepath.Dir(path), "copy.db")
	cmd, lines := startChild(t, "half a backup", path)
	for lines.Scan() {
	}
	require.Error(t, cmd.Wait(), "ended in the middle")
	require.NoFileExists(t, file)
	require.FileExists(t, file+".part")
	_, err := Open(t.Context(), Config{URL: "sqlite:" + file + ".part", Keys: secret.NewKeyring([32]byte{1})})
	require.Error(t, err, "not an empty database")

	require.NoError(t, sqlite.Backup(t.Context(), "sqlite:"+path, file))
	left, err := filepath.Glob(file + "*")
	require.NoError(t, err)
	require.Equal(t, []string{file}, left)
	require.Equal(t, 1000, openTest(t, Config{URL: "sqlite:" + file, Keys: secret.NewKeyring([32]byte{1})}).Waiting())
}

func TestABackupWithoutRoomSaysSoAndLeavesNothing(t *testing.T) {
	path := newFullDatabase(t)
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), childVariable+"=backup without room")
	said, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "no room")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "copy.db*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestABackupThatIsGivenUpLeavesNothing(t *testing.T) {
	path := newFullDatabase(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(filepath.Dir(path), "copy.db")
	require.Error(t, sqlite.Backup(ctx, "sqlite:"+path, file))
	left, err := filepath.Glob(file + "*")
	require.NoError(t, err)
	require.Empty(t, left)
}

// A backup before an upgrade must hold what the old version can read, and must not change the database under it.
func TestABackupTakesTheSchemaAsItIs(t *testing.T) {
	for name, upTo := range map[string]int64{"older": 0, "newer": 99999} {
		t.Run(name, func(t *testing.T) {
			config := newOldDatabase(t)
			if upTo > 0 {
				alter(t, pathOf(config), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
			}
			file := filepath.Join(t.TempDir(), "copy.db")
			require.NoError(t, sqlite.Backup(t.Context(), config.URL, file))
			require.Equal(t, upTo, versionOf(t, file))
			require.Equal(t, upTo, versionOf(t, pathOf(config)))
		})
	}
}

func TestABackupOfNothingMakesNothing(t *testing.T) {
	dir := t.TempDir()
	err := sqlite.Backup(t.Context(), "sqlite:"+filepath.Join(dir, "data", "iozen.db"), filepath.Join(dir, "copy.db"))
	require.ErrorContains(t, err, "there is no database at "+dir)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

// SQLite would take the backup for a part of the database, and the database could not be opened.
func TestABackupHasNoNameThatTheDatabaseUses(t *testing.T) {
	path := newFullDatabase(t)
	dir := filepath.Dir(path)
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "folder")))
	for _, name := range []string{"iozen.db-journal", "iozen.db-wal", "iozen.db-shm", "iozen.db.lock", "folder/iozen.db-journal", "./iozen.db-wal", "x/../iozen.db-wal"} {
		require.ErrorContains(t, sqlite.Backup(t.Context(), "sqlite:"+path, dir+"/"+name), "Choose another name", name)
		require.NoFileExists(t, path+"-journal")
		require.NoFileExists(t, path+".lock")
	}
	for _, name := range []string{"iozen.db.backup", "iozen.db-wal.db", "iozen.db-2026", "other.db-journal.db"} {
		require.NoError(t, sqlite.Backup(t.Context(), "sqlite:"+path, filepath.Join(dir, name)), name)
	}
}

func TestTwoBackupsToOneFileAreKeptApart(t *testing.T) {
	path := newFullDatabase(t)
	file := filepath.Join(t.TempDir(), "copy.db")
	part, err := sqlite.OpenPart(file + ".part")
	require.NoError(t, err)
	require.ErrorContains(t, sqlite.Backup(t.Context(), "sqlite:"+path, file), "another backup")
	require.NoError(t, part.Close())
	require.NoError(t, sqlite.Backup(t.Context(), "sqlite:"+path, file))
}
