package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

// healthRow is a webhook's health with the counts kept beside it, as a transaction changes it.
type healthRow struct {
	store.Health
	waiting int // queued, sending or retrying
	held    int
	dirty   bool
	// changes are what the transaction changes of it, while other processes may do so too; see catchUp.
	changes []func(*healthRow)
}

// changeHealth changes a webhook's health.
func (tx *tx) changeHealth(h *healthRow, change func(*healthRow)) {
	change(h)
	h.dirty, tx.wrote = true, true
	if !tx.alone {
		h.changes = append(h.changes, change)
	}
}

const healthColumns = `last_attempt_at, last_success_at, last_test_ok_at, last_code, last_outcome,
	first_failures, failing_since, failing_events, strikes_since, strikes, gone_at,
	certificate_from, certificate_until, waiting, held`

func scanHealth(id store.WebhookID, scan func(...any) error) (healthRow, error) {
	h := healthRow{Health: store.Health{WebhookID: id}}
	var attempt, success, test, since, strikes, gone, certFrom, certUntil int64
	err := scan(&attempt, &success, &test, &h.LastCode, &h.LastOutcome,
		&h.FirstFailures, &since, &h.FailingEvents, &strikes, &h.Strikes, &gone, &certFrom, &certUntil, &h.waiting, &h.held)
	if errors.Is(err, sql.ErrNoRows) { // no attempt yet
		return h, nil
	}
	h.LastAttemptAt, h.LastSuccessAt, h.LastTestOKAt = fromMillis(attempt), fromMillis(success), fromMillis(test)
	h.FailingSince, h.StrikesSince, h.GoneAt = fromMillis(since), fromMillis(strikes), fromMillis(gone)
	h.CertificateFrom, h.CertificateUntil = fromMillis(certFrom), fromMillis(certUntil)
	return h, err
}

// Health is what the last attempts of a webhook said about its endpoint.
func (db *DB) Health(ctx context.Context, id store.WebhookID) (store.Health, error) {
	h, err := scanHealth(id, db.reader.Row(ctx, `SELECT `+healthColumns+` FROM health WHERE `+ofWebhook, idBytes(id.BotID), id.N).Scan)
	return h.Health, err
}

// healthOf returns the webhook's row as this transaction has it, read once per group.
func (tx *tx) healthOf(id store.WebhookID) (*healthRow, error) {
	if h := tx.health[id]; h != nil {
		return h, nil
	}
	h, err := scanHealth(id, tx.rowBeside(`SELECT `+healthColumns+` FROM health WHERE `+ofWebhook, idBytes(id.BotID), id.N).Scan)
	if err != nil {
		return nil, err
	}
	tx.health[id] = &h
	return &h, nil
}

// move counts n deliveries of a webhook that go from one status to another; "" is that of a delivery that is not there.
func (tx *tx) move(h *healthRow, from, to store.Status, n int) {
	waited, wasHeld := from.Counted()
	waits, isHeld := to.Counted()
	waiting, held := n*(waits-waited), n*(isHeld-wasHeld)
	if waiting != 0 || held != 0 {
		tx.changeHealth(h, func(h *healthRow) { h.waiting, h.held = h.waiting+waiting, h.held+held })
	}
	tx.waiting += waiting
	tx.wrote = true
}

// attempted takes a real attempt into a webhook's health. An event that is sent again fails once since the last success, however
// often.
func (tx *tx) attempted(bot int64, h *healthRow, a store.Attempt, first bool) error {
	newlyFailed := false
	if first && !a.Delivered() {
		failed, err := tx.failedBefore(bot, a, h.LastSuccessAt)
		if err != nil {
			return err
		}
		newlyFailed = !failed
	}
	tx.changeHealth(h, func(h *healthRow) { h.Attempted(a, first, newlyFailed, tx.now) })
	return nil
}

// failedBefore says whether an earlier attempt of the same delivery ended after a moment. If that moment was the last
// success, it failed.
func (tx *tx) failedBefore(bot int64, a store.Attempt, since time.Time) (failed bool, err error) {
	if a.Number < 2 {
		return false, nil
	}
	err = tx.rowBeside(`SELECT EXISTS (SELECT 1 FROM attempts WHERE bot = ? AND delivery = ? AND number < ? AND started_at + duration_us / 1000 > ?)`,
		bot, number.Of(a.DeliveryID), a.Number, millis(since)).Scan(&failed)
	if err != nil {
		return false, fmt.Errorf("looking for earlier attempts of delivery %s: %w", a.DeliveryID, err)
	}
	return failed, nil
}

// forgive is for settings that the failures until now say nothing about: a webhook switched on again, or one with another
// URL.
func (tx *tx) forgive(id store.WebhookID, changed []store.Field) error {
	if !slices.Contains(changed, store.FieldEnabled) && !slices.Contains(changed, store.FieldURL) && !slices.Contains(changed, store.FieldHeaders) {
		return nil
	}
	h, err := tx.healthOf(id)
	if err != nil {
		return err
	}
	tx.changeHealth(h, func(h *healthRow) { h.Forgive() })
	return nil
}

var healthRows = statement.Insert("health", `bot BIGINT, n BIGINT, last_attempt_at BIGINT, last_success_at BIGINT, last_test_ok_at BIGINT, last_code BIGINT, last_outcome TEXT,
	first_failures BIGINT, failing_since BIGINT, failing_events BIGINT, strikes_since BIGINT, strikes BIGINT, gone_at BIGINT,
	certificate_from BIGINT, certificate_until BIGINT, waiting BIGINT, held BIGINT`,
	`ON CONFLICT (bot, n) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, last_success_at = excluded.last_success_at,
		last_test_ok_at = excluded.last_test_ok_at, last_code = excluded.last_code, last_outcome = excluded.last_outcome,
		first_failures = excluded.first_failures, failing_since = excluded.failing_since, failing_events = excluded.failing_events,
		strikes_since = excluded.strikes_since, strikes = excluded.strikes, gone_at = excluded.gone_at,
		certificate_from = excluded.certificate_from, certificate_until = excluded.certificate_until,
		waiting = excluded.waiting, held = excluded.held`)

// healthToChange locks rows and reads them as they are then. It has no counterpart in SQLite, where nobody else writes.
const healthToChange = `SELECT h.bot, h.n, ` + healthColumns + ` FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) asked (bot, number)
	JOIN health h ON h.bot = asked.bot AND h.n = asked.number ORDER BY h.bot, h.n FOR UPDATE OF h`

// catchUp makes the changes of the group to the rows as other processes have left them. From here to its end the transaction
// holds these rows, in the order in which everybody takes them: what two processes do to one webhook meets here, and only here.
func (tx *tx) catchUp() error {
	changed := map[[2]int64]*healthRow{}
	var keys [][2]int64
	for id, h := range tx.health {
		if !h.dirty {
			continue
		}
		bot, err := tx.bot(id.BotID)
		if err != nil {
			return err
		}
		key := [2]int64{bot, int64(id.N)}
		keys, changed[key] = append(keys, key), h
	}
	slices.SortFunc(keys, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	bots, numbers := make([]int64, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		bots[i], numbers[i] = key[0], key[1]
	}
	found, err := tx.lockHealth(bots, numbers, changed)
	if err != nil || found == len(keys) {
		return err
	}
	// There is nothing to lock yet of a webhook that never had an event.
	_, err = tx.exec(`INSERT INTO health (bot, n) SELECT * FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) ON CONFLICT DO NOTHING`, bots, numbers)
	if err != nil {
		return err
	}
	_, err = tx.lockHealth(bots, numbers, changed)
	return err
}

// lockHealth locks rows, makes the group's changes to what they hold, and returns how many there are.
func (tx *tx) lockHealth(bots, numbers []int64, changed map[[2]int64]*healthRow) (found int, err error) {
	if len(bots) == 0 {
		return 0, nil
	}
	rows, err := tx.rows(healthToChange, bots, numbers)
	if err != nil {
		return 0, fmt.Errorf("locking what attempts said: %w", err)
	}
	defer rows.Close()
	for ; rows.Next(); found++ {
		var key [2]int64
		fresh, err := scanHealth(store.WebhookID{}, func(into ...any) error { return rows.Scan(append([]any{&key[0], &key[1]}, into...)...) })
		if err != nil {
			return 0, err
		}
		h := changed[key]
		fresh.WebhookID = h.WebhookID
		for _, change := range h.changes {
			change(&fresh)
		}
		h.Health, h.waiting, h.held = fresh.Health, fresh.waiting, fresh.held
	}
	return found, rows.Err()
}

// flushHealth writes the rows that the group changed.
func (tx *tx) flushHealth() error {
	if !tx.alone {
		if err := tx.catchUp(); err != nil {
			return fmt.Errorf("keeping what attempts said: %w", err)
		}
	}
	var rows [][]any
	for _, id := range sortedWebhooks(tx.health) {
		h := tx.health[id]
		if !h.dirty {
			continue
		}
		bot, err := tx.bot(id.BotID)
		if err != nil {
			return err
		}
		rows = append(rows, []any{
			bot, int64(id.N), millis(h.LastAttemptAt), millis(h.LastSuccessAt), millis(h.LastTestOKAt), int64(h.LastCode), h.LastOutcome,
			int64(h.FirstFailures), millis(h.FailingSince), int64(h.FailingEvents), millis(h.StrikesSince), int64(h.Strikes), millis(h.GoneAt),
			millis(h.CertificateFrom), millis(h.CertificateUntil), int64(h.waiting), int64(h.held),
		})
		h.dirty, h.changes = false, nil
	}
	return tx.each(healthRows, rows)
}
