// Package sealed lists the columns of sealed values, and where each value has its place.
//
// It seals values again when the newest key is another one.
package sealed

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// Column is a column of sealed values. Key names the columns that find its row again. ID is the id that the place of a value
// names, as SQL over the row; At is that place, given the id and the key.
type Column struct {
	Table, Field string
	Key          []string
	ID           string
	At           func(id uuid.UUID, key []any) (secret.Place, error)
}

const (
	botOfRow = `(SELECT id FROM bots WHERE number = bot)`
	noID     = `(SELECT id FROM bots WHERE FALSE)`
)

// Columns are all sealed columns; a test compares them with what the code seals.
var Columns = []Column{
	{"webhooks", "headers", []string{"bot", "n"}, botOfRow, ofWebhook("headers")},
	{"webhooks", "secret", []string{"bot", "n"}, botOfRow, ofWebhook("secret")},
	{"webhooks", "previous_secret", []string{"bot", "n"}, botOfRow, ofWebhook("previous_secret")},
	{"webhooks", "undo", []string{"bot", "n"}, botOfRow, ofWebhook("undo")},
	{"webhook_versions", "headers", []string{"bot", "n", "version"}, botOfRow, func(bot uuid.UUID, key []any) (secret.Place, error) {
		webhook, err := webhookOf(bot, key)
		version, ok := key[2].(int64)
		if !ok && err == nil {
			err = fmt.Errorf("version %v", key[2])
		}
		return secret.VersionPlace(webhook, version), err
	}},
	{"second_factors", "secret", []string{"account_id"}, "account_id", ofID(secret.SecondFactorPlace)},
	{"sessions", "note", []string{"id"}, "id", ofID(secret.SessionPlace)},
	{"jobs", "about", []string{"id"}, "id", ofID(secret.JobPlace)},
	{"notification_webhook", "secret", []string{"id"}, noID, func(uuid.UUID, []any) (secret.Place, error) { return secret.NotificationSecret, nil }},
	{"key_check", "value", []string{"id"}, noID, func(uuid.UUID, []any) (secret.Place, error) { return secret.KeyCheck, nil }},
}

func ofID(at func(uuid.UUID) secret.Place) func(uuid.UUID, []any) (secret.Place, error) {
	return func(id uuid.UUID, _ []any) (secret.Place, error) { return at(id), nil }
}

func ofWebhook(field string) func(uuid.UUID, []any) (secret.Place, error) {
	return func(bot uuid.UUID, key []any) (secret.Place, error) {
		webhook, err := webhookOf(bot, key)
		return secret.WebhookPlace(webhook, field), err
	}
}

func webhookOf(bot uuid.UUID, key []any) (store.WebhookID, error) {
	n, ok := key[1].(int64)
	if !ok {
		return store.WebhookID{}, fmt.Errorf("webhook %v", key[1])
	}
	return store.WebhookID{BotID: bot, N: int(n)}, nil
}

// AnyOld says whether anything is sealed with another key than the newest.
func AnyOld(ctx context.Context, read *statement.Reader, keys *secret.Keyring) (bool, error) {
	for _, c := range Columns {
		olds, err := c.old(ctx, read.Statements, keys, 1)
		if err != nil {
			return false, fmt.Errorf("looking through %s.%s: %w", c.Table, c.Field, err)
		}
		if len(olds) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Reseal seals up to limit values again with the newest key, in a transaction, and returns how many.
func Reseal(ctx context.Context, q *statement.Statements, keys *secret.Keyring, limit int) (n int, err error) {
	for _, c := range Columns {
		done, err := c.reseal(ctx, q, keys, limit-n)
		if err != nil {
			return n, fmt.Errorf("sealing %s.%s again: %w", c.Table, c.Field, err)
		}
		n += done
	}
	return n, nil
}

func (c Column) reseal(ctx context.Context, q *statement.Statements, keys *secret.Keyring, limit int) (int, error) {
	olds, err := c.old(ctx, q, keys, limit)
	if err != nil {
		return 0, err
	}
	for _, old := range olds {
		at, err := c.At(old.id, old.key)
		if err != nil {
			return 0, err
		}
		plain, err := keys.Opened(at, old.envelope)
		if err != nil {
			return 0, err
		}
		args := append([]any{keys.Sealed(at, plain)}, old.key...)
		if _, err := q.Exec(ctx, `UPDATE `+c.Table+` SET `+c.Field+` = ? WHERE `+strings.Join(c.Key, " = ? AND ")+` = ?`, args...); err != nil {
			return 0, err
		}
	}
	return len(olds), nil
}

// oldValue is a value that an older key sealed, with the key of its row and the id in its place.
type oldValue struct {
	key      []any
	id       uuid.UUID
	envelope string
}

// old selects up to limit rows whose value was sealed with another key than the newest.
func (c Column) old(ctx context.Context, q *statement.Statements, keys *secret.Keyring, limit int) ([]oldValue, error) {
	rows, err := q.Rows(ctx, `SELECT `+strings.Join(c.Key, ", ")+`, `+c.ID+`, `+c.Field+` FROM `+c.Table+`
		WHERE `+c.Field+` <> '' AND `+c.Field+` NOT LIKE ? LIMIT ?`, keys.NewestPattern(), limit)
	if err != nil {
		return nil, err
	}
	return statement.Collect(rows, func(old *oldValue, scan func(...any) error) error {
		old.key = make([]any, len(c.Key))
		into := make([]any, 0, len(c.Key)+2)
		for i := range old.key {
			into = append(into, &old.key[i])
		}
		return scan(append(into, &old.id, &old.envelope)...)
	})
}
