package store

import "context"

// EachDelivery hands over every delivery that a filter shows, newest first, with its payload. It reads page by page, so that
// the length of the log costs no memory, and keeps no transaction open for a slow reader: what comes meanwhile is not
// shown, what changes meanwhile is shown as it is then.
func (db *DB) EachDelivery(ctx context.Context, f DeliveryFilter, do func(Delivery) error) error {
	w, err := db.walk(ctx, f, cursor{}, false)
	if err != nil {
		return err
	}
	for w.payloads = true; !w.ended; {
		page, err := w.step(ctx, MaxLimit)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := do(d); err != nil {
				return err
			}
		}
	}
	return nil
}
