package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
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
	defer rows.Close()
	var accounts []store.Account
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
	defer rows.Close()
	var list []store.Invitation
	for rows.Next() {
		i, err := scanInvitation(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
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

// API keys are what programs sign in with.

const keyColumns = `id, name, role, bot_id, secret_hash, by_id, by_name, created_at, last_used_at, revoked_at`

const keyByID = `SELECT ` + keyColumns + ` FROM api_keys WHERE id = ?`

// CreateKey adds an API key. The caller made its id and secret, only whose hash is stored. It fails with ErrNotFound if the
// key is for a bot that does not exist.
func (db *DB) CreateKey(ctx context.Context, k store.Key) error {
	return db.write(ctx, func(tx *tx) error {
		if k.BotID != uuid.Nil {
			if _, err := scanBot(k.BotID, tx.row(botByID, idBytes(k.BotID))); err != nil {
				return err
			}
		}
		_, err := tx.exec(`INSERT INTO api_keys (id, name, role, bot_id, secret_hash, by_id, by_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			idBytes(k.ID), k.Name, string(k.Role), idBytes(k.BotID), k.SecretHash[:], idBytes(k.CreatedBy.ID), k.CreatedBy.Name, millis(tx.now))
		if err != nil {
			return fmt.Errorf("adding API key %s: %w", k.ID, err)
		}
		return tx.addAudit(store.AuditEntry{By: k.CreatedBy, Action: "key.create", BotID: k.BotID, Target: k.Name, Note: string(k.Role)})
	})
}

// Keys lists all keys, newest first, revoked ones too.
func (db *DB) Keys(ctx context.Context) ([]store.Key, error) {
	rows, err := db.reader.Rows(ctx, `SELECT `+keyColumns+` FROM api_keys ORDER BY id DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []store.Key
	for rows.Next() {
		k, err := scanKey(rows.Scan)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// Key finds a key by id, a revoked one too. Every call of the API asks, so a key in use is answered from memory.
func (db *DB) Key(ctx context.Context, id uuid.UUID) (store.Key, error) {
	k, ok, generation := db.keys.Get(id, db.cfg.Now())
	if ok {
		return k, nil
	}
	k, err := scanKey(db.reader.Row(ctx, keyByID, idBytes(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return k, fmt.Errorf("API key %s: %w", id, store.ErrNotFound)
	}
	if err == nil {
		db.keys.Put(k, db.cfg.Now(), generation)
	}
	return k, err
}

func scanKey(scan func(...any) error) (store.Key, error) {
	var k store.Key
	var hash []byte
	var created, used, revoked int64
	err := scan(&k.ID, &k.Name, &k.Role, &k.BotID, &hash, &k.CreatedBy.ID, &k.CreatedBy.Name, &created, &used, &revoked)
	copy(k.SecretHash[:], hash)
	k.CreatedAt, k.LastUsedAt, k.RevokedAt = fromMillis(created), fromMillis(used), fromMillis(revoked)
	return k, err
}

// RevokeKey ends a key forever.
func (db *DB) RevokeKey(ctx context.Context, id uuid.UUID, by store.Actor) error {
	defer db.keys.Forget(id)
	return db.write(ctx, func(tx *tx) error {
		k, err := scanKey(tx.row(keyByID, idBytes(id)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("API key %s: %w", id, store.ErrNotFound)
		}
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		if _, err := tx.exec(`UPDATE api_keys SET revoked_at = ? WHERE id = ?`, millis(tx.now), idBytes(id)); err != nil {
			return err
		}
		tx.changedBot(uuid.Nil, store.Keys)
		return tx.addAudit(store.AuditEntry{By: by, Action: "key.revoke", BotID: k.BotID, Target: k.Name})
	})
}

// TouchKey records that a key was used, to the minute, so that a busy key does not write with each request.
func (db *DB) TouchKey(ctx context.Context, k store.Key) error {
	if !db.keys.Touch(k, db.cfg.Now()) {
		return nil
	}
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(`UPDATE api_keys SET last_used_at = ? WHERE id = ?`, millis(tx.now), idBytes(k.ID))
		return err
	})
}
