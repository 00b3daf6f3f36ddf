package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// Who loses a power loses it at once: the guards read the account with every request. That its sessions end too,
// and the invitations that it gave, leaves nothing behind to come back by.

// SetPasswordHash gives an account another password and signs it out everywhere.
func (db *DB) SetPasswordHash(ctx context.Context, id uuid.UUID, hash string, by Actor) error {
	return db.setPassword(ctx, id, hash, by, func(Account) error { return nil })
}

// ChangePassword is SetPasswordHash for who has shown the password that was hashed as was. It fails with ErrOldPassword
// when the account has another one by now: two who know the same password cannot both change it.
func (db *DB) ChangePassword(ctx context.Context, id uuid.UUID, was, hash string, by Actor) error {
	return db.setPassword(ctx, id, hash, by, func(a Account) error {
		if a.PasswordHash != was {
			return fmt.Errorf("account %s: %w", a.Email, ErrOldPassword)
		}
		return nil
	})
}

func (db *DB) setPassword(ctx context.Context, id uuid.UUID, hash string, by Actor, may func(Account) error) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(id)
		if err != nil {
			return err
		}
		if err := may(a); err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE accounts SET password_hash = ? WHERE id = ?`, hash, idBytes(id)); err != nil {
			return fmt.Errorf("setting the password of %s: %w", a.Email, err)
		}
		if err := tx.endSessions(id); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "account.set_password", Target: a.Email})
	})
}

// SetRole gives an account another role and signs it out everywhere; ErrLastOwner when nobody else owns the house.
func (db *DB) SetRole(ctx context.Context, id uuid.UUID, role Role, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(id)
		if err != nil || a.Role == role {
			return err
		}
		if err := tx.anotherOwner(a); err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE accounts SET role = ? WHERE id = ?`, string(role), idBytes(id)); err != nil {
			return fmt.Errorf("setting the role of %s: %w", a.Email, err)
		}
		if err := tx.disempower(a); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "account.set_role", Target: a.Email, Note: "from " + string(a.Role) + " to " + string(role)})
	})
}

// RemoveAccount ends an account; ErrLastOwner when nobody else owns the house. API keys are the workspace's: they stay.
func (db *DB) RemoveAccount(ctx context.Context, id uuid.UUID, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		a, err := tx.account(id)
		if err != nil {
			return err
		}
		if err := tx.anotherOwner(a); err != nil {
			return err
		}
		if err := tx.disempower(a); err != nil {
			return err
		}
		if err := tx.dropSecondFactor(id); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM accounts WHERE id = ?`, idBytes(id)); err != nil {
			return fmt.Errorf("removing account %s: %w", a.Email, err)
		}
		return tx.addAudit(AuditEntry{By: by, Action: "account.remove", Target: a.Email, Note: string(a.Role)})
	})
}

// anotherOwner refuses to take the last owner's power.
func (tx *tx) anotherOwner(a Account) error {
	if a.Role != RoleOwner {
		return nil
	}
	var others bool
	if err := tx.row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE role = ? AND id <> ?)`, string(RoleOwner), idBytes(a.ID)).Scan(&others); err != nil {
		return err
	}
	if !others {
		return fmt.Errorf("account %s: %w", a.Email, ErrLastOwner)
	}
	return nil
}

// disempower ends what an account has begun with the power that it no longer has.
func (tx *tx) disempower(a Account) error {
	if err := tx.endSessions(a.ID); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM invitations WHERE by_id = ?`, idBytes(a.ID))
	return err
}
