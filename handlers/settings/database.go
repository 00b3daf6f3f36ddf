package settings

import (
	"context"
	"errors"
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
	DirectURL       string `name:"database-direct-url" env:"IOZEN_DATABASE_DIRECT_URL" placeholder:"URL" help:"Address of the same PostgreSQL database past a pooler in transaction mode, for what needs a connection of its own: hearing of other servers, and migrations."`
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

// address is where the database is, from the variable, the flag or the file.
func (l Location) address() (string, error) {
	if l.DatabaseURLFile == "" {
		if postgres.IsURL(l.DatabaseURL) && postgres.HasPassword(l.DatabaseURL) && os.Getenv("IOZEN_DATABASE_URL") != l.DatabaseURL {
			return "", passwordInFlag("--database-url", "IOZEN_DATABASE_URL")
		}
		return l.DatabaseURL, nil
	}
	if l.DatabaseURL != defaultDatabase {
		return "", &Error{"IOZEN_DATABASE_URL", errors.New("is set, and IOZEN_DATABASE_URL_FILE too. Set one of them")}
	}
	return Secret("IOZEN_DATABASE_URL", l.DatabaseURLFile)
}

// direct is the address past a pooler, "" if there is none.
func (l Location) direct() (string, error) {
	switch _, err := postgres.Parse(l.DirectURL); {
	case l.DirectURL == "":
		return "", nil
	case err != nil:
		return "", &Error{"IOZEN_DATABASE_DIRECT_URL", err}
	case postgres.HasPassword(l.DirectURL) && os.Getenv("IOZEN_DATABASE_DIRECT_URL") != l.DirectURL:
		return "", passwordInFlag("--database-direct-url", "IOZEN_DATABASE_DIRECT_URL")
	}
	return l.DirectURL, nil
}

// passwordInFlag refuses an address with a password that came as a flag.
func passwordInFlag(flag, variable string) error {
	return &Error{flag, fmt.Errorf("holds a password, and everybody who lists processes can read flags. Set %s, or name a file that holds the address in %s_FILE", variable, variable)}
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
	at, err := d.place()
	if err != nil {
		return db.Config{}, err
	}
	if err := at.CheckKeyFile(d.KeyFile); err != nil {
		return db.Config{}, &Error{"IOZEN_KEY_FILE", err}
	}
	keys, err := at.KeysFor(ctx, d.KeyFile)
	if err != nil {
		return db.Config{}, err
	}
	address, err1 := d.address()
	direct, err2 := d.direct()
	return db.Config{URL: address, DirectURL: direct, Keys: keys}, errors.Join(err1, err2)
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
