// Sample fills an empty folder with an installation that has a week behind it: three bots, their deliveries, and what went wrong
// with some. The pictures of the docs are taken of it (make screenshots).
//
//	go run ./docs/sample FOLDER URL-OF-THE-ENDPOINT
package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/event"
	"iozen/store/secret"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: sample FOLDER URL-OF-THE-ENDPOINT")
	}
	master := [32]byte{1}
	key := base64.StdEncoding.EncodeToString(master[:]) + "\n"
	if err := os.WriteFile(filepath.Join(args[0], "iozen.key"), []byte(key), 0o600); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	end := time.Now()
	s := &sample{now: end.AddDate(0, 0, -7)}
	var err error
	s.db, err = db.Open(ctx, db.Config{
		URL: "sqlite:" + filepath.Join(args[0], "iozen.db"), Keys: secret.NewKeyring(master), Now: func() time.Time { return s.now },
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return errors.Join(s.fill(ctx, end, args[1]), s.db.Close())
}

// sample fills a database on a clock that runs through the week.
type sample struct {
	db   *db.DB
	now  time.Time
	made int
}

// bots are what they are called, where they send, and how many leads come in an hour of the day.
var bots = []struct {
	name, url string
	busy      float64
}{
	{"Roofing quote bot", "", 20},
	{"Kitchen planner", "https://hooks.example.com/kitchen", 9},
	{"Solar savings check", "https://crm.example.com/hooks/solar", 4},
}

func (s *sample) fill(ctx context.Context, end time.Time, endpoint string) error {
	by := store.Actor{Name: "maria@acme.example"}
	headers := []store.HeaderChange{{Name: "Authorization", Value: new("Bearer sample")}, {Name: "X-Team", Value: new("sales")}}
	ids := make([]uuid.UUID, len(bots))
	for i, b := range bots {
		bot, err := s.db.CreateBot(ctx, b.name, by)
		if err != nil {
			return fmt.Errorf("create bot: %w", err)
		}
		url := b.url
		if url == "" {
			url = endpoint
		}
		ids[i] = bot.ID
		if _, err := s.db.SaveWebhook(ctx, store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: &url, Headers: &headers, By: by}); err != nil {
			return fmt.Errorf("save webhook: %w", err)
		}
	}
	owed := make([]float64, len(bots))
	for ; s.now.Before(end); s.now = s.now.Add(7 * time.Minute) {
		for i, b := range bots {
			hour := math.Mod(24*7+14-end.Sub(s.now).Hours(), 24) // the pictures are of two in the afternoon
			day := math.Max(.08, math.Sin(math.Pi*(hour-6)/16))  // people are awake from six to ten
			for owed[i] += b.busy * day * 7 / 60; owed[i] >= 1; owed[i]-- {
				if err := s.deliver(ctx, ids[i], i == 1 && end.Sub(s.now) < 25*time.Minute); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// deliver accepts an event and ends its first attempt: well, slowly, or, if the endpoint is down, with 503.
func (s *sample) deliver(ctx context.Context, bot uuid.UUID, down bool) error {
	s.made++
	id := s.newID()
	decoded, _, problems := event.DecodeEvents(lead(s.made), s.now, func() uuid.UUID { return id })
	if len(problems) > 0 {
		return fmt.Errorf("the sample's own event: %v", problems)
	}
	if _, err := s.db.Accept(ctx, bot, decoded); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	claimed, err := s.db.Claim(ctx, store.FirstWebhook(bot), 10, time.Minute)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	for _, c := range claimed.Claims {
		if _, err := s.db.Settle(ctx, s.settlement(c, claimed.Webhook.Version, down)); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
	}
	return nil
}

func (s *sample) settlement(c store.Claim, version int64, down bool) store.Settlement {
	a := store.Attempt{
		BotID: c.BotID, DeliveryID: c.ID, StartedAt: s.now, WebhookVersion: version, RemoteAddr: "192.0.2.10:443", Protocol: "HTTP/2.0",
		StatusCode: 200, Duration: time.Duration(60+s.made*37%90+(s.made%19)/18*600) * time.Millisecond,
		Response: store.Response{Headers: []store.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"status":"ok"}`)},
	}
	end := store.Settlement{Token: c.Token, Status: store.Delivered}
	switch {
	case down:
		a.StatusCode, a.Outcome, end.Status, end.DueAt = 503, "http_503", store.Retrying, s.now.Add(2*time.Hour)
		a.Response.Body = []byte(`{"error":"maintenance"}`)
	case s.made%487 == 50:
		a.StatusCode, a.Outcome, end.Status = 422, "http_422", store.Failed
		a.Response.Body = []byte(`{"error":"phone is required"}`)
	}
	end.Attempt = a
	return end
}

// newID is an id of the sample's time.
func (s *sample) newID() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	low := binary.BigEndian.Uint16(id[6:])
	binary.BigEndian.PutUint64(id[:8], uint64(s.now.UnixMilli())<<16|uint64(low))
	return id
}

var people = []string{"jane", "tom", "maria", "peter", "anna", "lukas", "sofia", "ben", "clara", "noah"}

// lead is an event of one of a few people.
func lead(seq int) []byte {
	name, field := "Lead", ""
	if seq%3 == 1 {
		name, field = "FieldConversion", `"field":"roof_type","content_name":"Roof type",`
	}
	return fmt.Appendf(nil, `{"event_name":%q,"event_id":"%08x-sample","user_data":{"email":"%s@example.com","external_id":"submission-%d"},`+
		`"custom_data":{%s"value":100,"currency":"USD","utm_source":"google","utm_campaign":"spring-roof"},"source_url":"https://www.example.com/quote"}`,
		name, seq*2654435761%math.MaxUint32, people[seq*7%len(people)], seq, field)
}
