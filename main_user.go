package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"iozen/handlers/auth"
	"iozen/store"
)

// userCmd manages accounts, also on an empty house and while the server runs.
type userCmd struct {
	Create        userCreateCmd `cmd:"" help:"Make an account."`
	ResetPassword userResetCmd  `cmd:"" help:"Give an account a new password and sign it out everywhere."`

	ResetSecondFactor userResetFactorCmd `cmd:"" help:"Take the second factor from an account that has lost it."`
}

// accountFlags say which account.
type accountFlags struct {
	databaseFlags
	Email string `required:"" env:"IOZEN_USER_EMAIL" help:"The account's e-mail address."`
}

// useAccount opens the database for an act on that account.
func (f accountFlags) useAccount(ctx context.Context, act func(*store.DB, store.Account) error) error {
	return f.useExisting(ctx, func(db *store.DB) error {
		account, err := db.AccountByEmail(ctx, f.Email)
		if err != nil {
			return fmt.Errorf("account %s: %w", f.Email, err)
		}
		return act(db, account)
	})
}

// passwordFlags say which account, and where its password comes from.
type passwordFlags struct {
	accountFlags
	PasswordStdin bool `env:"IOZEN_USER_PASSWORD_STDIN" help:"Read the password from standard input; without it one is made and printed."`
}

// password reads a line, or makes a password of 128 random bits. made is "" when it was read.
func (f passwordFlags) password(in io.Reader) (hash, made string, err error) {
	password := rand.Text()
	made = password
	if f.PasswordStdin {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", "", fmt.Errorf("reading the password: %w", err)
		}
		password, made = strings.TrimRight(line, "\r\n"), ""
	}
	if wrong := auth.CheckNewPassword(password, f.Email); wrong != "" {
		return "", "", errors.New(wrong)
	}
	return auth.HashPassword(password), made, nil
}

type userCreateCmd struct {
	passwordFlags
	Role store.Role `env:"IOZEN_USER_ROLE" default:"owner" enum:"owner,editor,viewer" help:"owner, editor or viewer."`
}

// Run makes the account.
func (c *userCreateCmd) Run(ctx context.Context, t terminal) error {
	c.Email = strings.TrimSpace(c.Email)
	if problem := auth.CheckEmail(c.Email); problem != "" {
		return &usageError{"--email", errors.New(problem)}
	}
	hash, made, err := c.password(t.in)
	if err != nil {
		return err
	}
	return c.use(ctx, func(db *store.DB) error {
		if _, err := db.CreateAccount(ctx, store.Account{Email: c.Email, PasswordHash: hash, Role: c.Role}, operator); err != nil {
			return err // names the account
		}
		t.tellPassword(made)
		return nil
	})
}

type userResetCmd struct{ passwordFlags }

// Run gives the account its new password.
func (c *userResetCmd) Run(ctx context.Context, t terminal) error {
	hash, made, err := c.password(t.in)
	if err != nil {
		return err
	}
	return c.useAccount(ctx, func(db *store.DB, account store.Account) error {
		if err := db.SetPasswordHash(ctx, account.ID, hash, operator); err != nil {
			return fmt.Errorf("keeping the password: %w", err)
		}
		t.tellPassword(made)
		return nil
	})
}

type userResetFactorCmd struct{ accountFlags }

// Run lets the password alone be enough again.
func (c *userResetFactorCmd) Run(ctx context.Context, t terminal) error {
	return c.useAccount(ctx, func(db *store.DB, account store.Account) error {
		if err := db.RemoveSecondFactor(ctx, account.ID, operator); err != nil {
			return err // names the account
		}
		fmt.Fprintf(t.out, "%s signs in with the password alone now.\n", account.Email)
		return nil
	})
}

// tellPassword shows a password that we made; one that was read is not repeated.
func (t terminal) tellPassword(made string) {
	if made != "" {
		fmt.Fprintln(t.out, "Password:", made)
	}
}
