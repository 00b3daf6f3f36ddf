package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
)

// CreateBot makes a bot with its webhook: off, without URL, with a signing secret of its own.
func (db *DB) CreateBot(ctx context.Context, name string, by Actor) (Bot, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return Bot{}, err
	}
	secret, err := db.newSecret()
	if err != nil {
		return Bot{}, err
	}
	var b Bot
	err = db.write(ctx, func(tx *tx) error {
		b = Bot{ID: id, Name: name, CreatedAt: tx.now}
		if _, err := tx.exec(`INSERT INTO bots (id, name, created_at) VALUES (?, ?, ?)`,
			idBytes(id), name, millis(tx.now)); err != nil {
			return fmt.Errorf("adding bot %s: %w", id, err)
		}
		if err := tx.insertWebhook(Webhook{BotID: id, Version: 1, Secret: secret, WebhookState: WebhookState{ChangedAt: tx.now}}, by); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "bot.create", BotID: id, Target: name})
	})
	return b, err
}

// newSecret makes a Standard Webhooks signing secret: whsec_ and the base64 of 32 random bytes.
func (db *DB) newSecret() (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(db.cfg.Rand, raw[:]); err != nil {
		return "", fmt.Errorf("making a signing secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(raw[:]), nil
}

// Bot finds a bot by id.
func (db *DB) Bot(ctx context.Context, id uuid.UUID) (Bot, error) {
	return scanBot(id, db.reader.row(ctx, botByID, idBytes(id)))
}

// requireBot says ErrNotFound for a bot that is not there or was deleted.
func (tx *tx) requireBot(id uuid.UUID) error {
	_, err := scanBot(id, tx.row(botByID, idBytes(id)))
	return err
}

const botByID = `SELECT name, created_at FROM bots WHERE id = ? AND deleted_at = 0`

func scanBot(id uuid.UUID, row *sql.Row) (Bot, error) {
	b := Bot{ID: id}
	var created int64
	err := row.Scan(&b.Name, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return Bot{}, fmt.Errorf("bot %s: %w", id, ErrNotFound)
	}
	b.CreatedAt = fromMillis(created)
	return b, err
}

// RenameBot gives a bot another name.
func (db *DB) RenameBot(ctx context.Context, id uuid.UUID, name string, by Actor) (Bot, error) {
	var b Bot
	err := db.write(ctx, func(tx *tx) (err error) {
		if b, err = scanBot(id, tx.row(botByID, idBytes(id))); err != nil || b.Name == name {
			return err
		}
		if _, err := tx.exec(`UPDATE bots SET name = ? WHERE id = ?`, name, idBytes(id)); err != nil {
			return err
		}
		entry := AuditEntry{By: by, Action: "bot.rename", BotID: id, Target: name, Note: "was " + b.Name}
		b.Name = name
		return tx.addAudit(entry)
	})
	return b, err
}

// DeleteBot takes a bot out of sight at once: nothing of it is sent or shown any more. Its rows leave in
// small steps (Sweep).
func (db *DB) DeleteBot(ctx context.Context, id uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error { return tx.deleteBot(id, by) })
}

// DeleteBotCalled is DeleteBot for a person, who types the bot's name because its log goes with it; ErrOtherName when it is
// not, or no longer, called so.
func (db *DB) DeleteBotCalled(ctx context.Context, id uuid.UUID, typed string, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := scanBot(id, tx.row(botByID, idBytes(id)))
		if err != nil {
			return err
		}
		if !b.Called(typed) {
			return fmt.Errorf("bot %s: %w", id, ErrOtherName)
		}
		return tx.deleteBot(id, by)
	})
}

func (tx *tx) deleteBot(id uuid.UUID, by Actor) error {
	b, err := scanBot(id, tx.row(botByID, idBytes(id)))
	if err != nil {
		return err
	}
	tx.ungate(id)
	if _, err := tx.exec(`UPDATE bots SET deleted_at = ? WHERE id = ?`, millis(tx.now), idBytes(id)); err != nil {
		return err
	}
	tx.deleted[id] = true
	tx.onCommit(func() { tx.db.handed.endAll(id) })
	tx.changed(id, Settings, Revoked)
	return tx.addAudit(AuditEntry{By: by, Action: "bot.delete", BotID: id, Target: b.Name})
}

// Bots lists bots with what the bots page shows of each, newest first. It opens no secret.
func (db *DB) Bots(ctx context.Context, f BotFilter) (BotPage, error) {
	p, err := f.parse()
	if err != nil {
		return BotPage{}, err
	}
	bots, err := db.summaries(ctx, p.where, p.args...)
	if err != nil {
		return BotPage{}, err
	}
	var out BotPage
	out.Bots, out.Next = cutBots(bots, p, func(b BotSummary) uuid.UUID { return b.ID })
	return out, nil
}

// BotNames lists bots by name alone, newest first: for whoever chooses one.
func (db *DB) BotNames(ctx context.Context, f BotFilter) (BotNames, error) {
	p, err := f.parse()
	if err != nil {
		return BotNames{}, err
	}
	rows, err := db.reader.db.QueryContext(ctx, `SELECT b.id, b.name, b.created_at FROM bots b WHERE b.deleted_at = 0`+p.where, p.args...)
	if err != nil {
		return BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	defer rows.Close()
	var bots []Bot
	for rows.Next() {
		var b Bot
		var created int64
		if err := rows.Scan(&b.ID, &b.Name, &created); err != nil {
			return BotNames{}, fmt.Errorf("listing bots: %w", err)
		}
		b.CreatedAt = fromMillis(created)
		bots = append(bots, b)
	}
	if err := rows.Err(); err != nil {
		return BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	var out BotNames
	out.Bots, out.Next = cutBots(bots, p, func(b Bot) uuid.UUID { return b.ID })
	return out, nil
}

// botsAsked is a filter as conditions on bots b, with one more row than the page has.
type botsAsked struct {
	where   string
	args    []any
	size    int
	at      cursor
	started bool
}

func (f BotFilter) parse() (p botsAsked, err error) {
	if p.at, p.started, err = parseCursor(f.Cursor); err != nil {
		return p, err
	}
	p.size = pageSize(f.Limit)
	if f.Query != "" {
		p.where, p.args = p.where+` AND b.name LIKE ? ESCAPE '\'`, append(p.args, "%"+escapeLike(f.Query)+"%")
	}
	if p.started {
		p.where, p.args = p.where+` AND b.id < ?`, append(p.args, idBytes(p.at.id))
	}
	p.where, p.args = p.where+` ORDER BY b.id DESC LIMIT ?`, append(p.args, p.size+1)
	return p, nil
}

// cutBots cuts what was read down to a page and tells where the next one begins.
func cutBots[B any](bots []B, p botsAsked, id func(B) uuid.UUID) (shown []B, next string) {
	shown, next, _ = page(bots, p.size, cursor{id: p.at.id}, p.started, id)
	return shown, next
}

// BotSummary reads a bot with what the bots page shows of it.
func (db *DB) BotSummary(ctx context.Context, id uuid.UUID) (BotSummary, error) {
	found, err := db.summaries(ctx, ` AND b.id = ?`, idBytes(id))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("bot %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return BotSummary{}, err
	}
	return found[0], nil
}

// summaries reads the bots of a condition: their state in one join, and their week in one more read.
func (db *DB) summaries(ctx context.Context, where string, args ...any) ([]BotSummary, error) {
	rows, err := db.reader.db.QueryContext(ctx, selectStates+where, args...)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	states, err := scanStates(rows)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	bots := make([]BotSummary, len(states))
	for i, s := range states {
		bots[i] = BotSummary{Bot: s.Bot, Webhook: s.Webhook, Health: s.Health, Waiting: s.waiting, Held: s.Held}
	}
	return bots, db.addWeeks(ctx, bots)
}

func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func scanIDs(rows *sql.Rows) ([]uuid.UUID, error) {
	defer rows.Close()
	var ids []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
