package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"iozen/store/db/postgres/pgtest"
)

// postgres measures the same kinds of work on PostgreSQL, and two servers beside each other. What the database computes belongs
// to ours, as it does to the floor: with SQLite it is in the process.
func (b *bench) postgres() (rows []row, err error) {
	server, err := startCluster()
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	h := house{name: "PostgreSQL", server: server, floorGoal: "≥ 0.75", bareGoal: "≥ 0.30"}
	for _, take := range []func(house) ([]row, error){b.endToEndIn, b.deliverIn, b.acceptIn, b.twoServers, b.arrivalIn, b.noisyIn} {
		more, err := take(h)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// house is a kind of database, with the goals of delivering from it.
type house struct {
	name                string
	server              *cluster // nil: SQLite, which is in the process that uses it
	floorGoal, bareGoal string
}

var inSQLite = house{name: "SQLite", floorGoal: "≥ 0.80", bareGoal: "≥ 0.45"}

// database makes an empty one, with its key file.
func (h house) database(b *bench) (source string, err error) {
	if h.server == nil {
		return b.database()
	}
	if err := writeKey(b.keyFile(h.server.Super())); err != nil {
		return "", err
	}
	return h.server.empty()
}

// used is what the server has computed until now; in SQLite that is part of its process.
func (h house) used() (time.Duration, error) {
	if h.server == nil {
		return 0, nil
	}
	return h.server.used()
}

// Databases go by one text: the URL of one of PostgreSQL, or the path of one of SQLite.

func inPostgres(source string) bool { return strings.HasPrefix(source, "postgres://") }

func urlOf(source string) string {
	if inPostgres(source) {
		return source
	}
	return "sqlite:" + source
}

func (b *bench) keyFile(source string) string {
	if inPostgres(source) {
		return filepath.Join(b.dir, "postgres.key")
	}
	return source + ".key"
}

// cluster is a server of PostgreSQL that syncs like a real one.
type cluster struct {
	*pgtest.Cluster
	pid  int // of its first process
	made int // databases

	forgotten *pgx.Conn // in a transaction that nobody ends
}

func startCluster(with ...string) (*cluster, error) {
	server, err := pgtest.Start(append(with, "fsync=on", "synchronous_commit=on", "full_page_writes=on")...)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(context.Background(), server.Super())
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	defer func() { _ = conn.Close(context.Background()) }()
	first, err := parent(int(conn.PgConn().PID()))
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &cluster{Cluster: server, pid: first}, nil
}

func (c *cluster) empty() (string, error) {
	c.made++
	name := "bench_" + strconv.Itoa(c.made)
	at, err := url.Parse(c.Super())
	if err != nil {
		return "", err
	}
	at.Path = "/" + name
	return at.String(), c.Do(`CREATE DATABASE ` + name)
}

// used is the processor time of all processes of the server, those that have ended included.
func (c *cluster) used() (all time.Duration, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		stat := string(text)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		above, err := parentIn(stat)
		if err != nil {
			return 0, err
		}
		if pid != c.pid && above != c.pid {
			continue
		}
		own, err := parseUsed(stat)
		if err != nil {
			return 0, err
		}
		all += own
		if pid == c.pid {
			ended, err := parseUsedByEnded(stat)
			if err != nil {
				return 0, err
			}
			all += ended
		}
	}
	return all, nil
}

func parent(pid int) (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parentIn(string(stat))
}
