package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"iozen/store"
)

// Codes of errors, as PostgreSQL's manual lists them in its appendix A.
const (
	lockNotAvailable     = "55P03"
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlock             = "40P01"
	wrongPassword        = "28P01"
	wrongAuthorization   = "28000"
	noDatabase           = "3D000"
	notAllowed           = "42501"
	startingOrStopping   = "57P03"
	tooManyConnections   = "53300"
	diskFull             = "53100"
	preparedAlready      = "42P05"
	notPrepared          = "26000"
	damagedPage          = "XX001"
	damagedIndex         = "XX002"
)

// unavailable are the classes and codes of errors that say nothing of the statement: the same may succeed later.
var unavailable = map[string]bool{
	"08":                 true, // the connection
	"53":                 true, // no disk, no memory, no connection left
	"57":                 true, // ended or cancelled by an operator, a restart, a crash or a timeout
	"58":                 true, // the server's system
	"28":                 true, // the password was changed while we run
	"25006":              true, // read-only: the server became a standby, or its operator closed it
	"25P03":              true, // our transaction was idle for too long
	"25P04":              true, // or took too long
	serializationFailure: true, // another transaction was in the way
	deadlock:             true,
	lockNotAvailable:     true,
	noDatabase:           true, // it was dropped or renamed
}

// IsUnavailable says whether an error means that the database cannot be read or written now.
func IsUnavailable(err error) bool { return errors.Is(MapError(err), store.ErrUnavailable) }

// MapError marks the errors of a database that cannot be written or read now (connection lost, server stopped, disk full,
// read-only) with ErrUnavailable; it passes on the others. What a caller gave up is the caller's.
func MapError(err error) error {
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	if answer := (*pgconn.PgError)(nil); errors.As(err, &answer) && !isRefused(err) {
		switch {
		case isDamage(answer):
			return fmt.Errorf("%w: %w", store.ErrUnavailable, ExplainDamage(err))
		case isFull(answer):
			return fmt.Errorf("%w: %w: %w", store.ErrUnavailable, store.ErrFull, err)
		case unavailable[answer.Code] || len(answer.Code) == 5 && unavailable[answer.Code[:2]]:
			return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
		}
		return err
	}
	if isCut(err) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// isRefused says whether an error is about getting a connection, whatever the server answered to that: nothing was asked yet.
func isRefused(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting)
}

// isCut says whether an error is about the connection and not about what was asked on it.
func isCut(err error) bool {
	if errors.Is(err, store.ErrLocked) || errors.Is(err, errNoServer) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return isRefused(err) || errors.As(err, &network) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// ExplainDamage marks with ErrDamaged what PostgreSQL says of rows and indexes that it cannot read.
func ExplainDamage(err error) error {
	answer := (*pgconn.PgError)(nil)
	if errors.As(err, &answer) && isDamage(answer) && !errors.Is(err, store.ErrDamaged) {
		return fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return err
}

// isFull says whether there is no room. A table that may not grow for another reason than a full disk, such as a quota, has the
// code of an internal error: then only the place in PostgreSQL says what it is.
func isFull(answer *pgconn.PgError) bool {
	return answer.Code == diskFull || answer.File == "md.c" && strings.Contains(answer.Routine, "extend")
}

func isDamage(answer *pgconn.PgError) bool {
	return answer.Code == damagedPage || answer.Code == damagedIndex
}
