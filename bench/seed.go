package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/secret"
)

// seedDays is how many days the seeded log covers: as many as the log is kept.
const seedDays = 30

// A seeded database contains a log of finished deliveries, spread over days as a customer's would be, or a queue of waiting
// events.
const (
	seedLog   = "log"
	seedQueue = "queue"
)

// seed makes a database with n deliveries of some bots.
func seed(path, kind string, n, bots int, target string) error {
	p, err := child("seed", path, kind, strconv.Itoa(n), strconv.Itoa(bots), target)
	if err != nil {
		return err
	}
	for p.lines.Scan() { // it says nothing
	}
	return p.cmd.Wait()
}

// log is a database with a log of n deliveries, made once.
func (b *bench) log(n int) (string, error) {
	if path, ok := b.logs[n]; ok {
		return path, nil
	}
	path, err := b.database()
	if err != nil {
		return "", err
	}
	b.logs[n] = path
	return path, seed(path, seedLog, n, sizeBots, "http://127.0.0.1:9/hook")
}

// copy is a new database with the content of one that nobody has open.
func (b *bench) copy(of string) (string, error) {
	path, err := b.database()
	if err != nil {
		return "", err
	}
	if err := exec.Command("cp", of, path).Run(); err != nil {
		return "", fmt.Errorf("copying a database: %w", err)
	}
	return path, nil
}

// seeder fills a database through the store: a log on a clock that runs through the days, a queue on the machine's.
type seeder struct {
	db     *db.DB
	now    time.Time // in the log
	clock  func() time.Time
	target string // the webhooks' URL
	bots   []uuid.UUID
	made   int
}

func seedChild(args []string) error {
	path, kind, target := args[0], args[1], args[4]
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	bots, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	ctx := context.Background()
	end := time.Now()
	s := &seeder{target: target, clock: time.Now}
	if kind == seedLog {
		s.now = end.AddDate(0, 0, -seedDays)
		s.clock = func() time.Time { return s.now }
	}
	s.db, err = db.Open(ctx, db.Config{
		URL: "sqlite:" + path, Keys: secret.NewKeyring(master), Now: s.clock, MaxPendingPerBot: n, MaxPending: n,
	})
	if err != nil {
		return err
	}
	if err := s.addBots(ctx, bots); err != nil {
		return err
	}
	if kind == seedLog {
		err = s.fillLog(ctx, n, end)
	} else {
		err = s.fillQueue(ctx, n)
	}
	return errors.Join(err, s.db.Close())
}

// fillLog goes through the days, from bot to bot, as often as each gets something.
func (s *seeder) fillLog(ctx context.Context, n int, end time.Time) error {
	batch := max(1, min(500, n/len(s.bots)))
	step := end.Sub(s.now) / time.Duration((n+batch-1)/batch)
	for i := 0; s.made < n; i++ {
		bot := s.bots[i%len(s.bots)]
		events, err := s.events(min(batch, n-s.made))
		if err != nil {
			return err
		}
		if _, err := s.db.Accept(ctx, bot, events); err != nil {
			return err
		}
		if err := s.settleAll(ctx, bot, len(events)); err != nil {
			return err
		}
		s.now = s.now.Add(step)
	}
	return nil
}

// fillQueue gives every bot its share, many bots at a time, so that a commit serves many.
func (s *seeder) fillQueue(ctx context.Context, n int) error {
	each := max(1, n/len(s.bots))
	var filling sync.WaitGroup
	failed := make([]error, len(s.bots))
	some := make(chan struct{}, 32)
	for i, bot := range s.bots {
		events, err := s.events(each)
		if err != nil {
			return err
		}
		some <- struct{}{}
		filling.Go(func() {
			_, failed[i] = s.db.Accept(ctx, bot, events)
			<-some
		})
	}
	filling.Wait()
	return errors.Join(failed...)
}

// addBots makes bots whose webhooks are on, many at a time: each is a commit, and a group of them costs one.
func (s *seeder) addBots(ctx context.Context, n int) error {
	s.bots = make([]uuid.UUID, n)
	failed := make([]error, n)
	var adding sync.WaitGroup
	for i := range n {
		adding.Go(func() { s.bots[i], failed[i] = s.addBot(ctx, i) })
	}
	adding.Wait()
	return errors.Join(failed...)
}

func (s *seeder) addBot(ctx context.Context, i int) (uuid.UUID, error) {
	by := store.Actor{Name: "bench"}
	bot, err := s.db.CreateBot(ctx, "bench "+strconv.Itoa(i), by)
	if err != nil {
		return uuid.Nil, err
	}
	_, err = s.db.SaveWebhook(ctx, store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: &s.target, By: by})
	return bot.ID, err
}

// events are the next n, at the seeder's time.
func (s *seeder) events(n int) ([]store.NewDelivery, error) {
	events := make([]store.NewDelivery, n)
	for i := range events {
		s.made++
		id := s.newID()
		decoded, _, problems := event.DecodeEvents(seededEvent(s.made), s.clock(), func() uuid.UUID { return id })
		if len(problems) > 0 {
			return nil, fmt.Errorf("the benchmark's own event: %v", problems)
		}
		events[i] = decoded[0]
	}
	return events, nil
}

// settleAll ends the waiting deliveries as they would have ended.
func (s *seeder) settleAll(ctx context.Context, bot uuid.UUID, n int) error {
	claimed, err := s.db.Claim(ctx, store.FirstWebhook(bot), n, time.Minute)
	if err != nil {
		return err
	}
	var settling sync.WaitGroup
	failed := make([]error, len(claimed.Claims))
	for i, c := range claimed.Claims {
		seq := s.made - n + i
		settling.Go(func() { _, failed[i] = s.db.Settle(ctx, s.settlement(c, claimed.Webhook.Version, seq)) })
	}
	settling.Wait()
	return errors.Join(failed...)
}

// newID is an id of the seeder's time.
func (s *seeder) newID() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	low := binary.BigEndian.Uint16(id[6:])
	binary.BigEndian.PutUint64(id[:8], uint64(s.clock().UnixMilli())<<16|uint64(low))
	return id
}

// seededEvent is an event of a different person each time. One in a thousand has a rare name.
func seededEvent(seq int) []byte {
	name := "Lead"
	switch {
	case seq%1000 == 7:
		name = "Purchase"
	case seq%4 == 0:
		name = "FieldConversion"
	}
	return fmt.Appendf(nil, `{"event_name":%q,"event_id":"seeded-%d","user_data":{"email":"user-%d@example.com","phone":"+1555%07d","external_id":"submission-%d"},`+
		`"custom_data":{"value":100,"currency":"USD","utm_source":"google","utm_campaign":"spring-roof"},"source_url":"https://example.com/landing-page?n=%d"}`,
		name, seq, seq, seq, seq, seq)
}

// settlement is how one event ended: most were delivered, a few failed in the ways that endpoints fail.
func (s *seeder) settlement(c store.Claim, version int64, seq int) store.Settlement {
	a := store.Attempt{
		BotID: c.BotID, DeliveryID: c.ID, StartedAt: s.clock(), WebhookVersion: version, RemoteAddr: "192.0.2.1:443", Protocol: "HTTP/2.0",
		StatusCode: 200, Duration: time.Duration(20+seq%80) * time.Millisecond,
		Response: store.Response{Headers: []store.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"ok":true}`)},
	}
	end := store.Settlement{Token: c.Token, Status: store.Delivered}
	switch seq % 200 {
	case 17:
		a.StatusCode, a.Outcome, end.Status = 500, "http_500", store.Failed
	case 34:
		a.StatusCode, a.Outcome, end.Status = 404, "http_404", store.Failed
	case 51:
		a.StatusCode, a.Outcome, end.Status = 0, "timeout", store.Failed
	}
	end.Attempt = a
	return end
}
