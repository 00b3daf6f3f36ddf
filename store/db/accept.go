package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/failpoint"
)

// backlogRetry is how long a client is asked to wait when too much waits already.
const backlogRetry = 30 * time.Second

// Accept stores events, all or none, and returns once they are on disk. Where each goes (queued, held, skipped) follows
// from the webhook's settings at this moment. It fails with *EventConflictError or *BacklogError.
func (db *DB) Accept(ctx context.Context, botID uuid.UUID, events []store.NewDelivery) ([]store.Accepted, error) {
	var out []store.Accepted
	fingerprints := db.cfg.Keys.StoredFingerprints(events) // here: there are many callers, and one writer
	place := db.reserved(botID, len(events))
	defer place.end(store.Claimed{})
	err := db.writeBulk(ctx, len(events), func(tx *tx) (err error) {
		place.claimed = store.Claimed{}
		out, err = tx.accept(botID, events, fingerprints, place)
		return err
	})
	failpoint.Reach(failpoint.AfterCommit)
	var full *store.BacklogError
	if errors.As(err, &full) {
		db.noteFull(botID, full)
	}
	return out, err
}

// AcceptSample accepts a sample lead that a person asked for, with its audit entry. It fails with ErrOff while the webhook does
// not send: a sample that is held shows nothing.
func (db *DB) AcceptSample(ctx context.Context, botID uuid.UUID, sample store.NewDelivery, by store.Actor) (store.Accepted, error) {
	var out store.Accepted
	events := []store.NewDelivery{sample}
	fingerprints := db.cfg.Keys.StoredFingerprints(events)
	err := db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(botID); err != nil {
			return err
		}
		accepted, err := tx.accept(botID, events, fingerprints, &reserved{})
		if err != nil {
			return err
		}
		out = accepted[0]
		return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.sample", BotID: botID, Target: out.DeliveryID.String(), Note: sample.EventName})
	})
	return out, err
}

func (tx *tx) accept(botID uuid.UUID, events []store.NewDelivery, fingerprints [][]byte, place *reserved) ([]store.Accepted, error) {
	gate, err := tx.gate(botID)
	if err != nil {
		return nil, err
	}
	h, err := tx.healthOf(botID)
	if err != nil {
		return nil, err
	}
	out, fresh, err := tx.sortOut(botID, events)
	if err != nil {
		return nil, err
	}
	if err := tx.checkBacklog(h, gate.queues(events, fresh)); err != nil {
		return nil, err
	}
	var due store.What
	for _, i := range fresh {
		status, reason := gate.place(events[i].EventName)
		e := events[i]
		odd := gate.oddName(e.EventName)
		e.Warnings = append(slices.Clip(e.Warnings), odd...)
		row := newRow{status: status, reason: reason, fingerprint: fingerprints[i]}
		if status == store.Queued {
			claimed, err := tx.claims(place, botID, gate)
			if err != nil {
				return nil, err
			}
			if claimed {
				row.status, row.dueAt, row.token = store.Sending, tx.now.Add(place.Lease), firstToken
				tx.claimNew(place, botID, e)
			} else {
				row.dueAt, due = tx.now, store.Due
			}
		}
		if err := tx.insertDelivery(botID, e, row); err != nil {
			return nil, err
		}
		switch status {
		case store.Queued:
			tx.move(h, 1, 0)
		case store.Held:
			tx.move(h, 0, 1)
		}
		out[i] = store.Accepted{EventID: e.EventID, Status: status, DeliveryID: e.ID, Warnings: odd}
	}
	if len(fresh) > 0 {
		tx.count(botID, store.CountAccepted, 0, len(fresh))
		tx.changed(botID, due)
	}
	tx.handOver(place, h)
	return out, nil
}

// sortOut separates the events that repeat one in the log or earlier in the list from the fresh ones.
func (tx *tx) sortOut(botID uuid.UUID, events []store.NewDelivery) (out []store.Accepted, fresh []int, err error) {
	out = make([]store.Accepted, len(events))
	seen := make(map[string]int, len(events))
	for i, e := range events {
		if j, ok := seen[e.EventID]; ok {
			if events[j].Fingerprint != e.Fingerprint {
				return nil, nil, &store.EventConflictError{Index: i, EventID: e.EventID}
			}
			first := events[j].ID
			if out[j].Status == store.Duplicate {
				first = out[j].DeliveryID
			}
			out[i] = store.Accepted{EventID: e.EventID, Status: store.Duplicate, DeliveryID: first}
			continue
		}
		seen[e.EventID] = i
		var id uuid.UUID
		var fingerprint []byte
		err := tx.row(`SELECT id, fingerprint FROM deliveries WHERE bot_id = ? AND event_id = ?`, idBytes(botID), e.EventID).
			Scan(&id, &fingerprint)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			fresh = append(fresh, i)
		case err != nil:
			return nil, nil, err
		case tx.db.cfg.Keys.Differs(fingerprint, e.Fingerprint):
			return nil, nil, &store.EventConflictError{Index: i, EventID: e.EventID}
		default:
			out[i] = store.Accepted{EventID: e.EventID, Status: store.Duplicate, DeliveryID: id}
		}
	}
	return out, fresh, nil
}

// newRow is where a new delivery begins.
type newRow struct {
	status      store.Status
	reason      string
	dueAt       time.Time // zero: never
	token       int64     // of the claim that is made with it
	fingerprint []byte
}

func (tx *tx) insertDelivery(botID uuid.UUID, e store.NewDelivery, r newRow) error {
	var warnings string
	if len(e.Warnings) > 0 {
		warnings = mustJSON(e.Warnings)
	}
	_, err := tx.exec(`INSERT INTO deliveries (bot_id, id, event_id, event_name, event_time, test, status, reason, due_at,
			claim_token, created_at, updated_at, fingerprint, person, warnings, payload)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		idBytes(botID), idBytes(e.ID), e.EventID, e.EventName, millis(e.EventTime), string(r.status), r.reason, nullMillis(r.dueAt),
		r.token, millis(tx.now), millis(tx.now), r.fingerprint, store.MaskedPerson(e.Email, e.Phone), warnings, e.Payload)
	if err != nil {
		return fmt.Errorf("adding event %q of bot %s: %w", e.EventID, botID, err)
	}
	tx.addPerson(botID, e)
	return nil
}

// fullFor is how long a backlog that refused events is assumed to be full without looking: another server may have made
// room.
const fullFor = time.Second

// fullness remembers the backlogs that refused events (uuid.Nil: that of all bots together), and how much room the last
// commit left in them.
type fullness struct {
	mu    sync.RWMutex
	noted map[uuid.UUID]fullBacklog
}

type fullBacklog struct {
	since time.Time
	room  int
}

func (f *fullness) refused(id uuid.UUID, room int, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noted == nil {
		f.noted = map[uuid.UUID]fullBacklog{}
	}
	f.noted[id] = fullBacklog{since: now, room: room}
}

// room records how much room a backlog has now, if it is one that refused events.
func (f *fullness) room(id uuid.UUID, room int, now time.Time) {
	f.mu.RLock()
	known, noted := f.noted[id]
	f.mu.RUnlock()
	if !noted {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known.room = room; now.Sub(known.since) < fullFor {
		f.noted[id] = known
	} else {
		delete(f.noted, id)
	}
}

func (f *fullness) refuses(id uuid.UUID, n int, now time.Time) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	known, noted := f.noted[id]
	return noted && n > known.room && now.Sub(known.since) < fullFor
}

// Backlog says, without asking the database, whether about n events of a bot are to be refused unread because too much
// waits (*BacklogError). Otherwise a client that posts faster than can be delivered would use up the machine with refusals.
func (db *DB) Backlog(botID uuid.UUID, n int) error {
	now := db.cfg.Now()
	switch {
	case db.full.refuses(botID, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true}
	case db.full.refuses(uuid.Nil, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry}
	}
	return nil
}

// checkBacklog refuses n events that would wait beyond a bound.
func (tx *tx) checkBacklog(h *healthRow, n int) error {
	c := tx.db.cfg
	inAll := int(tx.db.waiting.Load()) + tx.waiting
	switch {
	case n == 0:
		return nil
	case h.waiting+n > c.MaxPendingPerBot:
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true, Room: c.MaxPendingPerBot - h.waiting}
	case inAll+n > c.MaxPending:
		return &store.BacklogError{RetryAfter: backlogRetry, Room: c.MaxPending - inAll}
	}
	return nil
}

// noteFull remembers a backlog that refused events.
func (db *DB) noteFull(botID uuid.UUID, refused *store.BacklogError) {
	if !refused.PerBot {
		botID = uuid.Nil
	}
	db.full.refused(botID, refused.Room, db.cfg.Now())
}

// noteRoom looks at the backlogs that a committed transaction has changed.
func (tx *tx) noteRoom() {
	for id, h := range tx.health {
		tx.db.full.room(id, tx.db.cfg.MaxPendingPerBot-h.waiting, tx.now)
	}
	tx.db.full.room(uuid.Nil, tx.db.cfg.MaxPending-int(tx.db.waiting.Load()), tx.now)
}

// gate is the part of the settings that decides where a new event goes.
type gate struct {
	state store.WebhookState
	names store.Webhook // its EventNames
	now   time.Time

	sending *store.Webhook // what was claimed with in this group; nil: nothing was
}

// gate reads a bot's gate once for a group; whatever changes what the gate depends on calls ungate.
func (tx *tx) gate(botID uuid.UUID) (*gate, error) {
	if g, ok := tx.gates[botID]; ok {
		return g, nil
	}
	var offReason, names string
	var settles int64
	g := &gate{now: tx.now}
	err := tx.row(`SELECT enabled, off_reason, url, settles_at, event_names FROM webhooks
		WHERE bot_id = ? AND EXISTS (SELECT 1 FROM bots WHERE id = bot_id AND deleted_at = 0)`, idBytes(botID)).
		Scan(&g.state.Enabled, &offReason, &g.state.URL, &settles, &names)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("bot %s: %w", botID, store.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if offReason != "" {
		g.state.SwitchedOff = &store.SwitchedOff{Reason: offReason}
	}
	g.state.QuietUntil = fromMillis(settles)
	if g.names.EventNames, err = store.ChosenNames(names); err != nil {
		return nil, fmt.Errorf("webhook of bot %s: event names: %w", botID, err)
	}
	tx.gates[botID] = g
	return g, nil
}

// ungate forgets a gate: the bot or its settings changed in this group.
func (tx *tx) ungate(botID uuid.UUID) { delete(tx.gates, botID) }

// mustSend returns ErrOff if the webhook does not send: the events would be held at once.
func (tx *tx) mustSend(botID uuid.UUID) error {
	g, err := tx.gate(botID)
	if err == nil && g.state.Holds(tx.now) != "" {
		return store.ErrOff
	}
	return err
}

// place says where an event goes. During the quiet time after an edit, a missing URL may be about to be typed.
func (g *gate) place(eventName string) (store.Status, string) {
	switch reason := g.state.Holds(g.now); {
	case !g.names.Chooses(eventName):
		return store.Skipped, store.ReasonNotChosen
	case reason != "":
		return store.Held, reason
	}
	return store.Queued, ""
}

// oddName warns of an event that is not sent only because its name has other upper and lower case than the chosen one:
// "skipped" alone would not say so.
func (g *gate) oddName(eventName string) []store.Warning {
	if g.names.Chooses(eventName) {
		return nil
	}
	for _, chosen := range g.names.EventNames {
		if strings.EqualFold(chosen, eventName) {
			return []store.Warning{{Pointer: "/event_name", Message: fmt.Sprintf(
				"is not sent: the webhook sends %s, and upper and lower case count; choose %s there too, or send %s", chosen, eventName, chosen)}}
		}
	}
	return nil
}

// queues counts the events that are going to wait. The others need no room in the backlog.
func (g *gate) queues(events []store.NewDelivery, fresh []int) (n int) {
	for _, i := range fresh {
		if status, _ := g.place(events[i].EventName); status == store.Queued {
			n++
		}
	}
	return n
}
