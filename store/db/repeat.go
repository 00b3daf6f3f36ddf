package db

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/db/number"
	"iozen/store/db/statement"
)

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
