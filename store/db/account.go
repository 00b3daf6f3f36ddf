package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

// HasAccount says whether this server has an owner yet.
func (db *DB) HasAccount(ctx context.Context) (has bool, err error) {
	err = db.reader.Row(ctx, `SELECT EXISTS (SELECT 1 FROM accounts)`).Scan(&has)
	return has, err
}

// CreateFirstAccount makes the owner's account of a server without accounts; ErrExists if it has any. from is the address
// that the request came from.
func (db *DB) CreateFirstAccount(ctx context.Context, a store.Account, from string) (store.Account, error) {
	return db.createAccount(ctx, a, true, store.Actor{Name: normalEmail(a.Email), IP: from})
}

// CreateAccount makes an account; ErrExists when the email has one.
func (db *DB) CreateAccount(ctx context.Context, a store.Account, by store.Actor) (store.Account, error) {
	return db.createAccount(ctx, a, false, by)
}

func (db *DB) createAccount(ctx context.Context, a store.Account, first bool, by store.Actor) (store.Account, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return a, err
	}
	a.ID, a.Email = id, normalEmail(a.Email)
	if first {
		by.ID = id
	}
	err = db.write(ctx, func(tx *tx) error {
		var taken bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE ? OR email = ?)`, first, a.Email).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("account %s: %w", a.Email, store.ErrExists)
		}
		a.CreatedAt = tx.now
		if err := tx.insertAccount(a); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "account.create", Target: a.Email, Note: string(a.Role)})
	})
	return a, err
}

// insertAccount adds an account; an invitation of the same email is no longer needed.
func (tx *tx) insertAccount(a store.Account) error {
	if _, err := tx.exec(`INSERT INTO accounts (id, email, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?)`,
		idBytes(a.ID), a.Email, a.PasswordHash, string(a.Role), millis(a.CreatedAt)); err != nil {
		return fmt.Errorf("adding account %s: %w", a.Email, err)
	}
	_, err := tx.exec(`DELETE FROM invitations WHERE email = ?`, a.Email)
	return err
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// AccountByEmail finds the account of an email, in upper or lower case.
func (db *DB) AccountByEmail(ctx context.Context, email string) (store.Account, error) {
	return scanAccount(db.reader.Row(ctx, `SELECT `+accountColumns+` FROM accounts WHERE email = ?`, normalEmail(email)).Scan)
}

// Account finds an account by id.
func (db *DB) Account(ctx context.Context, id uuid.UUID) (store.Account, error) {
	return scanAccount(db.reader.Row(ctx, accountByID, idBytes(id)).Scan)
}

func (tx *tx) account(id uuid.UUID) (store.Account, error) {
	return scanAccount(tx.row(accountByID, idBytes(id)).Scan)
}

// Accounts lists all accounts by email.
func (db *DB) Accounts(ctx context.Context) ([]store.Account, error) {
	rows, err := db.reader.Rows(ctx, `SELECT `+accountColumns+` FROM accounts ORDER BY email`)
	if err != nil {
		return nil, err
	}
	return statement.CollectBy(rows, scanAccount)
}

const (
	accountColumns = `id, email, password_hash, role, created_at, seen_at,
		EXISTS (SELECT 1 FROM second_factors WHERE account_id = accounts.id AND confirmed_at > 0)`
	accountByID = `SELECT ` + accountColumns + ` FROM accounts WHERE id = ?`
)

func scanAccount(scan func(...any) error) (store.Account, error) {
	var a store.Account
	var created, seen int64
	err := scan(&a.ID, &a.Email, &a.PasswordHash, &a.Role, &created, &seen, &a.SecondFactor)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("account: %w", store.ErrNotFound)
	}
	a.CreatedAt, a.SeenAt = fromMillis(created), fromMillis(seen)
	return a, err
}

// A power that is taken away is lost at once: the guards read the account with every request. The sessions of the account
// and the invitations that it gave end too, so that nothing is left to come back with.

// SetPasswordHash gives an account another password and signs it out everywhere.
func (db *DB) SetPasswordHash(ctx context.Context, id uuid.UUID, hash string, by store.Actor) error {
	return db.setPassword(ctx, id, hash, by, func(store.Account) error { return nil })
}

// ChangePassword is SetPasswordHash for someone who has shown the password whose hash was is. It fails with ErrOldPassword
// when the account has another password by now: two people who know the same password cannot both change it.
func (db *DB) ChangePassword(ctx context.Context, id uuid.UUID, was, hash string, by store.Actor) error {
	return db.setPassword(ctx, id, hash, by, func(a store.Account) error {
		if a.PasswordHash != was {
			return fmt.Errorf("account %s: %w", a.Email, store.ErrOldPassword)
		}
		return nil
	})
}

func (db *DB) setPassword(ctx context.Context, id uuid.UUID, hash string, by store.Actor, may func(store.Account) error) error {
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
		return tx.addAudit(store.AuditEntry{By: by, Action: "account.set_password", Target: a.Email})
	})
}

// SetRole gives an account another role and signs it out everywhere; ErrLastOwner when nobody else is an owner.
func (db *DB) SetRole(ctx context.Context, id uuid.UUID, role store.Role, by store.Actor) error {
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
		return tx.addAudit(store.AuditEntry{By: by, Action: "account.set_role", Target: a.Email, Note: "from " + string(a.Role) + " to " + string(role)})
	})
}

// RemoveAccount ends an account; ErrLastOwner when nobody else is an owner. API keys are the workspace's: they stay.
func (db *DB) RemoveAccount(ctx context.Context, id uuid.UUID, by store.Actor) error {
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
		return tx.addAudit(store.AuditEntry{By: by, Action: "account.remove", Target: a.Email, Note: string(a.Role)})
	})
}

// anotherOwner refuses to take the last owner's power.
func (tx *tx) anotherOwner(a store.Account) error {
	if a.Role != store.RoleOwner {
		return nil
	}
	var others bool
	if err := tx.row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE role = ? AND id <> ?)`, string(store.RoleOwner), idBytes(a.ID)).Scan(&others); err != nil {
		return err
	}
	if !others {
		return fmt.Errorf("account %s: %w", a.Email, store.ErrLastOwner)
	}
	return nil
}

// disempower ends what an account began with powers that it no longer has.
func (tx *tx) disempower(a store.Account) error {
	if err := tx.endSessions(a.ID); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM invitations WHERE by_id = ?`, idBytes(a.ID))
	return err
}
