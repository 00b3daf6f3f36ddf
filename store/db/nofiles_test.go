package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/db/sqlite"
	"iozen/store/secret"
)

func TestAProcessWithoutFreeFilesIsUnavailableAndRecovers(t *testing.T) {
	cmd, lines := startChild(t, "no files", strings.TrimPrefix(testConfig(t).URL, "sqlite:"))
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, []string{"exhausted", "recovered"}, said)
}

// exhaustFiles keeps the pool's open connections busy while no more files can be opened.
func exhaustFiles(path string) error {
	ctx := context.Background()
	db, err := Open(ctx, Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1})})
	if err != nil {
		return err
	}
	bot, err := newSendingBot(ctx, db)
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	few := before
	few.Cur = uint64(len(open) - 1)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		return err
	}
	busy, err := db.reader.Rows(ctx, `SELECT id FROM bots`)
	if err != nil {
		return err
	}
	if _, err := db.Bot(ctx, bot); !sqlite.IsUnavailable(err) {
		return fmt.Errorf("reading without a connection: %w", err)
	}
	if err := db.Ping(ctx); err != nil {
		return fmt.Errorf("the writer has its connection: %w", err)
	}
	fmt.Println("exhausted")

	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	if _, err := db.Bot(ctx, bot); err != nil {
		return err
	}
	fmt.Println("recovered")
	return errors.Join(busy.Close(), db.Close())
}
