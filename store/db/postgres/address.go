package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Address says where a database is and how to get in: what a URL and the PG* variables say together.
type Address struct{ config *pgx.ConnConfig }

// parameters may stand in a URL. The driver would pass on any other to the server, with every misspelt name.
var parameters = []string{
	"host", "port", "dbname", "user", "password", "passfile", "connect_timeout", "application_name", "options", "search_path",
	"sslmode", "ssl", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslsni", "sslnegotiation", "sslcertmode",
	"channel_binding", "require_auth", "target_session_attrs", "service", "servicefile",
}

// example says how an address is written, with what passwords stumble over.
const example = "Write postgres://USER:PASSWORD@HOST:5432/DATABASE; in a password, @ is %40, / is %2F, ? is %3F, # is %23 and % is %25"

// connectTimeout is how long the server may take to let a connection in, unless connect_timeout says otherwise.
const connectTimeout = 5 * time.Second

// IsURL says whether a URL leads to PostgreSQL.
func IsURL(text string) bool {
	scheme, _, found := strings.Cut(text, ":")
	scheme = strings.ToLower(strings.TrimSpace(scheme))
	return found && (scheme == "postgres" || scheme == "postgresql")
}

// Parse reads a URL. What it leaves out comes from the variables that every program of PostgreSQL reads: PGHOST, PGUSER,
// PGPASSWORD, PGPASSFILE, PGSSLMODE and the like. It asks no server. A refusal repeats nothing of the URL.
func Parse(text string) (Address, error) {
	_, rest, found := strings.Cut(text, "://")
	if !IsURL(text) || !found || strings.TrimSpace(text) != text {
		return Address{}, errors.New("is not the URL of a PostgreSQL database. " + example)
	}
	options := pgx.ParseConfigOptions{ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: parameters}}
	parsed, err := pgx.ParseConfigWithOptions("postgres://"+rest, options)
	if err != nil {
		return Address{}, explainParse(rest, err)
	}
	if parsed.Database == "" {
		parsed.Database = parsed.User
	}
	if parsed.ConnectTimeout == 0 {
		parsed.ConnectTimeout = connectTimeout
	}
	if parsed.RuntimeParams["application_name"] == "" {
		parsed.RuntimeParams["application_name"] = "iozen"
	}
	if parsed.ValidateConnect == nil {
		parsed.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // of several hosts the one that can write
	}
	parsed.DialFunc = dial
	return Address{parsed}, nil
}

// explainParse says what is wrong with an address, in words of ours: the driver's may repeat a part of it.
func explainParse(rest string, err error) error {
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		return fmt.Errorf("names a file for TLS that cannot be read: %w", file)
	}
	_, query, _ := strings.Cut(rest, "?")
	if values, wrong := url.ParseQuery(query); wrong == nil {
		for name := range values {
			if !slices.Contains(parameters, name) {
				return errors.New("has an unknown parameter; those allowed are " + strings.Join(parameters, ", ") + ". " + example)
			}
		}
	}
	return errors.New("cannot be read, or one of the variables PGPORT, PGSSLMODE and the like. " + example)
}

// String is the address for people, without the password and the parameters.
func (a Address) String() string {
	u := url.URL{Scheme: "postgres", User: url.User(a.config.User), Path: "/" + a.config.Database}
	if strings.HasPrefix(a.config.Host, "/") {
		u.RawQuery = "host=" + a.config.Host
	} else {
		u.Host = a.config.Host
		if a.config.Port != 5432 {
			u.Host = net.JoinHostPort(a.config.Host, strconv.Itoa(int(a.config.Port)))
		} else if strings.Contains(a.config.Host, ":") {
			u.Host = "[" + a.config.Host + "]"
		}
	}
	return u.String()
}

// server is the host and port, or the socket, for sentences about the connection.
func (a Address) server() string {
	_, address := pgconn.NetworkAddress(a.config.Host, a.config.Port)
	return address
}

// HasPassword says whether the URL itself holds a password.
func HasPassword(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return true // it cannot be told
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password") || u.Query().Has("sslpassword")
}
