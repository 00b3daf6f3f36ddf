package storetest

import (
	"context"

	"github.com/google/uuid"

	"iozen/store"
)

// AuditEntries reads the newest entries of the audit log, of one bot or (uuid.Nil) of all, for tests that look at what an
// act has left there.
func AuditEntries(ctx context.Context, db *store.DB, botID uuid.UUID, limit int) ([]store.AuditEntry, error) {
	read, err := db.Audit(ctx, store.AuditFilter{BotID: botID, Limit: limit})
	return read.Entries, err
}
