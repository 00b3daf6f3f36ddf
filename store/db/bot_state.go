package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// troubledWebhooks are those that may have an alert: few, and found by partial indexes. The rules that decide are those of
// package alert.
const troubledWebhooks = `SELECT bot, n FROM health WHERE failing_since > 0
	UNION SELECT bot, n FROM webhooks WHERE off_reason <> ''`

// needingAttention are troubled, hold events, or were found silent or with a certificate that ends.
const needingAttention = troubledWebhooks + `
	UNION SELECT bot, n FROM health WHERE held > 0
	UNION SELECT bot, n FROM conditions WHERE holds AND kind IN ('silent', 'certificate')`

// TroubledBots lists up to limit webhooks that fail or were switched off by ioZen, those of the newest bot first. Every page
// asks.
func (db *DB) TroubledBots(ctx context.Context, limit int) ([]store.BotState, error) {
	return db.botStates(ctx, among(troubledWebhooks), limit)
}

// BotsNeedingAttention lists up to limit webhooks that are troubled, hold events, or were found silent or with a certificate
// that ends, those of the newest bot first.
func (db *DB) BotsNeedingAttention(ctx context.Context, limit int) ([]store.BotState, error) {
	return db.botStates(ctx, among(needingAttention), limit)
}

// among is the condition on states that their webhooks are in a list. Their bots lead to them: SQLite would compare a pair of
// columns with the list only after it has read every webhook.
func among(list string) string {
	return ` AND b.number IN (SELECT bot FROM (` + list + `) listed) AND (w.bot, w.n) IN (` + list + `) ORDER BY b.number DESC, w.n LIMIT ?`
}

// BotStates reads the webhooks of bots, in the order in which the bots were made, those after one of them.
func (db *DB) BotStates(ctx context.Context, after store.WebhookID, limit int) ([]store.BotState, error) {
	return db.botStates(ctx, ` AND (b.number, w.n) > (COALESCE(`+theBot+`, 0), ?) ORDER BY b.number, w.n LIMIT ?`, idBytes(after.BotID), after.N, limit)
}

// BotState reads one webhook with its bot; ErrNotFound when it was deleted.
func (db *DB) BotState(ctx context.Context, id store.WebhookID) (store.BotState, error) {
	found, err := db.botStates(ctx, ` AND b.id = ? AND w.n = ?`, idBytes(id.BotID), id.N)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return store.BotState{}, err
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

// several says whether the bot of a webhook has another one.
const several = `b.webhooks > 1 AND EXISTS (SELECT 1 FROM webhooks o WHERE o.bot = b.number AND o.n <> w.n AND o.deleted_at = 0)`

// selectStates is the one join that reads the state of bots' webhooks; conditions follow it.
var selectStates = `SELECT b.number, b.id, w.n, b.name, b.created_at, w.enabled, w.off_reason, w.off_at, w.url, w.settles_at, w.changed_at,
		w.held_left_at, w.name, ` + several + `, ` + healthOrNone + `
	FROM bots b JOIN webhooks w ON w.bot = b.number AND w.deleted_at = 0 LEFT JOIN health h ON h.bot = b.number AND h.n = w.n WHERE b.deleted_at = 0`

func (db *DB) botStates(ctx context.Context, where string, args ...any) ([]store.BotState, error) {
	rows, err := db.reader.Rows(ctx, selectStates+where, args...)
	if err != nil {
		return nil, fmt.Errorf("looking at bots: %w", err)
	}
	read, err := statement.Collect(rows, scanState)
	if err != nil {
		return nil, fmt.Errorf("looking at bots: %w", err)
	}
	found := make([]store.BotState, len(read))
	for i, s := range read {
		found[i] = s.BotState
		if s.heldLeftAt.IsZero() || s.Held == 0 {
			continue
		}
		held, err := db.HeldCount(ctx, s.WebhookID()) // the count of all held ones is not the one that is asked about
		if err != nil {
			return nil, err
		}
		found[i].Held = held.Count
	}
	return found, nil
}

// stateRow is a row of selectStates: Held counts all that are held.
type stateRow struct {
	store.BotState
	number     int64
	heldLeftAt time.Time
}

func scanState(s *stateRow, scan func(...any) error) error {
	var created, offAt, settles, changed, left int64
	var offReason, name string
	var several bool
	h, err := scanHealth(store.WebhookID{}, func(health ...any) error {
		return scan(append([]any{&s.number, &s.ID, &s.N, &s.Name, &created, &s.Webhook.Enabled, &offReason, &offAt, &s.Webhook.URL, &settles, &changed, &left, &name, &several}, health...)...)
	})
	if err != nil {
		return err
	}
	s.CreatedAt, s.Webhook.QuietUntil, s.Webhook.ChangedAt = fromMillis(created), fromMillis(settles), fromMillis(changed)
	if several {
		s.Endpoint = store.WebhookLabel(s.N, name)
	}
	if offReason != "" {
		s.Webhook.SwitchedOff = &store.SwitchedOff{Reason: offReason, At: fromMillis(offAt)}
	}
	s.Health, s.Held, s.Waiting, s.heldLeftAt = h.Health, h.held, h.waiting, fromMillis(left)
	s.Health.WebhookID = s.WebhookID()
	return nil
}

// LastEventAt is the beginning of the hour in which a bot's last real event came; zero: none in the counters that are kept.
func (db *DB) LastEventAt(ctx context.Context, botID uuid.UUID) (time.Time, error) {
	var hour int64
	err := db.reader.Row(ctx, `SELECT COALESCE((SELECT hour FROM counters WHERE bot = `+theBot+` AND kind = ? ORDER BY hour DESC LIMIT 1), 0)`,
		idBytes(botID), store.CountAccepted).Scan(&hour)
	if err != nil || hour == 0 {
		return time.Time{}, err
	}
	return time.Unix(hour*3600, 0).UTC(), nil
}
