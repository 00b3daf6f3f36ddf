package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/option"
	"iozen/store/secret"
)

const (
	versionColumns = `version, at, by_id, by_name, enabled, url, headers, event_names, rate_limit,
		filter, format, leave_out, consent, success, used`
	versionOfBot = `SELECT ` + versionColumns + ` FROM webhook_versions WHERE ` + ofWebhook + ` AND version = ?`
)

// WebhookVersion reads one entry of the history, header values in clear.
func (db *DB) WebhookVersion(ctx context.Context, id store.WebhookID, version int64) (store.WebhookVersion, error) {
	v, err := db.scanVersion(id, db.reader.Row(ctx, versionOfBot, idBytes(id.BotID), id.N, version).Scan)
	if err != nil {
		return v, fmt.Errorf("version %d of the webhook of %s: %w", version, id, err)
	}
	return v, nil
}

func (db *DB) scanVersion(id store.WebhookID, scan func(...any) error) (store.WebhookVersion, error) {
	v := store.WebhookVersion{WebhookID: id}
	var at int64
	var headers, names string
	var options option.Stored
	err := scan(&v.Version, &at, &v.By.ID, &v.By.Name, &v.Enabled, &v.URL, &headers, &names, &v.RateLimit,
		&options.Filter, &options.Format, &options.LeaveOut, &options.Consent, &options.Success, &v.Used)
	if errors.Is(err, sql.ErrNoRows) {
		return v, store.ErrNotFound
	}
	if err != nil {
		return v, err
	}
	v.At = fromMillis(at)
	if v.Set, err = options.Set(); err != nil {
		return v, err
	}
	if v.EventNames, err = store.ChosenNames(names); err != nil {
		return v, err
	}
	if v.Headers, err = db.openHeaders(secret.VersionPlace(id, v.Version), headers); err != nil {
		v.Damaged = true
	}
	return v, nil
}

// WebhookVersions lists the history of a bot's settings, newest first, header values in clear: the caller masks them. Saves
// that nothing was sent with are one entry, with who made the last of them and when.
func (db *DB) WebhookVersions(ctx context.Context, id store.WebhookID, cursor string, limit int) (store.VersionPage, error) {
	if _, err := db.Bot(ctx, id.BotID); err != nil {
		return store.VersionPage{}, err
	}
	before := int64(math.MaxInt64)
	if cursor != "" {
		var err error
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return store.VersionPage{}, store.ErrBadCursor
		}
	}
	size := store.PageSize(limit)
	rows, err := db.reader.Rows(ctx, `SELECT `+versionColumns+` FROM webhook_versions
		WHERE `+ofWebhook+` AND version < ? ORDER BY version DESC LIMIT ?`, idBytes(id.BotID), id.N, before, size+1)
	if err != nil {
		return store.VersionPage{}, fmt.Errorf("listing the versions of the webhook of %s: %w", id, err)
	}
	versions, err := statement.CollectBy(rows, func(scan func(...any) error) (store.WebhookVersion, error) { return db.scanVersion(id, scan) })
	if err != nil {
		return store.VersionPage{}, fmt.Errorf("listing the versions of the webhook of %s: %w", id, err)
	}
	return versionPage(versions, size), nil
}

// versionPage cuts what was read with one entry too many down to a page.
func versionPage(versions []store.WebhookVersion, size int) (p store.VersionPage) {
	p.Versions = versions[:min(size, len(versions))]
	if len(versions) > size {
		p.Next = strconv.FormatInt(p.Versions[size-1].Version, 10)
	}
	return p
}

// RestoreWebhook makes the settings what they were in a version, as an ordinary change that counts at once. The switch
// stays as it is: restoring neither starts nor stops sending.
func (db *DB) RestoreWebhook(ctx context.Context, id store.WebhookID, version int64, by store.Actor) (store.Webhook, error) {
	var w store.Webhook
	err := db.write(ctx, func(tx *tx) error {
		v, err := db.scanVersion(id, tx.row(versionOfBot, idBytes(id.BotID), id.N, version).Scan)
		if err != nil {
			return fmt.Errorf("version %d of the webhook of %s: %w", version, id, err)
		}
		if v.Damaged {
			return fmt.Errorf("version %d of the webhook of %s: %w", version, id, store.ErrUnreadable)
		}
		w, err = tx.saveWebhook(id, v.AsChange(by))
		return err
	})
	return w, err
}

func (tx *tx) insertVersion(w store.Webhook, by store.Actor) error {
	options := w.Set.Stored()
	_, err := tx.exec(`INSERT INTO webhook_versions
			(bot, n, version, at, by_id, by_name, enabled, url, headers, event_names, rate_limit, filter, format, leave_out, consent, success)
		VALUES (`+theBot+`, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(w.BotID), w.N, w.Version, millis(tx.now), idBytes(by.ID), by.Name, w.Enabled, w.URL,
		tx.db.sealedHeaders(secret.VersionPlace(w.WebhookID, w.Version), w), namesJSON(w.EventNames), w.RateLimit,
		options.Filter, options.Format, options.LeaveOut, options.Consent, options.Success)
	if err != nil {
		return fmt.Errorf("keeping version %d of the webhook of %s: %w", w.Version, w.WebhookID, err)
	}
	return nil
}

// useVersion makes a version's history entry immutable, because something is about to be sent with it, and says whether
// it was not before.
func (tx *tx) useVersion(g *gate, version int64) (first bool, err error) {
	if known := tx.db.opened[g.id]; known.used && known.webhook.Version == version {
		return false, nil
	}
	n, err := tx.execBeside(`UPDATE webhook_versions SET used = TRUE WHERE bot = ? AND n = ? AND version = ? AND NOT used`, g.bot, g.id.N, version)
	if err != nil {
		return false, err
	}
	tx.onCommit(func() {
		if known, ok := tx.db.opened[g.id]; ok && known.webhook.Version == version {
			known.used = true
			tx.db.opened[g.id] = known
		}
	})
	return n > 0, nil
}
