package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/secret"
)

// SetRecoveryCodes replaces an account's recovery codes, given as hashes; ErrNotFound when it has no second factor.
func (db *DB) SetRecoveryCodes(ctx context.Context, accountID uuid.UUID, codes [][32]byte, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(accountID)
		if err != nil {
			return err
		}
		if !a.SecondFactor {
			return fmt.Errorf("second factor of %s: %w", a.Email, store.ErrNotFound)
		}
		if err := tx.setRecoveryCodes(accountID, codes); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "second_factor.new_codes", Target: by.Name})
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

// UseRecoveryCode takes a recovery code, which then is gone; ErrNotFound if it is not one of the account's codes, or was
// used before.
func (db *DB) UseRecoveryCode(ctx context.Context, accountID uuid.UUID, hash [32]byte, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`DELETE FROM recovery_codes WHERE account_id = ? AND hash = ?`, idBytes(accountID), hash[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("recovery code: %w", store.ErrNotFound)
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "second_factor.recovery_code", Target: by.Name})
	})
}

// SecondFactor finds an account's second factor, also one that is being set up; ErrNotFound when there is none.
func (db *DB) SecondFactor(ctx context.Context, accountID uuid.UUID) (store.SecondFactor, error) {
	var f store.SecondFactor
	var sealed string
	err := db.reader.Row(ctx, `SELECT secret, confirmed_at > 0, last_step,
		(SELECT COUNT(*) FROM recovery_codes r WHERE r.account_id = second_factors.account_id)
		FROM second_factors WHERE account_id = ?`, idBytes(accountID)).Scan(&sealed, &f.Confirmed, &f.LastStep, &f.Codes)
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("second factor: %w", store.ErrNotFound)
	}
	if err != nil {
		return f, err
	}
	f.Secret, err = db.cfg.Keys.Opened(secret.SecondFactorPlace(accountID), sealed)
	return f, err
}

// BeginSecondFactor stores a new secret that is not asked for yet; ErrExists when one is in force.
func (db *DB) BeginSecondFactor(ctx context.Context, accountID uuid.UUID, plain string) error {
	sealed := db.cfg.Keys.Sealed(secret.SecondFactorPlace(accountID), plain)
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`INSERT INTO second_factors (account_id, secret) VALUES (?, ?)
			ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret WHERE second_factors.confirmed_at = 0`, idBytes(accountID), sealed)
		if err == nil && n == 0 {
			err = fmt.Errorf("second factor: %w", store.ErrExists)
		}
		return err
	})
}

// ConfirmSecondFactor puts a secret in force after its code of this step was typed, with its recovery codes (hashes),
// and signs the account out everywhere. It fails with ErrCodeUsed when another request was first, and with ErrNotFound when
// the secret is no longer the one that is being set up: its code says nothing about another.
func (db *DB) ConfirmSecondFactor(ctx context.Context, accountID uuid.UUID, plain string, step int64, codes [][32]byte, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.mustHaveSecret(accountID, plain); err != nil {
			return err
		}
		n, err := tx.exec(`UPDATE second_factors SET confirmed_at = ?, last_step = ? WHERE account_id = ? AND confirmed_at = 0`,
			millis(tx.now), step, idBytes(accountID))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("second factor: %w", store.ErrCodeUsed)
		}
		if err := tx.setRecoveryCodes(accountID, codes); err != nil {
			return err
		}
		if err := tx.endSessions(accountID); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "second_factor.on", Target: by.Name})
	})
}

func (tx *tx) mustHaveSecret(accountID uuid.UUID, plain string) error {
	var sealed string
	err := tx.row(`SELECT secret FROM second_factors WHERE account_id = ?`, idBytes(accountID)).Scan(&sealed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	kept := ""
	if err == nil {
		if kept, err = tx.db.cfg.Keys.Opened(secret.SecondFactorPlace(accountID), sealed); err != nil {
			return err
		}
	}
	if kept == "" || kept != plain {
		return fmt.Errorf("second factor: %w", store.ErrNotFound)
	}
	return nil
}

// UseCode takes a secret's code of a step, once; ErrCodeUsed when a code of that step, or of a later one, was used before,
// ErrNotFound when the account has another secret by now, or none.
func (db *DB) UseCode(ctx context.Context, accountID uuid.UUID, plain string, step int64) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.mustHaveSecret(accountID, plain); err != nil {
			return err
		}
		n, err := tx.exec(`UPDATE second_factors SET last_step = ? WHERE account_id = ? AND last_step < ?`, step, idBytes(accountID), step)
		if err == nil && n == 0 {
			err = fmt.Errorf("second factor: %w", store.ErrCodeUsed)
		}
		return err
	})
}

// RemoveSecondFactor takes an account's second factor away and signs it out everywhere; ErrNotFound when there is none.
func (db *DB) RemoveSecondFactor(ctx context.Context, accountID uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(accountID)
		if err != nil {
			return err
		}
		if !a.SecondFactor {
			return fmt.Errorf("second factor of %s: %w", a.Email, store.ErrNotFound)
		}
		if err := tx.dropSecondFactor(accountID); err != nil {
			return err
		}
		if err := tx.endSessions(accountID); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "second_factor.off", Target: a.Email})
	})
}

func (tx *tx) dropSecondFactor(accountID uuid.UUID) error {
	for _, table := range []string{"recovery_codes", "second_factors"} {
		if _, err := tx.exec(`DELETE FROM `+table+` WHERE account_id = ?`, idBytes(accountID)); err != nil {
			return err
		}
	}
	return nil
}
