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

// CreateFirstAccount makes the owner's account of an empty house; ErrExists when it is not empty. from is the
// address of who made it.
func (db *DB) CreateFirstAccount(ctx context.Context, a Account, from string) (Account, error) {
	return db.createAccount(ctx, a, true, Actor{Name: normalEmail(a.Email), IP: from})
}

// CreateAccount makes an account; ErrExists when the e-mail has one.
func (db *DB) CreateAccount(ctx context.Context, a Account, by Actor) (Account, error) {
	return db.createAccount(ctx, a, false, by)
}

func (db *DB) createAccount(ctx context.Context, a Account, first bool, by Actor) (Account, error) {
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
			return fmt.Errorf("account %s: %w", a.Email, ErrExists)
		}
		a.CreatedAt = tx.now
		if err := tx.insertAccount(a); err != nil {
			return err
		}
		return tx.addAudit(AuditEntry{By: by, Action: "account.create", Target: a.Email, Note: string(a.Role)})
	})
	return a, err
}

// insertAccount adds an account; whatever invited it is no longer needed.
func (tx *tx) insertAccount(a Account) error {
	if _, err := tx.exec(`INSERT INTO accounts (id, email, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?)`,
		idBytes(a.ID), a.Email, a.PasswordHash, string(a.Role), millis(a.CreatedAt)); err != nil {
		return fmt.Errorf("adding account %s: %w", a.Email, err)
	}
	_, err := tx.exec(`DELETE FROM invitations WHERE email = ?`, a.Email)
	return err
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// AccountByEmail finds the account of an e-mail, any case.
func (db *DB) AccountByEmail(ctx context.Context, email string) (Account, error) {
	return scanAccount(db.reader.row(ctx, `SELECT `+accountColumns+` FROM accounts WHERE email = ?`, normalEmail(email)).Scan)
}

// Account finds an account by id.
func (db *DB) Account(ctx context.Context, id uuid.UUID) (Account, error) {
	return scanAccount(db.reader.row(ctx, accountByID, idBytes(id)).Scan)
}

func (tx *tx) account(id uuid.UUID) (Account, error) {
	return scanAccount(tx.row(accountByID, idBytes(id)).Scan)
}

// Accounts lists all accounts by e-mail.
func (db *DB) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := db.reader.rows(ctx, `SELECT `+accountColumns+` FROM accounts ORDER BY email`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var accounts []Account
	for rows.Next() {
		a, err := scanAccount(rows.Scan)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, rows.Err()
}

const (
	accountColumns = `id, email, password_hash, role, created_at, seen_at,
		EXISTS (SELECT 1 FROM second_factors WHERE account_id = accounts.id AND confirmed_at > 0)`
	accountByID = `SELECT ` + accountColumns + ` FROM accounts WHERE id = ?`
)

func scanAccount(scan func(...any) error) (Account, error) {
	var a Account
	var created, seen int64
	err := scan(&a.ID, &a.Email, &a.PasswordHash, &a.Role, &created, &seen, &a.SecondFactor)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("account: %w", ErrNotFound)
	}
	a.CreatedAt, a.SeenAt = fromMillis(created), fromMillis(seen)
	return a, err
}
