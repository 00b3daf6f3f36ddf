package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/statement"
)

const invitationColumns = `id, email, role, by_id, by_name, created_at, expires_at`

// CreateInvitation lets somebody make an account with the token that has the given hash. An earlier invitation of the same
// email ends; ErrExists when the email has an account already.
func (db *DB) CreateInvitation(ctx context.Context, i store.Invitation) (store.Invitation, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return i, err
	}
	i.ID, i.Email = id, normalEmail(i.Email)
	err = db.write(ctx, func(tx *tx) error {
		i.CreatedAt = tx.now
		if err := tx.emailFree(i.Email); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM invitations WHERE email = ?`, i.Email); err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO invitations (token_hash, `+invitationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			i.TokenHash[:], idBytes(i.ID), i.Email, string(i.Role), idBytes(i.By.ID), i.By.Name, millis(tx.now), millis(i.ExpiresAt)); err != nil {
			return fmt.Errorf("adding an invitation for %s: %w", i.Email, err)
		}
		return tx.addAudit(store.AuditEntry{By: i.By, Action: "invitation.create", Target: i.Email, Note: string(i.Role)})
	})
	return i, err
}

func (tx *tx) emailFree(email string) error {
	var taken bool
	if err := tx.row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ?)`, email).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("account %s: %w", email, store.ErrExists)
	}
	return nil
}

// Invitations lists those that can still be accepted, newest first.
func (db *DB) Invitations(ctx context.Context) ([]store.Invitation, error) {
	rows, err := db.reader.Rows(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE expires_at > ? ORDER BY id DESC`, millis(db.cfg.Now()))
	if err != nil {
		return nil, err
	}
	return statement.CollectBy(rows, scanInvitation)
}

// Invitation finds by the hash of its token one that can still be accepted.
func (db *DB) Invitation(ctx context.Context, tokenHash [32]byte) (store.Invitation, error) {
	return scanInvitation(db.reader.Row(ctx, invitationByToken, tokenHash[:], millis(db.cfg.Now())).Scan)
}

const invitationByToken = `SELECT ` + invitationColumns + ` FROM invitations WHERE token_hash = ? AND expires_at > ?`

func scanInvitation(scan func(...any) error) (store.Invitation, error) {
	var i store.Invitation
	var created, expires int64
	err := scan(&i.ID, &i.Email, &i.Role, &i.By.ID, &i.By.Name, &created, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return i, fmt.Errorf("invitation: %w", store.ErrNotFound)
	}
	i.CreatedAt, i.ExpiresAt = fromMillis(created), fromMillis(expires)
	return i, err
}

// AcceptInvitation makes the account, which ends the invitation, so that a link works once, however many people use it at
// the same time. from is the address of who accepts.
func (db *DB) AcceptInvitation(ctx context.Context, tokenHash [32]byte, passwordHash, from string) (store.Account, error) {
	id, err := db.newID(db.cfg.Now())
	if err != nil {
		return store.Account{}, err
	}
	var a store.Account
	err = db.write(ctx, func(tx *tx) error {
		i, err := scanInvitation(tx.row(invitationByToken, tokenHash[:], millis(tx.now)).Scan)
		if err != nil {
			return err
		}
		if err := tx.emailFree(i.Email); err != nil {
			return err
		}
		a = store.Account{ID: id, Email: i.Email, PasswordHash: passwordHash, Role: i.Role, CreatedAt: tx.now}
		if err := tx.insertAccount(a); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: store.Actor{ID: id, Name: a.Email, IP: from}, Action: "invitation.accept", Target: a.Email, Note: string(a.Role)})
	})
	return a, err
}

// RevokeInvitation ends an invitation.
func (db *DB) RevokeInvitation(ctx context.Context, id uuid.UUID, by store.Actor) error {
	return db.write(ctx, func(tx *tx) error {
		i, err := scanInvitation(tx.row(`SELECT `+invitationColumns+` FROM invitations WHERE id = ?`, idBytes(id)).Scan)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM invitations WHERE id = ?`, idBytes(id)); err != nil {
			return err
		}
		return tx.addAudit(store.AuditEntry{By: by, Action: "invitation.revoke", Target: i.Email})
	})
}

// DeleteExpiredInvitations removes what can no longer be accepted.
func (db *DB) DeleteExpiredInvitations(ctx context.Context, now time.Time) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`DELETE FROM invitations WHERE expires_at <= ?`, millis(now))
		return err
	})
}
