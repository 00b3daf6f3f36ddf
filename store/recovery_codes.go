package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// SetRecoveryCodes replaces an account's recovery codes, given as hashes; ErrNotFound when it has no second factor.
func (db *DB) SetRecoveryCodes(ctx context.Context, accountID uuid.UUID, codes [][32]byte, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(accountID)
		if err != nil {
			return err
		}
		if !a.SecondFactor {
			return fmt.Errorf("second factor of %s: %w", a.Email, ErrNotFound)
		}
		if err := tx.setRecoveryCodes(accountID, codes); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "second_factor.new_codes", Target: by.Name})
	})
}

func (tx *tx) setRecoveryCodes(accountID uuid.UUID, codes [][32]byte) error {
	if _, err := tx.exec(`DELETE FROM recovery_codes WHERE account_id = ?`, idBytes(accountID)); err != nil {
		return err
	}
	for _, hash := range codes {
		if _, err := tx.exec(`INSERT INTO recovery_codes (account_id, hash) VALUES (?, ?)`, idBytes(accountID), hash[:]); err != nil {
			return fmt.Errorf("adding a recovery code: %w", err)
		}
	}
	return nil
}

// UseRecoveryCode takes a recovery code, which then is gone; ErrNotFound when it is none, or was used.
func (db *DB) UseRecoveryCode(ctx context.Context, accountID uuid.UUID, hash [32]byte, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM recovery_codes WHERE account_id = ? AND hash = ?`, idBytes(accountID), hash[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("recovery code: %w", ErrNotFound)
		}
		return tx.addAudit(AuditEntry{By: by, Action: "second_factor.recovery_code", Target: by.Name})
	})
}
