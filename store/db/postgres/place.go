package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"iozen/store/db/schema"
	"iozen/store/secret"
)

// What commands ask of a database before they open it, or instead.

// Name is what people call it.
func (a Address) Name() string { return a.String() }

// Enter lets a server in, and keeps away whoever needs the database for himself until it is closed.
func (a Address) Enter(ctx context.Context) (io.Closer, error) { return closer(Enter(ctx, a)) }

// Lock keeps every server away until it is closed.
func (a Address) Lock(ctx context.Context) (io.Closer, error) { return closer(TakeLock(ctx, a)) }

func closer(held *Lock, err error) (io.Closer, error) {
	if err != nil {
		return nil, err
	}
	return held, nil
}

// MustExist fails when the database is empty.
func (a Address) MustExist(ctx context.Context) error {
	_, err := ReadSchema(ctx, a)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is empty. Check IOZEN_DATABASE_URL, or start iozen serve once", a)
	}
	return err
}

// CheckKeyFile refuses a path that is not one of a file.
func (a Address) CheckKeyFile(keyFile string) error { return schema.CheckKeyFile(keyFile) }

// KeysFor reads the key file, or makes one for a new database (schema.KeysFor).
func (a Address) KeysFor(ctx context.Context, keyFile string) (*secret.Keyring, error) {
	return schema.KeysFor(keyFile, func() (schema.Found, error) { return ReadSchema(ctx, a) })
}

// Backup says how it is done: PostgreSQL has a program for it.
func (a Address) Backup(_ context.Context, file string) error {
	return fmt.Errorf("a PostgreSQL database is backed up with PostgreSQL's own program, while the server runs: pg_dump --format=custom --file='%s' '%s' (docs/operating.md, PostgreSQL)", file, a)
}
