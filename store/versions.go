package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/google/uuid"
)

const (
	versionColumns = `version, at, by_id, by_name, enabled, url, headers, event_names, rate_limit, used`
	versionOfBot   = `SELECT ` + versionColumns + ` FROM webhook_versions WHERE bot_id = ? AND version = ?`
)

// WebhookVersion reads one entry of the history, header values in clear.
func (db *DB) WebhookVersion(ctx context.Context, botID uuid.UUID, version int64) (WebhookVersion, error) {
	v, err := db.scanVersion(botID, db.reader.row(ctx, versionOfBot, idBytes(botID), version).Scan)
	if err != nil {
		return v, fmt.Errorf("version %d of the webhook of bot %s: %w", version, botID, err)
	}
	return v, nil
}

func (db *DB) scanVersion(botID uuid.UUID, scan func(...any) error) (WebhookVersion, error) {
	v := WebhookVersion{BotID: botID}
	var at int64
	var headers, names string
	err := scan(&v.Version, &at, &v.By.ID, &v.By.Name, &v.Enabled, &v.URL, &headers, &names, &v.RateLimit, &v.Used)
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNotFound
	}
	if err != nil {
		return v, err
	}
	v.At = fromMillis(at)
	if v.EventNames, err = chosenNames(names); err != nil {
		return v, err
	}
	if v.Headers, err = db.openHeaders(versionPlace(botID, v.Version), headers); err != nil {
		v.Damaged = true
	}
	return v, nil
}

// WebhookVersions lists the history of a bot's settings, newest first, header values in clear: who lists them masks
// them. Saves that nothing was sent with are one entry, with who and when of the last of them.
func (db *DB) WebhookVersions(ctx context.Context, botID uuid.UUID, cursor string, limit int) (VersionPage, error) {
	if _, err := db.Bot(ctx, botID); err != nil {
		return VersionPage{}, err
	}
	before := int64(math.MaxInt64)
	if cursor != "" {
		var err error
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return VersionPage{}, ErrBadCursor
		}
	}
	size := pageSize(limit)
	rows, err := db.reader.rows(ctx, `SELECT `+versionColumns+` FROM webhook_versions
		WHERE bot_id = ? AND version < ? ORDER BY version DESC LIMIT ?`, idBytes(botID), before, size+1)
	if err != nil {
		return VersionPage{}, fmt.Errorf("listing the versions of the webhook of bot %s: %w", botID, err)
	}
	defer rows.Close()
	var versions []WebhookVersion
	for rows.Next() {
		v, err := db.scanVersion(botID, rows.Scan)
		if err != nil {
			return VersionPage{}, fmt.Errorf("listing the versions of the webhook of bot %s: %w", botID, err)
		}
		versions = append(versions, v)
	}
	return versionPage(versions, size), rows.Err()
}

// versionPage cuts what was read with one entry too many down to a page.
func versionPage(versions []WebhookVersion, size int) (p VersionPage) {
	p.Versions = versions[:min(size, len(versions))]
	if len(versions) > size {
		p.Next = strconv.FormatInt(p.Versions[size-1].Version, 10)
	}
	return p
}

func limitOf(rateLimit *float64) float64 {
	if rateLimit == nil {
		return 0
	}
	return *rateLimit
}

// RestoreWebhook makes the settings what they were in a version, as an ordinary change that counts at once. The
// switch stays as it stands: nothing begins or ends to be sent by it.
func (db *DB) RestoreWebhook(ctx context.Context, botID uuid.UUID, version int64, by Actor) (Webhook, error) {
	var w Webhook
	err := db.write(ctx, func(tx *tx) error {
		v, err := db.scanVersion(botID, tx.row(versionOfBot, idBytes(botID), version).Scan)
		if err != nil {
			return fmt.Errorf("version %d of the webhook of bot %s: %w", version, botID, err)
		}
		if v.Damaged {
			return fmt.Errorf("version %d of the webhook of bot %s: %w", version, botID, ErrUnreadable)
		}
		w, err = tx.saveWebhook(botID, v.change(by))
		return err
	})
	return w, err
}

func (v WebhookVersion) change(by Actor) WebhookChange {
	headers := withValues(v.Headers)
	limit := limitOf(v.RateLimit)
	return WebhookChange{URL: &v.URL, Headers: &headers, EventNames: &v.EventNames, RateLimit: &limit, By: by}
}
