// Package schema says what must be known of a database before this program changes anything in it: which version made it, and
// which keys its sealed values need. It runs no SQL: the packages of the two databases do.
package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"

	"iozen/store"
	"iozen/store/secret"
)

// Found is what a database holds, read before this program changes anything in it.
type Found struct {
	Version  int64    // of the newest migration that it has seen
	Newest   int64    // of the newest migration that this program knows
	SealedBy []string // ids of the keys that its sealed values need, sorted
}

// kin is how many migrations may follow each other that only add. Numbers with the same hundreds are of one kind: 00001 to 00099,
// 00100 to 00199. Whatever a program does to a database of one schema it may do to one of a later schema of that kind.
const kin = 100

// Behind says that there are migrations that the database has not seen.
func (f Found) Behind() bool { return f.Version < f.Newest }

// Alone says that these do more than add: programs of the schema that is there cannot go on.
func (f Found) Alone() bool { return f.Behind() && !f.akin() }

func (f Found) akin() bool { return f.Version/kin == f.Newest/kin }

// Fits says why this program must leave a database alone: it is newer by more than additions, or some of its values need a key that
// is not in the ring, or it is older and a server of an older version may be using it.
func (f Found) Fits(keys *secret.Keyring, beside bool) error {
	if err := f.Known(); err != nil {
		return err
	}
	if f.Behind() && beside {
		return fmt.Errorf("the database was made by an older version of ioZen (its schema is %d, this version needs %d). Start the server of this version once: only iozen serve changes the schema", f.Version, f.Newest)
	}
	missing := slices.DeleteFunc(slices.Clone(f.SealedBy), func(id string) bool { _, ok := keys.Key(id); return ok })
	if len(missing) > 0 {
		return &store.MissingKeyError{IDs: missing}
	}
	return nil
}

// Known says why this program cannot work with the schema, if that is newer than its own.
func (f Found) Known() error {
	if f.Version > f.Newest && !f.akin() {
		return fmt.Errorf("%w (its schema is %d, this version knows %d). Run that version, or restore a backup from before the upgrade", store.ErrNewer, f.Version, f.Newest)
	}
	return nil
}

// Whole says why this program cannot copy all of the database: a newer version has added what it does not know.
func (f Found) Whole() error {
	if f.Version > f.Newest {
		return fmt.Errorf("a newer version of ioZen has added to the database (its schema is %d, this version knows %d). Run that version", f.Version, f.Newest)
	}
	return nil
}

// Newest is the number of the last of some migrations.
func Newest(migrations fs.FS) (newest int64, err error) {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		number, err := goose.NumericComponent(file)
		if err != nil {
			return 0, fmt.Errorf("reading the migrations: %w", err)
		}
		newest = max(newest, number)
	}
	return newest, nil
}

// KeysFor reads the key file of a database. It makes one only if the database holds nothing that another key has sealed;
// otherwise the keys were lost or the path is wrong, and it fails with MissingKeyError. read finds what the database holds:
// fs.ErrNotExist if there is none.
func KeysFor(keyFile string, read func() (Found, error)) (*secret.Keyring, error) {
	keys, err := secret.LoadKeyring(keyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	found, err := read()
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening the database: %w", err)
	case len(found.SealedBy) > 0:
		return nil, &store.MissingKeyError{IDs: found.SealedBy, File: keyFile}
	}
	if err := secret.MakeKeyFile(keyFile); err != nil {
		return nil, fmt.Errorf("making the key file: %w", err)
	}
	return secret.LoadKeyring(keyFile)
}
