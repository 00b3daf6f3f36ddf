package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/secret"
)

func TestAFullDiskIsUnavailableAndRecovers(t *testing.T) {
	cmd, lines := startChild(t, "disk full", strings.TrimPrefix(testConfig(t).URL, "sqlite:"))
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, []string{"full", "recovered"}, said)
}

// fillDisk lets no file grow for a while, which is what a full disk looks like to a process.
func fillDisk(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // so that the write fails instead
	ctx := context.Background()
	db, err := Open(ctx, Config{URL: "sqlite:" + path, Keys: secret.NewKeyring([32]byte{1})})
	if err != nil {
		return err
	}
	bot, err := newSendingBot(ctx, db)
	if err != nil {
		return err
	}
	before, err := allowGrowth(path, 64<<10)
	if err != nil {
		return err
	}
	taken := 0
	for err == nil {
		if _, err = db.Accept(ctx, bot, testEvents(10)); err == nil {
			taken += 10
		}
	}
	if !errors.Is(err, store.ErrUnavailable) || taken == 0 {
		return fmt.Errorf("after %d events: %w", taken, err)
	}
	err = nil
	for range 100 { // what was too little for events may do for a few beats
		if err == nil {
			err = db.Ping(ctx)
		}
	}
	if !errors.Is(err, store.ErrUnavailable) {
		return fmt.Errorf("a full disk is said to be ready: %v", err)
	}
	if n, err := db.DeliveryCount(ctx, bot, 1<<30); err != nil || n != taken || db.Waiting() != taken {
		return fmt.Errorf("of %d events %d are there and %d counted: %w", taken, n, db.Waiting(), err)
	}
	fmt.Println("full")

	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	_, err = db.Accept(ctx, bot, testEvents(10))
	if n, counted := db.DeliveryCount(ctx, bot, 1<<30); err != nil || counted != nil || n != taken+10 || db.Waiting() != taken+10 {
		return fmt.Errorf("after recovery %d of %d: %w", n, taken+10, errors.Join(err, counted))
	}
	fmt.Println("recovered")
	return errors.Join(db.Ping(ctx), db.Close())
}

// allowGrowth bounds files to a little more than the log has now, and returns the previous bound.
func allowGrowth(path string, bytes int64) (before syscall.Rlimit, err error) {
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return before, err
	}
	wal, err := os.Stat(path + "-wal")
	if err != nil {
		return before, err
	}
	full := before
	full.Cur = uint64(wal.Size() + bytes)
	return before, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full)
}
