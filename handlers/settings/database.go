package settings

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"iozen/store/db"
	"iozen/store/db/postgres"
	"iozen/store/db/sqlite"
	"iozen/store/secret"
)

// Location says where the database is. Its address may hold a password, so that no error repeats it.
type Location struct {
	DatabaseURL     string `env:"IOZEN_DATABASE_URL" default:"sqlite:./data/iozen.db" placeholder:"URL" help:"Where the database is: sqlite:PATH, or postgres://USER@HOST/DATABASE. What that leaves out comes from PGPASSWORD, PGPASSFILE, PGSSLMODE and the like."`
	DatabaseURLFile string `name:"database-url-file" env:"IOZEN_DATABASE_URL_FILE" placeholder:"PATH" help:"File with that address instead, if it holds a password."`
	DirectURL       string `name:"database-direct-url" env:"IOZEN_DATABASE_DIRECT_URL" placeholder:"URL" help:"Address of the same PostgreSQL database past a pooler, for what needs a connection of its own: hearing of other servers, and migrations."`
	DirectURLFile   string `name:"database-direct-url-file" env:"IOZEN_DATABASE_DIRECT_URL_FILE" placeholder:"PATH" help:"File with that address instead, if it holds a password."`
}

// defaultDatabase is the address when nothing is set, as in the tag above.
const defaultDatabase = "sqlite:./data/iozen.db"

// place is a database that was not opened yet: an address that was understood.
type place interface {
	Name() string // for people, without a password
	Enter(context.Context) (io.Closer, error)
	Lock(context.Context) (io.Closer, error)
	MustExist(context.Context) error
	CheckKeyFile(keyFile string) error
	KeysFor(ctx context.Context, keyFile string) (*secret.Keyring, error)
	Backup(ctx context.Context, file string) error
}

// address is where the database is.
func (l Location) address() (string, error) {
	return addressFrom("--database-url", "IOZEN_DATABASE_URL", l.DatabaseURL, l.DatabaseURLFile, defaultDatabase)
}

// direct is the address past a pooler, "" if there is none.
func (l Location) direct() (string, error) {
	address, err := addressFrom("--database-direct-url", "IOZEN_DATABASE_DIRECT_URL", l.DirectURL, l.DirectURLFile, "")
	if err != nil || address == "" {
		return "", err
	}
	if _, err := postgres.Parse(address); err != nil {
		return "", &Error{"IOZEN_DATABASE_DIRECT_URL", err}
	}
	return address, nil
}

// addressFrom is the address of a database that was given by a flag or its variable, or in a file; usual is what is given by
// nobody. It refuses a flag with a password.
func addressFrom(flag, variable, given, file, usual string) (string, error) {
	switch {
	case file != "" && given != usual:
		return "", &Error{variable, fmt.Errorf("is set, and %s_FILE too. Set one of them", variable)}
	case file != "":
		return Secret(variable, file)
	case postgres.IsURL(given) && postgres.HasPassword(given) && os.Getenv(variable) != given:
		return "", &Error{flag, fmt.Errorf("holds a password, and everybody who lists processes can read flags. Set %s, or name a file that holds the address in %s_FILE", variable, variable)}
	}
	return given, nil
}

// place understands the address. It touches nothing.
func (l Location) place() (place, error) {
	address, err := l.address()
	if err != nil {
		return nil, err
	}
	var at place
	if postgres.IsURL(address) {
		at, err = postgres.Parse(address)
	} else {
		at, err = sqlite.New(address)
	}
	if err != nil {
		return nil, &Error{"IOZEN_DATABASE_URL", err}
	}
	return at, nil
}

// Enter lets a server in until it is closed: beside others, if the database can be served together.
func (l Location) Enter(ctx context.Context) (io.Closer, error) {
	at, err := l.place()
	if err != nil {
		return nil, err
	}
	return at.Enter(ctx)
}

// Lock keeps every server away from the database until it is closed.
func (l Location) Lock(ctx context.Context) (io.Closer, error) {
	at, err := l.place()
	if err != nil {
		return nil, err
	}
	return at.Lock(ctx)
}

// MustExist refuses a place where there is no database.
func (l Location) MustExist(ctx context.Context) error {
	at, err := l.place()
	if err != nil {
		return err
	}
	return at.MustExist(ctx)
}

// Backup writes a consistent copy to a new file.
func (l Location) Backup(ctx context.Context, file string) error {
	at, err := l.place()
	if err != nil {
		return err
	}
	return at.Backup(ctx, file)
}

// Database says where the database and its key are, for every command that opens it.
type Database struct {
	Location
	KeyFile string `env:"IOZEN_KEY_FILE" default:"./data/iozen.key" placeholder:"PATH" help:"Master key of the encrypted fields, made on first start. Never keep it beside a backup."`
}

// Config is what the store is opened with. A missing key file is made if the database is new.
func (d Database) Config(ctx context.Context) (db.Config, error) {
	address, err1 := d.address()
	direct, err2 := d.direct()
	at, err3 := d.place()
	if err := cmp.Or(err1, err2, err3); err != nil {
		return db.Config{}, err
	}
	if err := at.CheckKeyFile(d.KeyFile); err != nil {
		return db.Config{}, &Error{"IOZEN_KEY_FILE", err}
	}
	keys, err := at.KeysFor(ctx, d.KeyFile)
	return db.Config{URL: address, DirectURL: direct, Keys: keys}, err
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
	if err := d.MustExist(ctx); err != nil {
		return err
	}
	return d.Use(ctx, act)
}
