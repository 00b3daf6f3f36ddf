package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"iozen/store"
	"iozen/store/db/replica"
)

// Explain says in one sentence why a server could not be used, and what to do. The error stays within.
func (a Address) Explain(err error) error {
	if words := a.words(err); words != "" {
		return &explained{words, err}
	}
	return err
}

// explained shows a sentence instead of the driver's words, which repeat each address and each try.
type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words }
func (e *explained) Unwrap() error { return e.err }

func (a Address) words(err error) string {
	var (
		answer *pgconn.PgError
		lookup *net.DNSError
	)
	switch {
	case errors.Is(err, replica.ErrDeaf):
		return fmt.Sprintf("notifications of PostgreSQL do not come back through %s, so that this server would not hear of others. Set IOZEN_DATABASE_DIRECT_URL to an address past the pooler", a.server())
	case err == nil, errors.Is(err, store.ErrLocked), errors.Is(err, errNoServer):
		return ""
	case errors.As(err, &answer):
		return a.answered(answer)
	case errors.As(err, &lookup):
		return fmt.Sprintf("the host of the database, %s, was not found. Check its name in IOZEN_DATABASE_URL or PGHOST", lookup.Name)
	case aboutTLS(err) != "":
		return fmt.Sprintf("no TLS connection to %s: %s. See sslmode and sslrootcert in docs/operating.md", a.server(), aboutTLS(err))
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("nothing listens at %s. Check that PostgreSQL runs there, and IOZEN_DATABASE_URL", a.server())
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return fmt.Sprintf("%s does not answer within %s. Check IOZEN_DATABASE_URL, and what stands between", a.server(), a.config.ConnectTimeout)
	case errors.Is(err, pgconn.ErrReadOnlyConnection):
		return fmt.Sprintf("%s cannot be written: it is a standby, or read-only. Use the address of the primary", a.server())
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return fmt.Sprintf("there is no way to %s. Check IOZEN_DATABASE_URL and the network", a.server())
	}
	return ""
}

// answered is about a server that answered with a refusal.
func (a Address) answered(answer *pgconn.PgError) string {
	user, database := a.config.User, a.config.Database
	switch answer.Code {
	case wrongPassword:
		return fmt.Sprintf("%s does not accept the password of user %s. Check it in IOZEN_DATABASE_URL, PGPASSWORD or the file of PGPASSFILE", a.server(), user)
	case wrongAuthorization:
		return fmt.Sprintf("%s refuses user %s: %s", a.server(), user, answer.Message)
	case noDatabase:
		return fmt.Sprintf("there is no database %s at %s. Create it: CREATE DATABASE %s OWNER %s", database, a.server(), database, user)
	case notAllowed:
		return fmt.Sprintf("user %s may not do that in database %s: %s. Make it the owner: ALTER DATABASE %s OWNER TO %s", user, database, answer.Message, database, user)
	case startingOrStopping:
		return fmt.Sprintf("%s is starting or stopping: %s", a.server(), answer.Message)
	case tooManyConnections:
		return fmt.Sprintf("%s has no connection left for user %s: raise max_connections; ioZen needs %d", a.server(), user, maxReaders+5) // to write, the lock, to live, to hear and to speak
	case preparedAlready, notPrepared:
		return fmt.Sprintf("%s is a pooler in transaction mode, which gives one client's session to others. Set it to session mode, or use PostgreSQL's own address in IOZEN_DATABASE_URL", a.server())
	}
	return ""
}

// aboutTLS says what is wrong with the other side's TLS, "" if that is not the trouble.
func aboutTLS(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		failed  *tls.CertificateVerificationError
		noTLS   tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &unknown):
		return "its certificate was signed by an authority that is not trusted"
	case errors.As(err, &name):
		return "its certificate is for another name: " + name.Error()
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.As(err, &failed):
		return failed.Error()
	case errors.As(err, &noTLS):
		return noTLS.Error()
	case errors.As(err, &alert):
		return alert.Error()
	case strings.Contains(err.Error(), "server refused TLS connection"): // the driver has no type for it
		return "the server does not speak TLS"
	}
	return ""
}
