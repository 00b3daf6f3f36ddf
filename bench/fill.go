package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/secret"
)

// master is the key of all databases here, so that a child can fill one that the product then opens.
var master = [32]byte{1}

func writeKey(path string) error {
	return os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(master[:])+"\n"), 0o600)
}

func openStore(ctx context.Context, source string) (*db.DB, error) {
	return db.Open(ctx, db.Config{URL: urlOf(source), Keys: secret.NewKeyring(master)})
}

// fill makes a database with a bot for which n events wait, and returns the bot's id.
func (b *bench) fill(path, target, n string) (bot string, err error) {
	p, err := child("fill", path, target, n)
	if err != nil {
		return "", err
	}
	if bot, err = p.line("bot "); err != nil {
		return "", err
	}
	return bot, p.cmd.Wait()
}

func fillChild(args []string) error {
	path, target := args[0], args[1]
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := openStore(ctx, path)
	if err != nil {
		return err
	}
	bot, err := fill(ctx, db, target, n)
	fmt.Println("bot", bot)
	return errors.Join(err, db.Close())
}

// fill accepts n events for a new bot.
func fill(ctx context.Context, db *db.DB, target string, n int) (uuid.UUID, error) {
	by := store.Actor{Name: "bench"}
	bot, err := db.CreateBot(ctx, "bench", by)
	if err != nil {
		return uuid.Nil, err
	}
	if _, err := db.SaveWebhook(ctx, store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: &target, By: by}); err != nil {
		return uuid.Nil, err
	}
	const batch = 1000
	for first := 0; first < n; first += batch {
		var posted [][]byte
		for i := first; i < min(n, first+batch); i++ {
			posted = append(posted, oneEvent(strconv.Itoa(i)))
		}
		array := append(append([]byte("["), bytes.Join(posted, []byte(","))...), ']')
		events, _, problems := event.DecodeEvents(array, time.Now(), newID)
		if len(problems) > 0 {
			return uuid.Nil, fmt.Errorf("the benchmark's own event: %v", problems)
		}
		if _, err := db.Accept(ctx, bot.ID, events); err != nil {
			return uuid.Nil, err
		}
	}
	return bot.ID, nil
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
