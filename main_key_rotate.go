package main

import (
	"context"
	"fmt"

	"iozen/store"
)

// resealBatch is how many values one transaction seals again.
const resealBatch = 100

// keyRotateCmd puts a new master key into the place of the present one.
type keyRotateCmd struct{ databaseFlags }

// Run adds a key to the file and seals everything again with it, or goes on with what an earlier run began. A server
// reads the key file once, when it starts: it must not run meanwhile.
func (c *keyRotateCmd) Run(ctx context.Context, t terminal) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	lock, err := lockDatabase(c.DatabaseURL)
	if err != nil {
		return fmt.Errorf("stop the server first: %w", err)
	}
	defer lock.Close()
	begun := false
	err = c.use(ctx, func(db *store.DB) (err error) {
		begun, err = db.NeedsReseal(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if !begun {
		if err := store.AddMasterKey(c.KeyFile); err != nil {
			return err
		}
	}
	return c.use(ctx, func(db *store.DB) error { return c.reseal(ctx, db, t) })
}

func (c *keyRotateCmd) reseal(ctx context.Context, db *store.DB, t terminal) error {
	total := 0
	for {
		n, err := db.Reseal(ctx, resealBatch)
		if err != nil {
			return err
		}
		if total += n; n < resealBatch {
			break
		}
	}
	if err := db.ResealDone(ctx, operator); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Values sealed with the new key, the last line of %s: %d.\n", c.KeyFile, total)
	fmt.Fprintln(t.out, "Keep the lines before it: they open older backups and find people in events taken until now.")
	return nil
}
