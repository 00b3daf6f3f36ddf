package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
	"iozen/store/event/admit"
	"iozen/store/failpoint"
	"iozen/store/option"
)

// backlogRetry is how long a client is asked to wait when too much waits already.
const backlogRetry = 30 * time.Second

// Accept stores events, all or none, and returns once they are on disk. Each event becomes a delivery to every webhook of the
// bot; where each goes (queued, held, skipped) follows from the webhook's settings at this moment. It fails with
// *EventConflictError or *BacklogError.
func (db *DB) Accept(ctx context.Context, botID uuid.UUID, events []store.NewDelivery) ([]store.Accepted, error) {
	var out []store.Accepted
	fingerprints := db.cfg.Keys.StoredFingerprints(events) // here: there are many callers, and one writer
	places := db.reservedFor(botID, len(events))
	defer places.end()
	look := func(tx *tx) {
		for _, e := range events {
			tx.lookFor(botID, e.EventID)
		}
	}
	err := db.writeBulk(ctx, len(events), look, func(tx *tx) (err error) {
		places.begin()
		out, err = tx.accept(botID, events, fingerprints, places)
		return err
	})
	failpoint.Reach(failpoint.AfterCommit)
	var full *store.BacklogError
	if errors.As(err, &full) {
		db.noteFull(botID, full)
	}
	return out, err
}

// AcceptSample accepts a sample lead that a person asked for at a webhook, with its audit entry, and returns what became of it
// there. It fails with ErrOff while the webhook does not send: a sample that is held shows nothing.
func (db *DB) AcceptSample(ctx context.Context, id store.WebhookID, sample store.NewDelivery, by store.Actor) (store.Accepted, error) {
	var out store.Accepted
	events := []store.NewDelivery{sample}
	fingerprints := db.cfg.Keys.StoredFingerprints(events)
	err := db.write(ctx, func(tx *tx) error {
		if err := tx.mustSend(id); err != nil {
			return err
		}
		accepted, err := tx.accept(id.BotID, events, fingerprints, nil)
		if err != nil {
			return err
		}
		out = accepted[0].At(id.N)
		return tx.addAudit(store.AuditEntry{By: by, Action: "delivery.sample", BotID: id.BotID, N: id.N, Target: out.DeliveryID.String(), Note: sample.EventName})
	})
	return out, err
}

// acceptance is one Accept as its transaction sees it.
type acceptance struct {
	bot    int64
	gates  []*gate
	health []*healthRow // of each gate
	places reservations
}

func (tx *tx) accept(botID uuid.UUID, events []store.NewDelivery, fingerprints [][]byte, places reservations) ([]store.Accepted, error) {
	a := acceptance{places: places}
	var err error
	if a.gates, err = tx.gates(botID); err != nil {
		return nil, err
	}
	a.bot = a.gates[0].bot
	for _, g := range a.gates {
		h, err := tx.healthOf(g.id)
		if err != nil {
			return nil, err
		}
		a.health = append(a.health, h)
	}
	out, fresh, repeats, err := tx.sortOut(botID, a.bot, events)
	if err != nil {
		return nil, err
	}
	if err := tx.checkBacklog(a, events, fresh); err != nil {
		return nil, err
	}
	for _, i := range fresh {
		if out[i], err = tx.acceptOne(a, events[i], fingerprints[i]); err != nil {
			return nil, fmt.Errorf("adding event %q of bot %s: %w", events[i].EventID, botID, err)
		}
	}
	if len(a.gates) > 1 {
		if err := tx.addRepeated(a.bot, out); err != nil {
			return nil, err
		}
	}
	for i, first := range repeats {
		out[i].DeliveryID, out[i].Deliveries = out[first].DeliveryID, asRepeated(out[first].Deliveries)
	}
	for i, g := range a.gates {
		tx.handOver(places.of(g.id.N), a.health[i])
	}
	return out, nil
}

// acceptOne writes a new event: a delivery to each webhook, the first of them with the event's bytes.
func (tx *tx) acceptOne(a acceptance, e store.NewDelivery, fingerprint []byte) (out store.Accepted, err error) {
	out = store.Accepted{EventID: e.EventID}
	var first int64
	arriving := admit.Event{Name: e.EventName, Payload: e.Payload}
	for i, g := range a.gates {
		row := newRow{event: first, warnings: e.Warnings}
		row.status, row.reason, row.detail = g.place(&arriving)
		if odd := g.oddName(e.EventName); len(odd) > 0 {
			row.warnings = append(slices.Clip(row.warnings), odd...)
			out.Warnings = append(out.Warnings, odd...)
		}
		if i > 0 {
			if e.ID, err = tx.db.newID(tx.now); err != nil {
				return out, err
			}
		}
		place, due := a.places.of(g.id.N), store.What(0)
		counted := row.status
		if row.status == store.Queued {
			claimed, err := tx.claims(place, g)
			if err != nil {
				return out, err
			}
			if claimed {
				row.status, row.dueAt, row.token = store.Sending, tx.now.Add(place.Lease), firstToken
			} else {
				row.dueAt, due = tx.now, store.Due
			}
		}
		number, err := tx.insertDelivery(a.bot, g.id, &e, row)
		if err != nil {
			return out, err
		}
		if row.status == store.Sending {
			tx.claimNew(place, g.id, e, row)
		}
		tx.move(a.health[i], "", counted, 1)
		tx.count(g.id, store.CountAccepted, 0, 1)
		tx.changed(g.id, due)
		if i == 0 {
			first = number
			out.Status, out.DeliveryID = counted, e.ID
			if _, err := tx.add(newEventIDs, a.bot, e.EventID, number, fingerprint); err != nil {
				return out, err
			}
			tx.foundNow(g.id.BotID, e, fingerprint)
			tx.addPerson(deliveryKey{a.bot, number}, e)
		}
		if len(a.gates) > 1 {
			out.Deliveries = append(out.Deliveries, store.AcceptedDelivery{Webhook: g.id.N, Status: counted, DeliveryID: e.ID})
		}
	}
	return out, nil
}

// sortOut separates the events that repeat one in the log from the fresh ones, and from those that repeat one earlier in the
// list: repeats has the index of that one, whose delivery may get another id as it is written.
func (tx *tx) sortOut(botID uuid.UUID, bot int64, events []store.NewDelivery) (out []store.Accepted, fresh []int, repeats map[int]int, err error) {
	out = make([]store.Accepted, len(events))
	repeats = map[int]int{}
	seen := make(map[string]int, len(events))
	for i, e := range events {
		if j, ok := seen[e.EventID]; ok {
			if events[j].Fingerprint != e.Fingerprint {
				return nil, nil, nil, &store.EventConflictError{Index: i, EventID: e.EventID}
			}
			out[i], repeats[i] = store.Accepted{EventID: e.EventID, Status: store.Duplicate}, j
			continue
		}
		seen[e.EventID] = i
		known, err := tx.event(botID, bot, e.EventID)
		switch {
		case err != nil:
			return nil, nil, nil, err
		case known.delivery == uuid.Nil:
			fresh = append(fresh, i)
		case tx.db.cfg.Keys.Differs(known.fingerprint, e.Fingerprint):
			return nil, nil, nil, &store.EventConflictError{Index: i, EventID: e.EventID}
		default:
			out[i] = store.Accepted{EventID: e.EventID, Status: store.Duplicate, DeliveryID: known.delivery}
		}
	}
	return out, fresh, repeats, nil
}

// deliveriesOfEvent are found by the number of the first of them, which has the event's bytes.
const deliveriesOfEvent = `SELECT n, id FROM deliveries WHERE bot = ? AND number = ?
	UNION ALL SELECT n, id FROM deliveries WHERE bot = ? AND event = ? ORDER BY n`

// addRepeated names all deliveries of the events that are in the log already, as a new event's are named.
func (tx *tx) addRepeated(bot int64, out []store.Accepted) error {
	for i := range out {
		if out[i].Status != store.Duplicate || out[i].DeliveryID == uuid.Nil {
			continue
		}
		first := number.Of(out[i].DeliveryID)
		rows, err := tx.rows(deliveriesOfEvent, bot, first, bot, first)
		if err != nil {
			return fmt.Errorf("looking for the deliveries of event %q: %w", out[i].EventID, err)
		}
		out[i].Deliveries, err = statement.Collect(rows, func(d *store.AcceptedDelivery, scan func(...any) error) error {
			d.Status = store.Duplicate
			return scan(&d.Webhook, &d.DeliveryID)
		})
		if err != nil {
			return fmt.Errorf("looking for the deliveries of event %q: %w", out[i].EventID, err)
		}
	}
	return nil
}

// asRepeated are deliveries as the answer to a repeat of their event names them.
func asRepeated(of []store.AcceptedDelivery) (all []store.AcceptedDelivery) {
	for _, d := range of {
		d.Status = store.Duplicate
		all = append(all, d)
	}
	return all
}

// eventKey is an event's own id, of a bot; knownEvent what the log has of it, nothing if there is no delivery.
type (
	eventKey struct {
		bot uuid.UUID
		id  string
	}
	knownEvent struct {
		delivery    uuid.UUID
		fingerprint []byte
	}
)

// event finds an event in the log.
func (tx *tx) event(botID uuid.UUID, bot int64, id string) (known knownEvent, err error) {
	if known, looked := tx.events[eventKey{botID, id}]; looked {
		return known, nil
	}
	var delivery int64
	err = tx.row(`SELECT delivery, fingerprint FROM event_ids WHERE bot = ? AND event_id = ?`, bot, id).Scan(&delivery, &known.fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return known, nil
	}
	if err != nil {
		return known, err
	}
	if err := tx.row(`SELECT id FROM deliveries WHERE bot = ? AND number = ?`, bot, delivery).Scan(&known.delivery); err != nil {
		return known, fmt.Errorf("looking for the delivery of event %q: %w", id, err)
	}
	return known, nil
}

// lookFor has an event looked up together with those of the other operations of the group.
func (tx *tx) lookFor(botID uuid.UUID, id string) {
	if !tx.atOnce {
		tx.events[eventKey{botID, id}] = knownEvent{}
	}
}

// eventsAsked finds those of many events that are in the log, each by the index: what stands in a LIMIT is not joined otherwise.
const eventsAsked = `SELECT asked.bot, asked.id, e.fingerprint, (SELECT d.id FROM deliveries d WHERE d.bot = asked.bot AND d.number = e.delivery)
	FROM unnest(CAST(? AS BIGINT[]), CAST(? AS TEXT[])) asked (bot, id)
	CROSS JOIN LATERAL (SELECT i.delivery, i.fingerprint FROM event_ids i WHERE i.bot = asked.bot AND i.event_id = asked.id LIMIT 1) e`

// lookUp looks up the events that were looked for.
func (tx *tx) lookUp() error {
	if len(tx.events) == 0 {
		return nil
	}
	numbers, botIDs := map[uuid.UUID]int64{}, map[int64]uuid.UUID{}
	bots, ids := make([]int64, 0, len(tx.events)), make([]string, 0, len(tx.events))
	for k := range tx.events {
		bot, asked := numbers[k.bot]
		if !asked {
			var err error
			if bot, err = tx.bot(k.bot); err != nil {
				return err
			}
			numbers[k.bot], botIDs[bot] = bot, k.bot
		}
		bots, ids = append(bots, bot), append(ids, k.id)
	}
	rows, err := tx.rows(eventsAsked, bots, ids)
	if err != nil {
		return fmt.Errorf("looking for events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bot int64
		var id string
		var known knownEvent
		if err := rows.Scan(&bot, &id, &known.fingerprint, &known.delivery); err != nil {
			return fmt.Errorf("looking for events: %w", err)
		}
		tx.events[eventKey{botIDs[bot], id}] = known
	}
	return rows.Err()
}

// foundNow has a new event found by the operations after it.
func (tx *tx) foundNow(botID uuid.UUID, e store.NewDelivery, fingerprint []byte) {
	if !tx.atOnce {
		tx.events[eventKey{botID, e.EventID}] = knownEvent{e.ID, fingerprint}
	}
}

// newRow is where a new delivery begins.
type newRow struct {
	event    int64 // the number of the delivery that has the event's bytes; 0: this one
	status   store.Status
	reason   string
	dueAt    time.Time // zero: never
	token    int64     // of the claim that is made with it
	warnings []store.Warning
	detail   map[string]string // why a filter did not let it through
}

var (
	newDeliveries = statement.Insert("deliveries", `number BIGINT, bot BIGINT, n BIGINT, id BYTEA, event BIGINT, event_id TEXT, event_name TEXT, event_time BIGINT,
		test BOOLEAN, status TEXT, reason TEXT, due_at BIGINT, claim_token BIGINT, owner BIGINT, created_at BIGINT, updated_at BIGINT, last_detail TEXT, person TEXT, warnings TEXT, payload BYTEA`,
		`ON CONFLICT DO NOTHING`)
	newEventIDs = statement.Insert("event_ids", `bot BIGINT, event_id TEXT, delivery BIGINT, fingerprint BYTEA`, ``)
)

// insertDelivery writes the row of a new delivery and returns its number. Ids of several processes, or of a clock that was
// set back, may begin alike: then the delivery gets another id.
func (tx *tx) insertDelivery(bot int64, webhook store.WebhookID, e *store.NewDelivery, r newRow) (key int64, err error) {
	var warnings string
	if len(r.warnings) > 0 {
		warnings = mustJSON(r.warnings)
	}
	event, payload := sql.NullInt64{Int64: r.event, Valid: r.event != 0}, e.Payload
	if event.Valid {
		payload = nil
	}
	for {
		key = number.Of(e.ID)
		if !tx.numbers[key] {
			n, err := tx.add(newDeliveries, key, bot, int64(webhook.N), idBytes(e.ID), event, e.EventID, e.EventName, millis(e.EventTime), false,
				string(r.status), r.reason, nullMillis(r.dueAt), r.token, tx.owner, millis(tx.now), millis(tx.now), jsonOrEmpty(r.detail),
				store.MaskedPerson(e.Email, e.Phone), warnings, payload)
			if err == nil && n == 1 && !tx.atOnce {
				tx.numbers[key] = true
			}
			if err != nil || n == 1 {
				return key, err
			}
		}
		if e.ID, err = tx.db.newID(tx.now); err != nil {
			return 0, err
		}
	}
}

// Backlog says, without asking the database, whether about n events of a bot are to be refused unread because too much
// waits (*BacklogError). Otherwise a client that posts faster than can be delivered would use up the machine with refusals.
func (db *DB) Backlog(botID uuid.UUID, n int) error {
	now := db.cfg.Now()
	switch {
	case db.full.Refuses(botID, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true}
	case db.full.Refuses(uuid.Nil, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry}
	}
	return nil
}

// checkBacklog refuses events that would wait beyond a bound. Those that do not wait need no room.
func (tx *tx) checkBacklog(a acceptance, events []store.NewDelivery, fresh []int) error {
	c, n, ofBot := tx.db.cfg, 0, 0
	for i, g := range a.gates {
		n += g.queues(events, fresh, g.mayQueue)
		ofBot += a.health[i].waiting
	}
	inAll := int(tx.db.waiting.Load()) + tx.waiting
	if ofBot+n > c.MaxPendingPerBot || inAll+n > c.MaxPending { // only now it matters what filters say
		n = 0
		for _, g := range a.gates {
			n += g.queues(events, fresh, g.queued)
		}
	}
	switch {
	case n == 0:
		return nil
	case ofBot+n > c.MaxPendingPerBot:
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true, Room: c.MaxPendingPerBot - ofBot}
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
	db.full.Refused(botID, refused.Room, db.cfg.Now())
}

// noteRoom looks at the backlogs that a committed transaction has changed. What waits for other webhooks of the bot is not
// counted here: the next Accept does.
func (tx *tx) noteRoom() {
	for id, h := range tx.health {
		tx.db.full.Room(id.BotID, tx.db.cfg.MaxPendingPerBot-h.waiting, tx.now)
	}
	tx.db.full.Room(uuid.Nil, tx.db.cfg.MaxPending-int(tx.db.waiting.Load()), tx.now)
}

// gate is the part of a webhook's settings that decides where a new event goes.
type gate struct {
	id    store.WebhookID
	bot   int64
	state store.WebhookState
	rules admit.Rules
	gone  bool // deleted: what waits for it is to be skipped
	now   time.Time

	sending *store.Webhook // what was claimed with in this group; nil: nothing was
}

const gatesOf = `SELECT b.number, w.n, w.enabled, w.off_reason, w.url, w.settles_at, w.event_names, w.filter, w.consent, w.deleted_at > 0
	FROM bots b CROSS JOIN webhooks w WHERE w.bot = b.number AND b.id = ? AND b.deleted_at = 0 ORDER BY w.n`

// gates reads the gates of a bot's webhooks once for a group; whatever changes what they depend on calls ungate.
func (tx *tx) gates(botID uuid.UUID) ([]*gate, error) {
	all, err := tx.allGates(botID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(g *gate) bool { return g.gone }), nil
}

// allGates are gates with those of deleted webhooks.
func (tx *tx) allGates(botID uuid.UUID) (all []*gate, err error) {
	if all, ok := tx.gatesRead[botID]; ok {
		return all, nil
	}
	rows, err := tx.rowsBeside(gatesOf, idBytes(botID))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		g := &gate{id: store.WebhookID{BotID: botID}, now: tx.now}
		var offReason, names string
		var options option.Stored
		var settles int64
		if err := rows.Scan(&g.bot, &g.id.N, &g.state.Enabled, &offReason, &g.state.URL, &settles, &names, &options.Filter, &options.Consent, &g.gone); err != nil {
			return nil, err
		}
		if offReason != "" {
			g.state.SwitchedOff = &store.SwitchedOff{Reason: offReason}
		}
		g.state.QuietUntil = fromMillis(settles)
		chosenNames, err := store.ChosenNames(names)
		if err != nil {
			return nil, fmt.Errorf("webhook of %s: event names: %w", g.id, err)
		}
		chosen, err := options.Set()
		if err != nil {
			return nil, fmt.Errorf("webhook of %s: %w", g.id, err)
		}
		g.rules = admit.New(chosenNames, chosen)
		all = append(all, g)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("bot %s: %w", botID, store.ErrNotFound)
	}
	tx.gatesRead[botID] = all
	var numbers []int
	for _, g := range all {
		if !g.gone {
			numbers = append(numbers, g.id.N)
		}
	}
	if !slices.Equal(tx.db.known.Webhooks(botID), numbers) {
		tx.onCommit(func() { tx.db.known.NoteWebhooks(botID, numbers) })
	}
	return all, nil
}

// gate is the gate of one webhook; ErrNotFound if there is none.
func (tx *tx) gate(id store.WebhookID) (*gate, error) {
	all, err := tx.allGates(id.BotID)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		if g.id == id {
			return g, nil
		}
	}
	return nil, fmt.Errorf("webhook of %s: %w", id, store.ErrNotFound)
}

// ungate forgets the gates of a bot: the bot or its settings changed in this group.
func (tx *tx) ungate(botID uuid.UUID) { delete(tx.gatesRead, botID) }

// mustSend returns ErrOff if the webhook does not send: the events would be held at once.
func (tx *tx) mustSend(id store.WebhookID) error {
	g, err := tx.gate(id)
	if err == nil && g.holds() != "" {
		return store.ErrOff
	}
	return err
}

// mustSendOne returns ErrOff if none of the webhooks of a bot that a filter is for sends.
func (tx *tx) mustSendOne(f store.DeliveryFilter) error {
	if f.Webhook != 0 {
		return tx.mustSend(store.WebhookID{BotID: f.BotID, N: f.Webhook})
	}
	all, err := tx.gates(f.BotID)
	if err == nil && !slices.ContainsFunc(all, func(g *gate) bool { return g.holds() == "" }) {
		err = store.ErrOff
	}
	return err
}

// holds says why the webhook does not send, or "".
func (g *gate) holds() string {
	if g.gone {
		return store.ReasonWebhookDeleted
	}
	return g.state.Holds(g.now)
}

// place says where an event goes, and in whose words a filter refuses it. During the quiet time after an edit, a missing URL
// may be about to be typed.
func (g *gate) place(e *admit.Event) (status store.Status, reason string, detail map[string]string) {
	if reason, detail = g.rules.Refuses(e); reason != "" {
		return store.Skipped, reason, detail
	}
	if reason := g.holds(); reason != "" {
		return store.Held, reason, nil
	}
	return store.Queued, "", nil
}

// oddName warns of an event that is not sent only because its name has other upper and lower case than the chosen one:
// "skipped" alone would not say so.
func (g *gate) oddName(eventName string) []store.Warning {
	if g.rules.Chooses(eventName) {
		return nil
	}
	for _, chosen := range g.rules.Names() {
		if strings.EqualFold(chosen, eventName) {
			return []store.Warning{{Pointer: "/event_name", Message: fmt.Sprintf(
				"is not sent: the webhook sends %s, and upper and lower case count; choose %s there too, or send %s", chosen, eventName, chosen)}}
		}
	}
	return nil
}

// mayQueue says whether an event is queued, unless filter or consent say otherwise: asking them costs more.
func (g *gate) mayQueue(e *admit.Event) bool {
	return g.rules.Chooses(e.Name) && g.holds() == ""
}

func (g *gate) queued(e *admit.Event) bool {
	status, _, _ := g.place(e)
	return status == store.Queued
}

// queues counts the events that are going to wait. The others need no room in the backlog.
func (g *gate) queues(events []store.NewDelivery, fresh []int, queued func(*admit.Event) bool) (n int) {
	for _, i := range fresh {
		if queued(&admit.Event{Name: events[i].EventName, Payload: events[i].Payload}) {
			n++
		}
	}
	return n
}
