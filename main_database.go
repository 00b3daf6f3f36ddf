package main

import (
	"context"
	"fmt"

	"iozen/store"
)

// databaseFlag says where the database is.
type databaseFlag struct {
	DatabaseURL string `env:"IOZEN_DATABASE_URL" default:"sqlite:./data/iozen.db" placeholder:"URL" help:"Where the database is: sqlite:PATH."`
}

// path is the database's file. Nothing is made before the address is understood: a part of it could be a password.
func (f databaseFlag) path() (string, error) {
	path, err := store.DatabasePath(f.DatabaseURL)
	if err != nil {
		return "", &usageError{"IOZEN_DATABASE_URL", err}
	}
	return path, nil
}

// databaseFlags say where the database and its key are; every command that opens it has them.
type databaseFlags struct {
	databaseFlag
	KeyFile string `env:"IOZEN_KEY_FILE" default:"./data/iozen.key" placeholder:"PATH" help:"Master key of the encrypted fields, made on first start. Never keep it beside a backup."`
}

// config is what the store is opened with. The key file is made for a database that has nothing sealed yet.
func (f databaseFlags) config(ctx context.Context) (store.Config, error) {
	path, err := f.path()
	if err != nil {
		return store.Config{}, err
	}
	if err := store.CheckKeyFile(path, f.KeyFile); err != nil {
		return store.Config{}, &usageError{"IOZEN_KEY_FILE", err}
	}
	keys, err := store.KeysFor(ctx, f.DatabaseURL, f.KeyFile)
	if err != nil {
		return store.Config{}, err
	}
	return store.Config{URL: f.DatabaseURL, Keys: keys}, nil
}

// use opens the database for one short act beside a server that may be running, and makes it if there is none.
func (f databaseFlags) use(ctx context.Context, act func(*store.DB) error) error {
	config, err := f.config(ctx)
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

// useExisting is use for an act that has nothing to do in a new database: a wrong path must make neither database nor key.
func (f databaseFlags) useExisting(ctx context.Context, act func(*store.DB) error) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	return f.use(ctx, act)
}

func (f databaseFlag) mustExist() error {
	path, err := f.path()
	if err != nil {
		return err
	}
	return store.MustExist(path)
}
