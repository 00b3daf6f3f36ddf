package db

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/dialect"
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
		change, err := store.WebhookCopy{Groups: store.CopyGroups(), By: by}.Change(source, from.Bot)
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

const selectBeginning = `SELECT b.id, b.name, w.n, w.name, w.url FROM workspace s
	JOIN bots b ON b.number = s.begin_bot AND b.deleted_at = 0 JOIN webhooks w ON w.bot = b.number AND w.n = s.begin_n AND w.deleted_at = 0
	WHERE s.id = 1`

// Beginning is the webhook whose settings new bots begin with. When it was deleted, they begin with none.
func (db *DB) Beginning(ctx context.Context) (store.Beginning, error) {
	return scanBeginning(db.reader.Row(ctx, selectBeginning))
}

func scanBeginning(row statement.Row) (b store.Beginning, err error) {
	var name string
	err = row.Scan(&b.BotID, &b.Bot, &b.N, &name, &b.URL)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Beginning{}, nil
	}
	if err != nil {
		return b, fmt.Errorf("reading what new bots begin with: %w", err)
	}
	b.Name = store.Webhook{WebhookID: b.WebhookID, Name: name}.In(b.Bot)
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
		w, err := tx.webhook(id)
		if err != nil {
			return err
		}
		b, err := scanBot(id.BotID, tx.row(botByID, idBytes(id.BotID)))
		if err != nil {
			return err
		}
		number, err := tx.bot(id.BotID)
		if err != nil {
			return err
		}
		if err := tx.setBeginning(number, id.N); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "workspace.begin_with", BotID: id.BotID, N: id.N, Target: w.In(b.Name)})
	})
}

func (tx *tx) setBeginning(bot int64, n int) error {
	_, err := tx.exec(`INSERT INTO workspace (id, begin_bot, begin_n) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET begin_bot = excluded.begin_bot, begin_n = excluded.begin_n`, bot, n)
	return err
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
func (db *DB) Bot(ctx context.Context, id uuid.UUID) (store.Bot, error) {
	return scanBot(id, db.reader.Row(ctx, botByID, idBytes(id)))
}

// requireBot returns ErrNotFound for a bot that does not exist or was deleted.
func (tx *tx) requireBot(id uuid.UUID) error {
	_, err := scanBot(id, tx.row(botByID, idBytes(id)))
	return err
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
		if b, err = scanBot(id, tx.row(botByID, idBytes(id))); err != nil || b.Name == name {
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
		b, err := scanBot(id, tx.row(botByID, idBytes(id)))
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
	err := db.write(ctx, func(tx *tx) error {
		var created int64
		b.ID = id
		err := tx.row(`SELECT name, created_at FROM bots WHERE id = ? AND deleted_at > ?`, idBytes(id), millis(tx.now)).Scan(&b.Name, &created)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("deleted bot %s: %w", id, store.ErrNotFound)
		}
		if err != nil {
			return err
		}
		b.CreatedAt = fromMillis(created)
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
	b, err := scanBot(id, tx.row(botByID, idBytes(id)))
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

// Bots lists bots with what the bots page shows of each, newest first. It opens no secret.
func (db *DB) Bots(ctx context.Context, f store.BotFilter) (store.BotPage, error) {
	p, err := parseBotFilter(f)
	if err != nil {
		return store.BotPage{}, err
	}
	bots, err := db.summaries(ctx, p.sql, p.args...)
	if err != nil {
		return store.BotPage{}, err
	}
	var out store.BotPage
	out.Bots, out.Next = cutBots(bots, p, func(b store.BotSummary) uuid.UUID { return b.ID })
	return out, nil
}

// BotNames lists the names of bots, newest first, to choose one from.
func (db *DB) BotNames(ctx context.Context, f store.BotFilter) (store.BotNames, error) {
	p, err := parseBotFilter(f)
	if err != nil {
		return store.BotNames{}, err
	}
	rows, err := db.reader.RowsOnce(ctx, `SELECT b.id, b.name, b.created_at FROM bots b WHERE b.deleted_at = 0`+p.sql, p.args...)
	if err != nil {
		return store.BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	bots, err := statement.Collect(rows, func(b *store.Bot, scan func(...any) error) error {
		var created int64
		err := scan(&b.ID, &b.Name, &created)
		b.CreatedAt = fromMillis(created)
		return err
	})
	if err != nil {
		return store.BotNames{}, fmt.Errorf("listing bots: %w", err)
	}
	var out store.BotNames
	out.Bots, out.Next = cutBots(bots, p, func(b store.Bot) uuid.UUID { return b.ID })
	return out, nil
}

// botsAsked is the filter as conditions on bots b; it asks for one row more than the page has.
type botsAsked struct {
	condition
	size    int
	at      store.Cursor
	started bool
}

func parseBotFilter(f store.BotFilter) (p botsAsked, err error) {
	if p.at, p.started, err = store.ParseCursor(f.Cursor); err != nil {
		return p, err
	}
	p.size = store.PageSize(f.Limit)
	p.condition = nameHas(f.Query)
	if p.started {
		p.condition = p.and("b.id < ?", idBytes(p.at.ID))
	}
	p.sql, p.args = p.sql+` ORDER BY b.id DESC LIMIT ?`, append(p.args, p.size+1)
	return p, nil
}

// cutBots cuts what was read down to a page, and returns where the next one begins.
func cutBots[B any](bots []B, p botsAsked, id func(B) uuid.UUID) (shown []B, next string) {
	shown, next, _ = store.Page(bots, p.size, store.Cursor{ID: p.at.ID}, p.started, id)
	return shown, next
}

// BotSummary reads a bot with what the bots page shows of it.
func (db *DB) BotSummary(ctx context.Context, id uuid.UUID) (store.BotSummary, error) {
	found, err := db.summaries(ctx, ` AND b.id = ?`, idBytes(id))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("bot %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return store.BotSummary{}, err
	}
	return found[0], nil
}

// summaries reads the bots of a condition: the states of their first webhooks in one join, and in one more read each those of
// their other webhooks, if they have any, and their days.
func (db *DB) summaries(ctx context.Context, where string, args ...any) ([]store.BotSummary, error) {
	rows, err := db.reader.RowsOnce(ctx, selectStates+` AND w.n = 1`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	states, err := statement.Collect(rows, scanState)
	if err != nil {
		return nil, fmt.Errorf("listing bots: %w", err)
	}
	bots, numbers := make([]store.BotSummary, len(states)), make([]int64, len(states))
	for i, s := range states {
		numbers[i] = s.number
		bots[i] = store.BotSummary{Bot: s.Bot, Webhook: s.Webhook, Health: s.Health, Endpoint: s.Endpoint}
	}
	if err := db.addOthers(ctx, bots, numbers); err != nil {
		return nil, err
	}
	return bots, db.addDays(ctx, bots, numbers)
}

// othersOf are the states of the other webhooks of bots, which are asked for by their numbers.
var othersOf = selectStates + ` AND w.n > 1 AND b.number` + dialect.AmongNumbers + ` ORDER BY w.place, w.n`

func (db *DB) addOthers(ctx context.Context, bots []store.BotSummary, numbers []int64) error {
	place := map[int64]int{}
	for i, number := range numbers {
		if bots[i].Endpoint != "" {
			place[number] = i
		}
	}
	if len(place) == 0 {
		return nil
	}
	rows, err := db.reader.Rows(ctx, othersOf, mustJSON(slices.Collect(maps.Keys(place))))
	if err != nil {
		return fmt.Errorf("listing webhooks: %w", err)
	}
	states, err := statement.Collect(rows, scanState)
	if err != nil {
		return fmt.Errorf("listing webhooks: %w", err)
	}
	for _, s := range states {
		b := &bots[place[s.number]]
		b.Others = append(b.Others, s.BotState)
	}
	return nil
}

// nameHas is the condition on bots b that their names contain a text; "" is in every name.
func nameHas(text string) (c condition) {
	if text != "" {
		c = c.and(`b.name`+dialect.Like+`? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)+"%")
	}
	return c
}
