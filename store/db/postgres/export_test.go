package postgres

import (
	"context"
	"io/fs"
	"testing"
	"time"
)

// Refused runs what another server's lock is to refuse, without the usual wait for it.
func Refused(t *testing.T, act func() error) error {
	t.Helper()
	usual := lockPatience
	lockPatience = 50 * time.Millisecond
	defer func() { lockPatience = usual }()
	return act()
}

// MigrateWith is Migrate of a version that has other migrations.
func MigrateWith(ctx context.Context, a Address, migrations fs.FS) error {
	return migrate(ctx, a, migrations)
}

// Writing names the lock that every transaction takes that writes.
const Writing = writing

// PasswordOf is the password that an address gets in with.
func PasswordOf(a Address) string { return a.config.Password }

// Server is what is known of a server, for tables of those that do not suit.
type Server = server

// NewServer describes a server that suits, but for what change does.
func NewServer(change func(version *int, encoding, commits *string, standby, readOnly *bool)) Server {
	public := "public"
	s := server{version: 150004, name: "15.4", encoding: "UTF8", commits: "on", schema: &public}
	change(&s.version, &s.encoding, &s.commits, &s.standby, &s.readOnly)
	return s
}

// Unfit says why it does not suit.
func (s server) Unfit(a Address) string { return s.unfit(a) }
