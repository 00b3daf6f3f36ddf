package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// BotState is what one looks at to see whether a bot needs attention.
type BotState struct {
	Bot
	Webhook WebhookState
	Health  Health
	Held    int // events that wait for a person's "Send them" or "Leave them"
}

// troubledBots are those of which something is known that may be a concern: few, and found by partial indexes. The rules
// that decide are package sender's.
const troubledBots = `SELECT bot_id FROM health WHERE failing_since > 0
	UNION SELECT bot_id FROM webhooks WHERE off_reason <> ''`

// TroubledBots lists up to limit bots that fail or were switched off by ioZen, newest first. Every page asks.
func (db *DB) TroubledBots(ctx context.Context, limit int) ([]BotState, error) {
	return db.botStates(ctx, ` AND b.id IN (`+troubledBots+`) ORDER BY b.id DESC LIMIT ?`, limit)
}

// BotsNeedingAttention lists up to limit bots that are troubled, hold events, or were found silent or with a certificate that
// ends, newest first.
func (db *DB) BotsNeedingAttention(ctx context.Context, limit int) ([]BotState, error) {
	return db.botStates(ctx, ` AND b.id IN (`+troubledBots+`
		UNION SELECT bot_id FROM health WHERE held > 0
		UNION SELECT bot_id FROM conditions WHERE holds = 1 AND kind IN ('silent', 'certificate')) ORDER BY b.id DESC LIMIT ?`, limit)
}

// BotStates reads bots in the order of their ids, those after one of them.
func (db *DB) BotStates(ctx context.Context, after uuid.UUID, limit int) ([]BotState, error) {
	return db.botStates(ctx, ` AND b.id > ? ORDER BY b.id LIMIT ?`, idBytes(after), limit)
}

// BotState reads one bot; ErrNotFound when it was deleted.
func (db *DB) BotState(ctx context.Context, id uuid.UUID) (BotState, error) {
	found, err := db.botStates(ctx, ` AND b.id = ?`, idBytes(id))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("bot %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return BotState{}, err
	}
	return found[0], nil
}

// healthOrNone are the columns of health for a join in which a bot may have no row yet.
var healthOrNone = func() string {
	columns := strings.Split(healthColumns, ",")
	for i, c := range columns {
		c = strings.TrimSpace(c)
		none := "0"
		if c == "last_outcome" {
			none = "''"
		}
		columns[i] = "COALESCE(h." + c + ", " + none + ")"
	}
	return strings.Join(columns, ", ")
}()

// selectStates is the one join that tells the state of bots; conditions follow it.
var selectStates = `SELECT b.id, b.name, b.created_at, w.enabled, w.off_reason, w.off_at, w.url, w.settles_at, w.changed_at,
		w.held_left_at, ` + healthOrNone + `
	FROM bots b JOIN webhooks w ON w.bot_id = b.id LEFT JOIN health h ON h.bot_id = b.id WHERE b.deleted_at = 0`

func (db *DB) botStates(ctx context.Context, where string, args ...any) ([]BotState, error) {
	rows, err := db.reader.rows(ctx, selectStates+where, args...)
	if err != nil {
		return nil, fmt.Errorf("looking at bots: %w", err)
	}
	read, err := scanStates(rows)
	if err != nil {
		return nil, fmt.Errorf("looking at bots: %w", err)
	}
	found := make([]BotState, len(read))
	for i, s := range read {
		found[i] = s.BotState
		if s.heldLeftAt.IsZero() || s.Held == 0 {
			continue
		}
		held, err := db.HeldCount(ctx, s.ID) // the count of all held ones is not that of the question
		if err != nil {
			return nil, err
		}
		found[i].Held = held.Count
	}
	return found, nil
}

// stateRow is a row of selectStates: Held counts all that are held.
type stateRow struct {
	BotState
	waiting    int
	heldLeftAt time.Time
}

func scanStates(rows *sql.Rows) (states []stateRow, err error) {
	defer rows.Close()
	for rows.Next() {
		s, err := scanState(rows.Scan)
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return states, rows.Err()
}

func scanState(scan func(...any) error) (s stateRow, err error) {
	var created, offAt, settles, changed, left int64
	var offReason string
	h, err := scanHealth(uuid.Nil, func(health ...any) error {
		return scan(append([]any{&s.ID, &s.Name, &created, &s.Webhook.Enabled, &offReason, &offAt, &s.Webhook.URL, &settles, &changed, &left}, health...)...)
	})
	if err != nil {
		return s, err
	}
	s.CreatedAt, s.Webhook.SettlesAt, s.Webhook.ChangedAt = fromMillis(created), fromMillis(settles), fromMillis(changed)
	if offReason != "" {
		s.Webhook.SwitchedOff = &SwitchedOff{Reason: offReason, At: fromMillis(offAt)}
	}
	s.Health, s.Held, s.waiting, s.heldLeftAt = h.Health, h.held, h.waiting, fromMillis(left)
	s.Health.BotID = s.ID
	return s, nil
}

// LastEventAt is the beginning of the hour in which a bot's last real event came; zero: none in what the counters keep.
func (db *DB) LastEventAt(ctx context.Context, botID uuid.UUID) (time.Time, error) {
	var hour int64
	err := db.reader.row(ctx, `SELECT COALESCE((SELECT hour FROM counters WHERE bot_id = ? AND kind = ? ORDER BY hour DESC LIMIT 1), 0)`,
		idBytes(botID), CountAccepted).Scan(&hour)
	if err != nil || hour == 0 {
		return time.Time{}, err
	}
	return time.Unix(hour*3600, 0).UTC(), nil
}
