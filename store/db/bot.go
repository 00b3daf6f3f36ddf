package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// Inside the database a bot goes by the number of its row. theBot finds it by the bot's id, in any statement.
const theBot = `(SELECT number FROM bots WHERE id = ?)`

// ofWebhook is the condition on rows that belong to a webhook, by its bot's id and its number.
const ofWebhook = `bot = ` + theBot + ` AND n = ?`

// bot is the number of a bot, within a transaction, where the bot may just have been made; 0, which no row has, if there is
// no such bot.
func (tx *tx) bot(id uuid.UUID) (number int64, err error) {
	if number := tx.db.known.Number(id); number > 0 {
		return number, nil
	}
	err = tx.rowBeside(`SELECT number FROM bots WHERE id = ?`, idBytes(id)).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for bot %s: %w", id, err)
	}
	tx.onCommit(func() { tx.db.known.NoteNumber(id, number) })
	return number, nil
}

// CreateBot makes a bot with its webhook: off, with a signing secret of its own, and with a copy of the settings that new
// bots begin with. It fails with ErrUnreadable when those cannot be read.
func (db *DB) CreateBot(ctx context.Context, name string, by store.Actor) (store.Bot, error) {
	return db.createBot(ctx, name, by, func(tx *tx, id store.WebhookID) error {
		from, err := scanBeginning(tx.row(selectBeginning))
		if err != nil || from.None() {
			return err
		}
		source, err := tx.webhook(from.WebhookID)
		if err != nil {
			return err
		}
		change, err := store.WebhookCopy{Groups: store.CopyGroups(), By: by}.Change(source, from.Name)
		if err != nil {
			return err
		}
		_, err = tx.changeWebhook(id, change)
		return err
	})
}

// CreateEmptyBot is CreateBot for a webhook without URL and other settings, whatever new bots begin with.
func (db *DB) CreateEmptyBot(ctx context.Context, name string, by store.Actor) (store.Bot, error) {
	return db.createBot(ctx, name, by, func(*tx, store.WebhookID) error { return nil })
}

func (db *DB) createBot(ctx context.Context, name string, by store.Actor, begin func(*tx, store.WebhookID) error) (store.Bot, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Bot{}, err
	}
	secret, err := db.newSecret()
	if err != nil {
		return store.Bot{}, err
	}
	var b store.Bot
	err = db.write(ctx, func(tx *tx) error {
		b = store.Bot{ID: id, Name: name, CreatedAt: tx.now}
		if _, err := tx.exec(`INSERT INTO bots (id, name, created_at, webhooks) VALUES (?, ?, ?, 1)`,
			idBytes(id), name, millis(tx.now)); err != nil {
			return fmt.Errorf("adding bot %s: %w", id, err)
		}
		first := store.FirstWebhook(id)
		if err := tx.insertWebhook(store.Webhook{WebhookID: first, Version: 1, Secret: secret, WebhookState: store.WebhookState{ChangedAt: tx.now}}, by); err != nil {
			return err
		}
		if err := tx.addAudit(store.AuditEntry{By: by, Action: "bot.create", BotID: id, Target: name}); err != nil {
			return err
		}
		return begin(tx, first)
	})
	return b, err
}

const selectBeginning = `SELECT b.id, b.name, w.n, w.name, w.url, ` + several + ` FROM workspace s
	JOIN bots b ON b.number = s.begin_bot AND b.deleted_at = 0 JOIN webhooks w ON w.bot = b.number AND w.n = s.begin_n AND w.deleted_at = 0
	WHERE s.id = 1`

// Beginning is the webhook whose settings new bots begin with. When it was deleted, they begin with none.
func (db *DB) Beginning(ctx context.Context) (store.Beginning, error) {
	return scanBeginning(db.reader.Row(ctx, selectBeginning))
}

func scanBeginning(row statement.Row) (b store.Beginning, err error) {
	var bot, name string
	var several bool
	err = row.Scan(&b.BotID, &bot, &b.N, &name, &b.URL, &several)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Beginning{}, nil
	}
	if err != nil {
		return b, fmt.Errorf("reading what new bots begin with: %w", err)
	}
	known := store.BotState{Bot: store.Bot{Name: bot}}
	if several {
		known.Endpoint = store.WebhookLabel(b.N, name)
	}
	b.Name = known.Label()
	return b, nil
}

// BeginWith chooses the webhook whose settings new bots begin with; a zero id: none.
func (db *DB) BeginWith(ctx context.Context, id store.WebhookID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		was, err := scanBeginning(tx.row(selectBeginning))
		if err != nil || was.WebhookID == id {
			return err
		}
		if id == (store.WebhookID{}) {
			if err := tx.setBeginning(0, 0); err != nil {
				return err
			}
			return tx.addAudit(store.AuditEntry{By: by, Action: "workspace.begin_empty"})
		}
		number, err := tx.bot(id.BotID)
		if err != nil {
			return err
		}
		if err := tx.setBeginning(number, id.N); err != nil {
			return err
		}
		now, err := scanBeginning(tx.row(selectBeginning))
		if err != nil {
			return err
		}
		if now.None() {
			return fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "workspace.begin_with", BotID: id.BotID, N: id.N, Target: now.Name})
	})
}

func (tx *tx) setBeginning(bot int64, n int) error {
	_, err := tx.exec(`INSERT INTO workspace (id, begin_bot, begin_n) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET begin_bot = excluded.begin_bot, begin_n = excluded.begin_n`, bot, n)
	return err
}

// Bot finds a bot by id.
func (db *DB) Bot(ctx context.Context, id uuid.UUID) (store.Bot, error) {
	return scanBot(id, db.reader.Row(ctx, botByID, idBytes(id)))
}

// readBot is Bot within a transaction.
func (tx *tx) readBot(id uuid.UUID) (store.Bot, error) {
	return scanBot(id, tx.row(botByID, idBytes(id)))
}

const botByID = `SELECT name, created_at FROM bots WHERE id = ? AND deleted_at = 0`

func scanBot(id uuid.UUID, row statement.Row) (store.Bot, error) {
	b := store.Bot{ID: id}
	var created int64
	err := row.Scan(&b.Name, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Bot{}, fmt.Errorf("bot %s: %w", id, store.ErrNotFound)
	}
	b.CreatedAt = fromMillis(created)
	return b, err
}

// RenameBot gives a bot another name.
func (db *DB) RenameBot(ctx context.Context, id uuid.UUID, name string, by store.Actor) (store.Bot, error) {
	var b store.Bot
	err := db.write(ctx, func(tx *tx) (err error) {
		if b, err = tx.readBot(id); err != nil || b.Name == name {
			return err
		}
		if _, err := tx.exec(`UPDATE bots SET name = ? WHERE id = ?`, name, idBytes(id)); err != nil {
			return err
		}
		entry := store.AuditEntry{By: by, Action: "bot.rename", BotID: id, Target: name, Note: "was " + b.Name}
		b.Name = name
		return tx.addAudit(entry)
	})
	return b, err
}

// DeleteBot hides a bot at once: nothing of it is sent or shown any longer. Its rows are deleted in small steps (Sweep).
func (db *DB) DeleteBot(ctx context.Context, id uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error { return tx.deleteBot(id, by, 0) })
}

// DeleteBotCalled is DeleteBot for a person, who types the bot's name because its log is deleted too; ErrOtherName if that
// is not, or no longer, the bot's name.
func (db *DB) DeleteBotCalled(ctx context.Context, id uuid.UUID, typed string, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := tx.readBot(id)
		if err != nil {
			return err
		}
		if !b.Called(typed) {
			return fmt.Errorf("bot %s: %w", id, store.ErrOtherName)
		}
		return tx.deleteBot(id, by, store.DeleteUndoFor)
	})
}

// RestoreBot takes the deletion of a bot back, while it can be: ErrNotFound once its rows may be leaving. What was under way when
// it was deleted goes out again when its lease is over.
func (db *DB) RestoreBot(ctx context.Context, id uuid.UUID, by store.Actor) (store.Bot, error) {
	var b store.Bot
	err := db.write(ctx, func(tx *tx) (err error) {
		if b, err = scanBot(id, tx.row(`SELECT name, created_at FROM bots WHERE id = ? AND deleted_at > ?`, idBytes(id), millis(tx.now))); err != nil {
			return err
		}
		tx.ungate(id)
		if _, err := tx.exec(`UPDATE bots SET deleted_at = 0 WHERE id = ?`, idBytes(id)); err != nil {
			return err
		}
		if err := tx.countOut(id, 1); err != nil {
			return err
		}
		delete(tx.deleted, id)
		if err := tx.changedAll(id, store.Settings|store.Due); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "bot.restore", BotID: id, Target: b.Name})
	})
	return b, err
}

// deleteBot makes a bot invisible at once. deleted_at is from when on its rows may leave: until then it can be restored.
func (tx *tx) deleteBot(id uuid.UUID, by store.Actor, undo time.Duration) error {
	b, err := tx.readBot(id)
	if err != nil {
		return err
	}
	if err := tx.changedAll(id, store.Settings|store.Revoked); err != nil {
		return err
	}
	tx.ungate(id)
	if _, err := tx.exec(`UPDATE bots SET deleted_at = ? WHERE id = ?`, millis(tx.now.Add(undo)), idBytes(id)); err != nil {
		return err
	}
	if err := tx.countOut(id, -1); err != nil {
		return err
	}
	tx.deleted[id] = true
	tx.onCommit(func() { tx.db.claims.EndAll(id) })
	return tx.addAudit(store.AuditEntry{By: by, Action: "bot.delete", BotID: id, Target: b.Name})
}
