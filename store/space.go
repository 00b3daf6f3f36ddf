package store

import (
	"context"
	"fmt"
)

const (
	// slackPages and slackPart are how many free pages the file keeps for what comes next, whichever is more: a log of
	// steady length frees as much as it takes.
	slackPages = 4096 // 16 MiB
	slackPart  = 10   // a tenth of the file
)

// GiveBack shrinks the file by up to n pages, if more are free than it will soon need, and returns by how many.
func (db *DB) GiveBack(ctx context.Context, n int) (int, error) {
	free, err := db.spare(ctx)
	if err != nil || free <= 0 {
		return 0, err
	}
	n = min(n, free)
	err = db.write(ctx, func(tx *tx) error {
		return tx.q.runOnce(context.Background(), fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, n))
	})
	if err != nil {
		return 0, fmt.Errorf("giving space back: %w", err)
	}
	return n, nil
}

// spare is how many free pages there are too many.
func (db *DB) spare(ctx context.Context) (int, error) {
	var free, all int
	if err := db.reader.row(ctx, `SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count`).Scan(&free, &all); err != nil {
		return 0, fmt.Errorf("looking for free space: %w", err)
	}
	return free - max(slackPages, (all-free)/slackPart), nil
}
