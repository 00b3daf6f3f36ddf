package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/clock"
	"iozen/store/member"
)

// Number is the number of this process among those that serve the database; 0: nobody else can.
func (db *DB) Number() int64 { return db.members.Number() }

// Living are the processes that serve the database, this one included, by their ids; none if nobody else can.
func (db *DB) Living() (ids []uuid.UUID) {
	for _, m := range db.members.Living() {
		ids = append(ids, m.ID)
	}
	return ids
}

// Share is this process's part of what all that serve the database may do together.
func (db *DB) Share() member.Share {
	living := db.Living()
	return member.Share{Place: max(0, slices.Index(living, db.replica)), Of: len(living)}
}

// Leads says that this process does what only one does. A leader that was paused does no harm when it goes on: whoever was
// declared dead cannot write.
func (db *DB) Leads() bool {
	living := db.members.Living()
	return len(living) == 0 || db.members.MayStart() && member.Leader(living) == db.replica
}

func (db *DB) serving() member.Serving {
	return member.Serving{ID: db.replica, Times: db.cfg.Times, Elapsed: clock.SinceBoot(), Heard: member.Heard{
		Joined: func(number int64) {
			db.cfg.Log.Info("serving the database", "member", number)
			db.feed.Notify([]store.Notice{store.LookAtAll}) // what was claimed before is others' now
		},
		Looked: db.looked,
		Trouble: func(err error) {
			db.cfg.Log.Error("showing others that this process lives", "error", err)
		},
	}}
}

// looked follows what others did that no notice tells of, and declares dead who is silent.
func (db *DB) looked(ctx context.Context, silent []member.Member) {
	var err error
	if len(db.members.Living()) > 1 {
		err = db.countWaiting(ctx, db.reader.Statements)
	}
	for _, m := range silent {
		err = errors.Join(err, db.declareDead(ctx, m))
	}
	if leads := db.Leads(); db.led.Swap(leads) != leads && leads {
		db.feed.Notify([]store.Notice{{What: store.Jobs}}) // the leader before this one may have left some half done
	}
	if err != nil && ctx.Err() == nil {
		db.cfg.Log.Error("looking after others that serve the database", "error", err)
	}
}

// declareDead removes a member whose counter still stands where it was read, and makes due what it had claimed.
func (db *DB) declareDead(ctx context.Context, m member.Member) error {
	dead := false
	err := db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM members WHERE number = ? AND id = ? AND beat = ?`, m.Number, idBytes(m.ID), m.Beat)
		if dead = n > 0; err != nil || !dead {
			return err
		}
		return tx.letGoOf(m.Number)
	})
	if err != nil {
		return fmt.Errorf("declaring member %d dead: %w", m.Number, err)
	}
	if dead {
		db.cfg.Log.Warn("another process that serves the database is silent: what it had claimed is due again", "member", m.Number)
	}
	return nil
}

// leave ends this process's membership, once nothing is written any more. What it could not hand back is due for the others.
func (db *DB) leave() error {
	number := db.members.Number()
	if number == 0 {
		return db.members.Close()
	}
	err := db.writer.doNow(func(tx *tx) error {
		if _, err := tx.exec(`DELETE FROM members WHERE number = ? AND id = ?`, number, idBytes(db.replica)); err != nil {
			return err
		}
		return tx.letGoOf(number)
	})
	if errors.Is(err, store.ErrUnavailable) {
		err = nil // the others declare it dead
	}
	return errors.Join(err, db.members.Close())
}

// letGoOf makes the claims of a former member due.
func (tx *tx) letGoOf(owner int64) error {
	lanes, err := tx.db.lanesToRecover(context.Background(), tx.q)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		tx.changed(l.id, store.Due)
		if err := tx.makeDue(l, claimedBy(owner), nil); err != nil {
			return err
		}
	}
	return nil
}

// owners says whose claims are meant.
type owners struct {
	sql  string
	args []any
}

// everybody are those whose claims a process takes up that serves a database alone.
var everybody = owners{sql: ``}

func claimedBy(number int64) owners { return owners{` AND owner = ?`, []any{number}} }

// nobodyBut are those who are no members, and one that is: the process before it had the same number.
func nobodyBut(number int64) owners {
	return owners{` AND owner NOT IN (SELECT number FROM members WHERE number <> ?)`, []any{number}}
}
