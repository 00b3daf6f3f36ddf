package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Condition is something that holds, or held, for a bot, as the last look at it found. The kinds are those of package
// sender's concerns.
type Condition struct {
	BotID uuid.UUID
	Kind  string
	Holds bool
	Since time.Time // when it last began or ended
}

// ConditionChange is a condition that begins or ends.
type ConditionChange struct {
	BotID   uuid.UUID
	BotName string
	Kind    string
	Holds   bool
	// Tell is what people are told of it; "" nothing. Title is for a subject line, Text are the sentences.
	Tell, Title, Text string
}

// Conditions reads all that was found about bots. Only bots that ever needed attention have any.
func (db *DB) Conditions(ctx context.Context) ([]Condition, error) {
	rows, err := db.reader.rows(ctx, `SELECT bot_id, kind, holds, since FROM conditions`)
	if err != nil {
		return nil, fmt.Errorf("reading conditions: %w", err)
	}
	defer rows.Close()
	var found []Condition
	for rows.Next() {
		var c Condition
		var since int64
		if err := rows.Scan(&c.BotID, &c.Kind, &c.Holds, &since); err != nil {
			return nil, fmt.Errorf("reading conditions: %w", err)
		}
		c.Since = fromMillis(since)
		found = append(found, c)
	}
	return found, rows.Err()
}

// ChangeConditions notes changes and, in the same transaction, what is to be told of them and to whom. A change that
// another look (of a replica, or before a crash) has noted already tells nothing again. compose makes the notifications
// of those that were new; mail says whether there is a way to send e-mails.
func (db *DB) ChangeConditions(ctx context.Context, changes []ConditionChange, mail bool, compose func(fresh []ConditionChange) []Notification) error {
	return db.write(ctx, func(tx *tx) error {
		var fresh []ConditionChange
		for _, c := range changes {
			changed, err := tx.changeCondition(c)
			if err != nil {
				return fmt.Errorf("noting that bot %s is %s: %w", c.BotID, c.Kind, err)
			}
			if changed {
				fresh = append(fresh, c)
			}
		}
		for _, n := range compose(fresh) {
			if err := tx.addNotification(n, mail); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *tx) changeCondition(c ConditionChange) (bool, error) {
	n, err := tx.exec(`INSERT INTO conditions (bot_id, kind, holds, since)
		SELECT ?, ?, ?, ? WHERE ? OR EXISTS (SELECT 1 FROM conditions WHERE bot_id = ? AND kind = ?)
		ON CONFLICT (bot_id, kind) DO UPDATE SET holds = excluded.holds, since = excluded.since WHERE conditions.holds <> excluded.holds`,
		idBytes(c.BotID), c.Kind, c.Holds, millis(tx.now), c.Holds, idBytes(c.BotID), c.Kind)
	return n > 0, err
}
