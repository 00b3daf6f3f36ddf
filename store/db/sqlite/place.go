package sqlite

import (
	"context"
	"io"

	"iozen/store/secret"
)

// What commands ask of a database before they open it, or instead.

// Enter keeps a second server away until it is closed.
func (d *Database) Enter(ctx context.Context) (io.Closer, error) { return d.Lock(ctx) }

// Lock keeps every server away until it is closed.
func (d *Database) Lock(context.Context) (io.Closer, error) { return Lock("sqlite:" + d.path) }

// MustExist fails when there is no file.
func (d *Database) MustExist(context.Context) error { return MustExist(d.path) }

// CheckKeyFile refuses a key file that is one of the database's own.
func (d *Database) CheckKeyFile(keyFile string) error { return CheckKeyFile(d.path, keyFile) }

// KeysFor reads the key file, or makes one for a new database.
func (d *Database) KeysFor(ctx context.Context, keyFile string) (*secret.Keyring, error) {
	return KeysFor(ctx, "sqlite:"+d.path, keyFile)
}
