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

func (tx *tx) deleteBot(id uuid.UUID, by Actor) error {
	b, err := scanBot(id, tx.row(botByID, idBytes(id)))
	if err != nil {
		return err
	}
	tx.ungate(id)
	if _, err := tx.exec(`UPDATE bots SET deleted_at = ? WHERE id = ?`, millis(tx.now), idBytes(id)); err != nil {
		return err
	}
	tx.changed(id)
	return tx.addAudit(AuditEntry{By: by, Action: "bot.delete", BotID: id, Target: b.Name})
}

// Bots lists bots, newest first.
func (db *DB) Bots(ctx context.Context, f BotFilter) (BotPage, error) {
	at, started, err := parseCursor(f.Cursor)
	if err != nil {
		return BotPage{}, err
	}
	size := pageSize(f.Limit)
	where, args := []string{"deleted_at = 0"}, []any{}
	if f.Query != "" {
		where, args = append(where, `name LIKE ? ESCAPE '\'`), append(args, "%"+escapeLike(f.Query)+"%")
	}
	if started {
		where, args = append(where, "id < ?"), append(args, idBytes(at.id))
	}
	rows, err := db.reader.db.QueryContext(ctx, `SELECT id FROM bots WHERE `+strings.Join(where, " AND ")+
		` ORDER BY id DESC LIMIT ?`, append(args, size+1)...)
	if err != nil {
		return BotPage{}, fmt.Errorf("listing bots: %w", err)
	}
	ids, err := scanIDs(rows)
	if err != nil {
		return BotPage{}, fmt.Errorf("listing bots: %w", err)
	}
	var out BotPage
	ids, out.Next, _ = page(ids, size, cursor{id: at.id}, started, func(id uuid.UUID) uuid.UUID { return id })
	for _, id := range ids {
		b, err := db.BotSummary(ctx, id)
		if err != nil {
			return BotPage{}, err
		}
		out.Bots = append(out.Bots, b)
	}
	return out, nil
}

// BotSummary reads a bot with what the bots page shows of it.
func (db *DB) BotSummary(ctx context.Context, id uuid.UUID) (s BotSummary, err error) {
	if s.Bot, err = db.Bot(ctx, id); err != nil {
		return s, err
	}
	w, err := db.Webhook(ctx, id)
	if err != nil {
		return s, err
	}
	s.Webhook = w.WebhookState
	h, err := scanHealth(id, db.reader.row(ctx, `SELECT `+healthColumns+` FROM health WHERE bot_id = ?`, idBytes(id)).Scan)
	if err != nil {
		return s, err
	}
	s.Health, s.Waiting, s.Held = h.Health, h.waiting, h.held
	s.Daily, err = db.daily(ctx, id, db.cfg.Now())
	return s, err
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
