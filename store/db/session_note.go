package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/secret"
)

// ChangeSessionNote changes what acts have left in a session's row for the pages after them. A session that has ended has
// no page to come: that is no error.
func (db *DB) ChangeSessionNote(ctx context.Context, id uuid.UUID, change func(*store.SessionNote)) error {
	return db.write(ctx, func(tx *tx) error {
		var sealed string
		var until int64
		err := tx.row(`SELECT note, note_until FROM sessions WHERE id = ?`, idBytes(id)).Scan(&sealed, &until)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		note := tx.db.openedNote(id, sealed, until, tx.now)
		change(&note)
		sealed, until, err = tx.db.sealedNote(id, note, tx.now)
		if err != nil {
			return err
		}
		_, err = tx.exec(`UPDATE sessions SET note = ?, note_until = ? WHERE id = ?`, sealed, until, idBytes(id))
		return err
	})
}

// openedNote reads a note. One that cannot be opened is as good as none: it must not keep anybody from working.
func (db *DB) openedNote(id uuid.UUID, sealed string, until int64, now time.Time) (note store.SessionNote) {
	if sealed == "" || until <= millis(now) {
		return note
	}
	text, err := db.cfg.Keys.Opened(secret.SessionPlace(id), sealed)
	if err != nil || json.Unmarshal([]byte(text), &note) != nil {
		return store.SessionNote{}
	}
	return note.At(now)
}

// sealedNote is what is kept of a note, and until when.
func (db *DB) sealedNote(id uuid.UUID, note store.SessionNote, now time.Time) (sealed string, until int64, err error) {
	ends := note.Until(now)
	if ends.IsZero() {
		return "", 0, nil
	}
	text, err := json.Marshal(note)
	if err != nil {
		return "", 0, fmt.Errorf("writing a session's note: %w", err)
	}
	return db.cfg.Keys.Sealed(secret.SessionPlace(id), string(text)), millis(ends), nil
}
