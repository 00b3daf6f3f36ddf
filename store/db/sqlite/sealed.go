package sqlite

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store/secret"
)

// SealedColumn is a column of sealed values. key names the columns that find its row again; at says where a value
// stands, given those.
type SealedColumn struct {
	Table, Field string
	Key          []string
	At           func(key []any) (secret.Place, error)
}

// SealedColumns are all sealed columns; a test compares them with what the code seals.
var SealedColumns = []SealedColumn{
	{"webhooks", "headers", []string{"bot_id"}, ofID(secret.WebhookPlace, "headers")},
	{"webhooks", "secret", []string{"bot_id"}, ofID(secret.WebhookPlace, "secret")},
	{"webhooks", "previous_secret", []string{"bot_id"}, ofID(secret.WebhookPlace, "previous_secret")},
	{"webhooks", "undo", []string{"bot_id"}, ofID(secret.WebhookPlace, "undo")},
	{"webhook_versions", "headers", []string{"bot_id", "version"}, func(key []any) (secret.Place, error) {
		id, err := idOf(key[0])
		version, ok := key[1].(int64)
		if !ok && err == nil {
			err = fmt.Errorf("version %v", key[1])
		}
		return secret.VersionPlace(id, version), err
	}},
	{"second_factors", "secret", []string{"account_id"}, ofID(func(id uuid.UUID, _ string) secret.Place { return secret.SecondFactorPlace(id) }, "secret")},
	{"sessions", "note", []string{"id"}, ofID(func(id uuid.UUID, _ string) secret.Place { return secret.SessionPlace(id) }, "note")},
	{"resend_jobs", "filter", []string{"id"}, ofID(func(id uuid.UUID, _ string) secret.Place { return secret.JobPlace(id) }, "filter")},
	{"notification_webhook", "secret", []string{"id"}, func([]any) (secret.Place, error) { return secret.NotificationSecret, nil }},
}

func ofID(at func(uuid.UUID, string) secret.Place, field string) func([]any) (secret.Place, error) {
	return func(key []any) (secret.Place, error) {
		id, err := idOf(key[0])
		return at(id, field), err
	}
}

func idOf(value any) (uuid.UUID, error) {
	raw, ok := value.([]byte)
	if !ok {
		return uuid.Nil, fmt.Errorf("no id: %T", value)
	}
	return uuid.FromBytes(raw)
}

// NotNewest selects the rows whose value was sealed with another key than the newest.
func (c SealedColumn) NotNewest() string {
	return `SELECT ` + strings.Join(c.Key, ", ") + `, ` + c.Field + ` FROM ` + c.Table + ` WHERE ` + c.Field + ` <> '' AND ` + c.Field + ` NOT LIKE ? LIMIT ?`
}
