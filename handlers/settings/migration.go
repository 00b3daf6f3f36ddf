package settings

import (
	"errors"

	"iozen/store/db/postgres"
	"iozen/store/db/sqlite"
	"iozen/store/db/transfer"
	"iozen/store/secret"
)

// Migration says which database is copied into which.
type Migration struct {
	From    string `env:"IOZEN_DATABASE_URL" default:"sqlite:./data/iozen.db" placeholder:"URL" help:"The SQLite database, sqlite:PATH. It is only read, and no server may use it."`
	To      string `env:"IOZEN_MIGRATE_TO" placeholder:"URL" help:"An empty PostgreSQL database, postgres://USER@HOST/DATABASE, with its password in PGPASSWORD or the file of PGPASSFILE."`
	ToFile  string `name:"to-file" env:"IOZEN_MIGRATE_TO_FILE" placeholder:"PATH" help:"File with that address instead, if it holds a password."`
	KeyFile string `env:"IOZEN_KEY_FILE" default:"./data/iozen.key" placeholder:"PATH" help:"Master key of the encrypted fields. It stays the same."`
}

// Read checks the settings before anything is touched. The key file must exist: it belongs to what is copied.
func (m Migration) Read() (c transfer.Config, err error) {
	if c.From, err = sqlite.New(m.From); err != nil {
		return c, &Error{"--from", err}
	}
	to, err := m.to()
	if err != nil {
		return c, err
	}
	if c.To, err = postgres.Parse(to); err != nil {
		return c, &Error{"--to", err}
	}
	if err := c.From.CheckKeyFile(m.KeyFile); err != nil {
		return c, &Error{"IOZEN_KEY_FILE", err}
	}
	c.Keys, err = secret.LoadKeyring(m.KeyFile)
	return c, err
}

func (m Migration) to() (string, error) {
	if m.To == "" && m.ToFile == "" {
		return "", &Error{"--to", errors.New("is missing: the PostgreSQL database to copy into, such as postgres://iozen@db.example/iozen")}
	}
	return addressFrom("--to", "IOZEN_MIGRATE_TO", m.To, m.ToFile, "")
}
