package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/handlers/settings"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite"
)

// installationWithABot has a bot, so that the database contains a sealed value.
func installationWithABot(t *testing.T) settings.Database {
	t.Helper()
	flags := emptyInstallation(t)
	require.NoError(t, flags.Use(t.Context(), func(db *db.DB) error {
		_, err := db.CreateBot(t.Context(), "Quiz", cliActor)
		return err
	}))
	return flags
}

// Every command refuses a database whose key file is lost or belongs to another database, and makes no new key.
func TestNothingStartsWithoutTheKeyOfItsDatabase(t *testing.T) {
	flags := installationWithABot(t)
	other := filepath.Join(t.TempDir(), "other.key")
	_, err := sqlite.KeysFor(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "other.db"), other)
	require.NoError(t, err)
	foreign, err := os.ReadFile(other)
	require.NoError(t, err)
	for _, c := range []struct{ name, file, says string }{
		{"lost", filepath.Join(t.TempDir(), "data", "iozen.key"), "there is no key file"},
		{"another's", other, "the key file does not hold key"},
	} {
		for _, command := range [][]string{
			{"serve", "--addr=127.0.0.1:0"},
			{"key", "create", "--name=x"},
			{"key", "rotate-master"},
			{"user", "create", "--email=a@example.com"},
			{"user", "reset-password", "--email=a@example.com"},
			{"user", "reset-second-factor", "--email=a@example.com"},
		} {
			t.Run(c.name+" "+strings.Join(command, " "), func(t *testing.T) {
				t.Setenv("IOZEN_KEY_FILE", c.file)
				code, _, failed := iozen(t, "", command...)
				require.Equal(t, exitFailure, code)
				require.Contains(t, failed, c.says)
				require.Regexp(t, `key [0-9a-f]{8}`, failed)
				require.Contains(t, failed, "IOZEN_KEY_FILE")
				if c.name == "lost" {
					require.NoDirExists(t, filepath.Dir(c.file))
				} else {
					after, err := os.ReadFile(c.file)
					require.NoError(t, err)
					require.Equal(t, foreign, after)
				}
			})
		}
	}
	require.NoError(t, flags.UseExisting(t.Context(), func(db *db.DB) error {
		bots, err := db.Bots(t.Context(), store.BotFilter{})
		require.Len(t, bots.Bots, 1, "with its key it opens as before")
		return err
	}))
}

func TestABackupNeedsNoKeyAndMakesNone(t *testing.T) {
	installationWithABot(t)
	missing := filepath.Join(t.TempDir(), "data", "iozen.key")
	t.Setenv("IOZEN_KEY_FILE", missing)
	file := filepath.Join(t.TempDir(), "copy.db")
	code, _, failed := iozen(t, "", "backup", file)
	require.Equal(t, exitOK, code, failed)
	require.FileExists(t, file)
	require.NoDirExists(t, filepath.Dir(missing))
}

// A command that is started in the wrong folder must not create a new installation beside the real one.
func TestCommandsThatNeedADatabaseMakeNone(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, command := range [][]string{
		{"backup", "copy.db"},
		{"key", "rotate-master"},
		{"user", "reset-password", "--email=a@example.com"},
		{"user", "reset-second-factor", "--email=a@example.com"},
	} {
		code, _, failed := iozen(t, "", command...)
		require.Equal(t, exitFailure, code, "%v", command)
		require.Contains(t, failed, "there is no database at data/iozen.db")
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files, "%v", command)
	}
}

func TestKeyFilesThatAreNoFilesAreRefusedAtOnce(t *testing.T) {
	emptyInstallation(t)
	dir := t.TempDir()
	pipe, long := filepath.Join(dir, "pipe"), filepath.Join(dir, "long")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(long, make([]byte, 1<<20), 0o600))
	for _, path := range []string{"/dev/zero", "/dev/random", "/dev/null", "/dev/stdin/", pipe, dir, long} {
		t.Run(path, func(t *testing.T) {
			t.Setenv("IOZEN_KEY_FILE", path)
			code, _, failed := iozen(t, "", "key", "create", "--name=x")
			require.NotEqual(t, exitOK, code)
			require.Contains(t, failed, "IOZEN_KEY_FILE")
		})
	}
}

func TestTheKeyFileIsAFileOfItsOwn(t *testing.T) {
	flags := emptyInstallation(t)
	path := strings.TrimPrefix(flags.DatabaseURL, "sqlite:")
	for _, file := range []string{"", path, filepath.Dir(path) + "/./" + filepath.Base(path), path + "-wal", path + ".lock"} {
		t.Setenv("IOZEN_KEY_FILE", file)
		code, _, failed := iozen(t, "", "serve", "--addr=127.0.0.1:0", "--key-file="+file)
		require.Equal(t, exitUsage, code, failed)
		require.Contains(t, failed, "IOZEN_KEY_FILE")
		require.NoFileExists(t, path)
	}
}

func TestAKeyFileThatOthersMayReadIsLogged(t *testing.T) {
	flags := installationWithABot(t)
	for mode, told := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o644: true, 0o604: true} {
		require.NoError(t, os.Chmod(flags.KeyFile, mode))
		_, _, failed := iozen(t, "", "serve", "--addr=203.0.113.1:1")
		require.Equal(t, told, strings.Contains(failed, "others than its owner may read the key file"), "%s: %s", mode, failed)
		info, err := os.Stat(flags.KeyFile)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), "it may be so on purpose")
	}
}

// One file has one lock, whatever name leads to it.
func TestALinkToTheDatabaseLetsNoSecondServerIn(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "iozen.db")
	link, folder := filepath.Join(dir, "link.db"), filepath.Join(dir, "folder")
	require.NoError(t, os.Symlink("iozen.db", link))
	require.NoError(t, os.Symlink(dir, folder))
	lock, err := sqlite.Lock("sqlite:" + real)
	require.NoError(t, err)
	defer lock.Close()
	for _, path := range []string{link, filepath.Join(folder, "iozen.db"), filepath.Join(folder, "link.db"), filepath.Join(dir, "x", "..", "iozen.db")} {
		_, err := sqlite.Lock("sqlite:" + path)
		require.ErrorIs(t, err, store.ErrLocked, path)
	}
}

// An interrupted copy is not taken for a new installation, which would ask the next visitor to become its owner.
func TestServeRefusesAnInterruptedCopy(t *testing.T) {
	flags := emptyInstallation(t)
	path := strings.TrimPrefix(flags.DatabaseURL, "sqlite:")
	require.NoError(t, os.WriteFile(path, make([]byte, 8192), 0o600))
	code, out, failed := iozen(t, "", "serve", "--addr=127.0.0.1:0")
	require.Equal(t, exitFailure, code)
	require.Contains(t, failed, path)
	require.NotContains(t, out, "Set-up code")
	require.NoFileExists(t, flags.KeyFile)
}

func TestManyFirstCommandsAtOnceAllWork(t *testing.T) {
	emptyInstallation(t)
	const many = 8
	codes := make(chan string, many)
	for range many {
		go func() {
			var said strings.Builder
			if run(context.Background(), []string{"key", "create", "--name=x"}, terminal{in: strings.NewReader(""), out: &strings.Builder{}, err: &said}) == exitOK {
				said.Reset()
			}
			codes <- said.String()
		}()
	}
	for range many {
		require.Empty(t, <-codes)
	}
}
