package sqlite

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/secret"
)

// SealedColumn is a column of sealed values. Key names the columns that find its row again. ID is the id that the place of a
// value names, as SQL over the row; At is that place, given the id and the key.
type SealedColumn struct {
	Table, Field string
	Key          []string
	ID           string
	At           func(id uuid.UUID, key []any) (secret.Place, error)
}

const (
	botOfRow = `(SELECT id FROM bots WHERE number = bot)`
	noID     = `zeroblob(16)`
)

// SealedColumns are all sealed columns; a test compares them with what the code seals.
var SealedColumns = []SealedColumn{
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

// NotNewest selects the rows whose value was sealed with another key than the newest: their key, the id, and the value.
func (c SealedColumn) NotNewest() string {
	return `SELECT ` + strings.Join(c.Key, ", ") + `, ` + c.ID + `, ` + c.Field + ` FROM ` + c.Table + ` WHERE ` + c.Field + ` <> '' AND ` + c.Field + ` NOT LIKE ? LIMIT ?`
}
