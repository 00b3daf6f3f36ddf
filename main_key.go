package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"iozen/handlers/auth"
	"iozen/store"
)

// operator is who acts in the audit log when a command changes something.
var operator = store.Actor{Name: "command line"}

// keyCmd manages API keys, and the master key.
type keyCmd struct {
	Create       keyCreateCmd `cmd:"" help:"Make an API key and print it once."`
	RotateMaster keyRotateCmd `cmd:"" help:"Seal everything again with a new master key. The server must not run."`
}

type keyCreateCmd struct {
	databaseFlags
	Name string     `required:"" env:"IOZEN_KEY_NAME" help:"What the key is for."`
	Bot  *string    `env:"IOZEN_KEY_BOT" placeholder:"ID" help:"The only bot that it opens; all if left out."`
	Role store.Role `env:"IOZEN_KEY_ROLE" default:"ingest" enum:"owner,editor,viewer,ingest" help:"owner, editor, viewer or ingest (post events only)."`
}

// Run makes the key and prints it alone, so that KEY=$(iozen key create …) works.
func (c *keyCreateCmd) Run(ctx context.Context, t terminal) error {
	name, problem := auth.CheckKeyName(c.Name)
	if problem != "" {
		return &usageError{"--name", errors.New(problem)}
	}
	key := store.Key{Name: name, Role: c.Role, CreatedBy: operator}
	if c.Bot != nil { // given: a script's empty variable must not open all bots
		id, ok := auth.ParseBotID(*c.Bot)
		if !ok {
			return &usageError{"--bot", errors.New("not the id of a bot. Leave it out for a key that opens all bots")}
		}
		key.BotID = id
	}
	return c.use(ctx, func(db *store.DB) error {
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
