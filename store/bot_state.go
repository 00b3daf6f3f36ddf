package store

import (
	"context"
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

func (db *DB) botStates(ctx context.Context, where string, args ...any) ([]BotState, error) {
	rows, err := db.reader.rows(ctx, `SELECT b.id, b.name, b.created_at, w.enabled, w.off_reason, w.off_at, w.url, w.settles_at, w.changed_at,
			w.held_left_at, `+healthOrNone+`
		FROM bots b JOIN webhooks w ON w.bot_id = b.id LEFT JOIN health h ON h.bot_id = b.id WHERE b.deleted_at = 0`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("looking at bots: %w", err)
	}
	defer rows.Close()
	var found []BotState
	leftAt := map[int]time.Time{}
	for rows.Next() {
		w, left, err := scanBotState(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("looking at bots: %w", err)
		}
		if !left.IsZero() && w.Held > 0 {
			leftAt[len(found)] = left
		}
		found = append(found, w)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range leftAt { // the count of all held ones is not that of the question
		held, err := db.HeldCount(ctx, found[i].ID)
		if err != nil {
			return nil, err
		}
		found[i].Held = held.Count
	}
	return found, nil
}

func scanBotState(scan func(...any) error) (w BotState, heldLeftAt time.Time, err error) {
	var created, offAt, settles, changed, left int64
	var offReason string
	h, err := scanHealth(uuid.Nil, func(health ...any) error {
		return scan(append([]any{&w.ID, &w.Name, &created, &w.Webhook.Enabled, &offReason, &offAt, &w.Webhook.URL, &settles, &changed, &left}, health...)...)
	})
	if err != nil {
		return w, heldLeftAt, err
	}
	w.CreatedAt, w.Webhook.SettlesAt, w.Webhook.ChangedAt = fromMillis(created), fromMillis(settles), fromMillis(changed)
	if offReason != "" {
		w.Webhook.SwitchedOff = &SwitchedOff{Reason: offReason, At: fromMillis(offAt)}
	}
	w.Health, w.Held = h.Health, h.held
	w.Health.BotID = w.ID
	return w, fromMillis(left), nil
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
