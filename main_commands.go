package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"iozen/handlers/auth"
	"iozen/handlers/receive"
	"iozen/handlers/server"
	"iozen/handlers/settings"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/transfer"
	"iozen/store/secret"
)

// cliActor is the actor in the audit log when a command changes something.
var cliActor = store.Actor{Name: "command line"}

// keyCmd manages API keys, and the master key.
type keyCmd struct {
	Create       keyCreateCmd `cmd:"" help:"Make an API key and print it once."`
	RotateMaster keyRotateCmd `cmd:"" help:"Seal everything again with a new master key. The server must not run."`
}

type keyCreateCmd struct {
	settings.Database
	Name string     `required:"" env:"IOZEN_KEY_NAME" help:"What the key is for."`
	Bot  *string    `env:"IOZEN_KEY_BOT" placeholder:"ID" help:"The only bot that it opens; all if left out."`
	Role store.Role `env:"IOZEN_KEY_ROLE" default:"ingest" enum:"owner,editor,viewer,ingest" help:"owner, editor, viewer or ingest (post events only)."`
}

// Run makes the key and prints nothing else, so that KEY=$(iozen key create …) works.
func (c *keyCreateCmd) Run(ctx context.Context, t terminal) error {
	name, problem := store.CheckName("key", c.Name)
	if problem != "" {
		return &settings.Error{Name: "--name", Err: errors.New(problem)}
	}
	key := store.Key{Name: name, Role: c.Role, CreatedBy: cliActor}
	if c.Bot != nil { // given: a script's empty variable must not open all bots
		id, ok := auth.ParseBotID(*c.Bot)
		if !ok {
			return &settings.Error{Name: "--bot", Err: errors.New("not the id of a bot. Leave it out for a key that opens all bots")}
		}
		key.BotID = id
	}
	return c.Use(ctx, func(db *db.DB) error {
		key, text, err := auth.NewAPIKey(key, time.Now())
		if err != nil {
			return err
		}
		if err := db.CreateKey(ctx, key); err != nil {
			return fmt.Errorf("keeping the key: %w", err)
		}
		fmt.Fprintln(t.out, text)
		return nil
	})
}

// resealBatch is how many values one transaction seals again.
const resealBatch = 100

// keyRotateCmd replaces the present master key with a new one.
type keyRotateCmd struct{ settings.Database }

// Run adds a key to the file and seals everything again with it, or continues what an earlier run began. No server may run
// meanwhile, because it reads the key file only when it starts.
func (c *keyRotateCmd) Run(ctx context.Context, t terminal) error {
	if err := c.MustExist(ctx); err != nil {
		return err
	}
	lock, err := c.Lock(ctx)
	if err != nil {
		return fmt.Errorf("stop the server first: %w", err)
	}
	defer lock.Close()
	begun := false
	err = c.Use(ctx, func(db *db.DB) (err error) {
		begun, err = db.NeedsReseal(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if !begun {
		if err := secret.AddMasterKey(c.KeyFile); err != nil {
			return err
		}
	}
	return c.Use(ctx, func(db *db.DB) error { return c.reseal(ctx, db, t) })
}

func (c *keyRotateCmd) reseal(ctx context.Context, db *db.DB, t terminal) error {
	total := 0
	for {
		n, err := db.Reseal(ctx, resealBatch)
		if err != nil {
			return err
		}
		if total += n; n < resealBatch {
			break
		}
	}
	if err := db.ResealDone(ctx, cliActor); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Values sealed with the new key, the last line of %s: %d.\n", c.KeyFile, total)
	fmt.Fprintln(t.out, "Keep the lines before it: they open older backups and find people in events taken until now.")
	return nil
}

// userCmd manages accounts, even before there is one, and while the server is running.
type userCmd struct {
	Create        userCreateCmd `cmd:"" help:"Make an account."`
	ResetPassword userResetCmd  `cmd:"" help:"Give an account a new password and sign it out everywhere."`

	ResetSecondFactor userResetFactorCmd `cmd:"" help:"Take the second factor from an account that has lost it."`
}

// accountFlags name the account.
type accountFlags struct {
	settings.Database
	Email string `required:"" env:"IOZEN_USER_EMAIL" help:"The account's email address."`
}

// useAccount opens the database for an act on that account.
func (f accountFlags) useAccount(ctx context.Context, act func(*db.DB, store.Account) error) error {
	return f.UseExisting(ctx, func(db *db.DB) error {
		account, err := db.AccountByEmail(ctx, f.Email)
		if err != nil {
			return fmt.Errorf("account %s: %w", f.Email, err)
		}
		return act(db, account)
	})
}

// passwordFlags name the account, and say where its password comes from.
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
		return &settings.Error{Name: "--email", Err: errors.New(problem)}
	}
	hash, made, err := c.password(t.in)
	if err != nil {
		return err
	}
	return c.Use(ctx, func(db *db.DB) error {
		if _, err := db.CreateAccount(ctx, store.Account{Email: c.Email, PasswordHash: hash, Role: c.Role}, cliActor); err != nil {
			return err // names the account
		}
		t.showPassword(made)
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
	return c.useAccount(ctx, func(db *db.DB, account store.Account) error {
		if err := db.SetPasswordHash(ctx, account.ID, hash, cliActor); err != nil {
			return fmt.Errorf("keeping the password: %w", err)
		}
		t.showPassword(made)
		return nil
	})
}

type userResetFactorCmd struct{ accountFlags }

// Run removes the second factor, so that the password alone is enough again.
func (c *userResetFactorCmd) Run(ctx context.Context, t terminal) error {
	return c.useAccount(ctx, func(db *db.DB, account store.Account) error {
		if err := db.RemoveSecondFactor(ctx, account.ID, cliActor); err != nil {
			return err // names the account
		}
		fmt.Fprintf(t.out, "%s signs in with the password alone now.\n", account.Email)
		return nil
	})
}

// showPassword shows a password that we made; one that was read is not repeated.
func (t terminal) showPassword(made string) {
	if made != "" {
		fmt.Fprintln(t.out, "Password:", made)
	}
}

// backupCmd copies the database, without its key, which it does not need.
type backupCmd struct {
	settings.Location
	File string `arg:"" help:"The file to write; it must not exist yet."`
}

// Run writes the copy.
func (c *backupCmd) Run(ctx context.Context, t terminal) error {
	if err := c.Backup(ctx, c.File); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Wrote %s. The key file is not in it: keep it elsewhere.\n", c.File)
	return nil
}

// migrateCmd copies a SQLite database into PostgreSQL.
type migrateCmd struct{ settings.Migration }

// Run copies, says how far it is, and ends with what is to be set now.
func (c *migrateCmd) Run(ctx context.Context, t terminal) error {
	config, err := c.Read()
	if err != nil {
		return err
	}
	last := time.Now()
	config.Progress = func(s transfer.Step) {
		if s.Ended && s.Rows == 0 || !s.Ended && time.Since(last) < sayEvery {
			return
		}
		last = time.Now()
		fmt.Fprintf(t.out, "%s %s: %d of %d rows\n", s.Doing, s.Table, s.Rows, max(s.Of, s.Rows))
	}
	report, err := transfer.Run(ctx, config)
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("stopped. Run the same command again: it goes on where it was")
	case err != nil:
		return err
	}
	fmt.Fprintf(t.out, `Copied and checked: %d rows in %d tables.
Now set IOZEN_DATABASE_URL=%s (with its password, or that in PGPASSWORD or IOZEN_DATABASE_URL_FILE),
keep IOZEN_KEY_FILE=%s, and start iozen serve.
Never start a server on %s again: it would send what still waits a second time. Keep the file as a backup.
`, report.Rows, report.Tables, config.To, c.KeyFile, config.From.Name())
	return nil
}

// sayEvery is how often a long step says how far it is.
const sayEvery = 2 * time.Second

// healthcheckCmd is for container probes: exit code 0 when a running server can commit.
type healthcheckCmd struct {
	Addr    string        `env:"IOZEN_ADDR" default:"127.0.0.1:8080" help:"Where the server listens."`
	Timeout time.Duration `env:"IOZEN_HEALTHCHECK_TIMEOUT" default:"5s" help:"How long to wait for the answer."`
}

// Run asks the server.
func (c *healthcheckCmd) Run(ctx context.Context, t terminal) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+server.Reachable(c.Addr)+"/readyz", nil)
	if err != nil {
		return &settings.Error{Name: "IOZEN_ADDR", Err: err}
	}
	res, err := (&http.Transport{}).RoundTrip(req) // no proxy, no redirect
	if err != nil {
		return fmt.Errorf("not reachable: %w", err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // only shown as a remark
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: HTTP %d: %s", res.StatusCode, said)
	}
	fmt.Fprintln(t.out, "ready")
	return nil
}

type versionCmd struct{}

// Run prints the version alone.
func (versionCmd) Run(t terminal) error {
	fmt.Fprintln(t.out, version)
	return nil
}

// receiveCmd is the local endpoint for trying things.
type receiveCmd struct {
	Addr       string `env:"IOZEN_RECEIVE_ADDR" default:"127.0.0.1:8090" help:"Where to listen."`
	SecretFile string `env:"IOZEN_RECEIVE_SECRET_FILE" placeholder:"PATH" help:"File with signing secrets (whsec_…), comma separated: then signatures are checked. Or set IOZEN_RECEIVE_SECRET."`
}

// Run receives until ctx ends.
func (c *receiveCmd) Run(ctx context.Context, t terminal) error {
	if err := settings.CheckAddr(c.Addr, "127.0.0.1:8090"); err != nil {
		return &settings.Error{Name: "IOZEN_RECEIVE_ADDR", Err: err}
	}
	secrets, err := settings.Secrets("IOZEN_RECEIVE_SECRET", c.SecretFile)
	if err != nil {
		return err
	}
	if err := receive.CheckSecrets(secrets); err != nil {
		return &settings.Error{Name: "IOZEN_RECEIVE_SECRET", Err: err}
	}
	return receive.Serve(ctx, c.Addr, t.out, secrets...)
}
