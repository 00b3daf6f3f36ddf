package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// HasAccount says whether the house has an owner yet.
func (db *DB) HasAccount(ctx context.Context) (has bool, err error) {
	err = db.reader.row(ctx, `SELECT EXISTS (SELECT 1 FROM accounts)`).Scan(&has)
	return has, err
}

// CreateFirstAccount makes the owner's account of an empty house; ErrExists when it is not empty.
func (db *DB) CreateFirstAccount(ctx context.Context, a Account) (Account, error) {
	return db.createAccount(ctx, a, true)
}

// CreateAccount makes an account; ErrExists when the e-mail has one.
func (db *DB) CreateAccount(ctx context.Context, a Account) (Account, error) {
	return db.createAccount(ctx, a, false)
}

func (db *DB) createAccount(ctx context.Context, a Account, first bool) (Account, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return a, err
	}
	a.ID, a.Email = id, normalEmail(a.Email)
	err = db.write(ctx, func(tx *tx) error {
		var taken bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE ? OR email = ?)`, first, a.Email).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("account %s: %w", a.Email, ErrExists)
		}
		a.CreatedAt = tx.now
		if _, err := tx.exec(`INSERT INTO accounts (id, email, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?)`,
			idBytes(a.ID), a.Email, a.PasswordHash, string(a.Role), millis(tx.now)); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: Actor{ID: a.ID, Name: a.Email}, Action: "account.create", Target: a.Email, Note: string(a.Role)})
	})
	return a, err
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// AccountByEmail finds the account of an e-mail, any case.
func (db *DB) AccountByEmail(ctx context.Context, email string) (Account, error) {
	return scanAccount(db.reader.row(ctx, `SELECT id, email, password_hash, role, created_at FROM accounts WHERE email = ?`, normalEmail(email)))
}

// Account finds an account by id.
func (db *DB) Account(ctx context.Context, id uuid.UUID) (Account, error) {
	return scanAccount(db.reader.row(ctx, `SELECT id, email, password_hash, role, created_at FROM accounts WHERE id = ?`, idBytes(id)))
}

func scanAccount(row *sql.Row) (Account, error) {
	var a Account
	var created int64
	err := row.Scan(&a.ID, &a.Email, &a.PasswordHash, &a.Role, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("account: %w", ErrNotFound)
	}
	a.CreatedAt = fromMillis(created)
	return a, err
}

// SetPasswordHash gives an account another password.
func (db *DB) SetPasswordHash(ctx context.Context, id uuid.UUID, hash string, by Actor) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := tx.exec(`UPDATE accounts SET password_hash = ? WHERE id = ?`, hash, idBytes(id))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("account %s: %w", id, ErrNotFound)
		}
		return tx.addAudit(AuditEntry{By: by, Action: "account.set_password", Target: id.String()})
	})
}
