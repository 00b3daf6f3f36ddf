package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"iozen/store/db/number"
)

// newID makes a UUIDv7 of the given moment from the configured randomness.
func (db *DB) newID(at time.Time) (uuid.UUID, error) {
	id := firstID(at)
	var r [10]byte
	if _, err := io.ReadFull(db.cfg.Rand, r[:]); err != nil {
		return uuid.Nil, fmt.Errorf("making an id: %w", err)
	}
	copy(id[6:], r[:])
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id, nil
}

// firstID is the smallest UUIDv7 of a millisecond: ids sort by time, so a time range is an id range.
func firstID(at time.Time) uuid.UUID { return number.ID(number.First(at)) }

func idBytes(id uuid.UUID) []byte { return id[:] }

// millis and fromMillis turn times into columns and back; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// nullMillis is millis for a column whose NULLs keep rows out of an index.
func nullMillis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: millis(t), Valid: !t.IsZero()}
}

// mustJSON encodes values of our own types, which cannot fail.
func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// readJSON decodes a column, which may be empty.
func readJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

func jsonOrEmpty(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	return mustJSON(m)
}
