package main

import (
	"context"
	"fmt"

	"iozen/store"
)

// databaseFlags say where the database and its key are; every command that opens it has them.
type databaseFlags struct {
	DatabaseURL string `env:"IOZEN_DATABASE_URL" default:"sqlite:./data/iozen.db" placeholder:"URL" help:"Where the database is: sqlite:PATH."`
	KeyFile     string `env:"IOZEN_KEY_FILE" default:"./data/iozen.key" placeholder:"PATH" help:"Master key of the encrypted fields, made on first start. Never keep it beside a backup."`
}

// config is what the store is opened with, the key file read (or made).
func (f databaseFlags) config() (store.Config, error) {
	keys, err := store.LoadKeyring(f.KeyFile)
	if err != nil {
		return store.Config{}, err
	}
	return store.Config{URL: f.DatabaseURL, Keys: keys}, nil
}

// use opens the database for one short act beside a server that may be running.
func (f databaseFlags) use(ctx context.Context, act func(*store.DB) error) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	config.Beside = true
	db, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	if err := act(db); err != nil {
		_ = db.Close() // the first error is the one to tell
		return err
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
