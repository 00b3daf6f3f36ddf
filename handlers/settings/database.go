package settings

import (
	"context"
	"fmt"

	"iozen/store/db"
	"iozen/store/db/sqlite"
)

// Location says where the database is.
type Location struct {
	DatabaseURL string `env:"IOZEN_DATABASE_URL" default:"sqlite:./data/iozen.db" placeholder:"URL" help:"Where the database is: sqlite:PATH."`
}

// Path is the database's file. An error never repeats the address, because a part of it could be a password.
func (l Location) Path() (string, error) {
	path, err := sqlite.DatabasePath(l.DatabaseURL)
	if err != nil {
		return "", &Error{"IOZEN_DATABASE_URL", err}
	}
	return path, nil
}

// Database says where the database and its key are, for every command that opens it.
type Database struct {
	Location
	KeyFile string `env:"IOZEN_KEY_FILE" default:"./data/iozen.key" placeholder:"PATH" help:"Master key of the encrypted fields, made on first start. Never keep it beside a backup."`
}

// Config is what the store is opened with. A missing key file is made if nothing in the database is sealed yet.
func (d Database) Config(ctx context.Context) (db.Config, error) {
	path, err := d.Path()
	if err != nil {
		return db.Config{}, err
	}
	if err := sqlite.CheckKeyFile(path, d.KeyFile); err != nil {
		return db.Config{}, &Error{"IOZEN_KEY_FILE", err}
	}
	keys, err := sqlite.KeysFor(ctx, d.DatabaseURL, d.KeyFile)
	if err != nil {
		return db.Config{}, err
	}
	return db.Config{URL: d.DatabaseURL, Keys: keys}, nil
}

// Use opens the database for one short act, beside a server that may be running, and creates it if it does not exist.
func (d Database) Use(ctx context.Context, act func(*db.DB) error) error {
	config, err := d.Config(ctx)
	if err != nil {
		return err
	}
	config.Beside = true
	db, err := db.Open(ctx, config)
	if err != nil {
		return err
	}
	if err := act(db); err != nil {
		_ = db.Close() // the first error is the one to report
		return err
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// UseExisting is Use for an act that is pointless in a new database: a wrong path must create neither database nor key.
func (d Database) UseExisting(ctx context.Context, act func(*db.DB) error) error {
	if err := d.MustExist(); err != nil {
		return err
	}
	return d.Use(ctx, act)
}

// MustExist refuses a place where there is no database.
func (l Location) MustExist() error {
	path, err := l.Path()
	if err != nil {
		return err
	}
	return sqlite.MustExist(path)
}
