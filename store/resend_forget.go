package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// resendsFor is how long a resend that has ended is kept. What it searched for is gone at its end.
const resendsFor = 24 * time.Hour

// withoutSearch is what is kept of a filter when its work is done: whom it looked for is nobody's business then.
func (f DeliveryFilter) withoutSearch() DeliveryFilter {
	f.Query, f.Cursor = "", ""
	return f
}

// looksFor says whether a search finds a person by what is known here.
func (f DeliveryFilter) looksFor(p Person) bool {
	forms := p.forms()
	for _, known := range peopleOf(f.Query, f.Query, f.Query) {
		if slices.ContainsFunc(known.forms(), func(form string) bool { return slices.Contains(forms, form) }) {
			return true
		}
	}
	return false
}

// forgetSearches ends the resends that look for a person: they would find nothing any more, and hold what they look for.
func (tx *tx) forgetSearches(p Person) error {
	jobs, err := tx.runningResends()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.Filter.looksFor(p) {
			continue
		}
		j.State, j.EndedAt = ResendStopped, tx.now
		if err := tx.updateResend(j); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) runningResends() (jobs []ResendJob, err error) {
	rows, err := tx.rows(`SELECT `+resendColumns+` FROM resend_jobs WHERE state = ?`, string(ResendRunning))
	if err != nil {
		return nil, fmt.Errorf("reading resends: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		j, err := tx.db.scanResend(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("reading resends: %w", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// DeleteOldResends removes up to limit resends that ended before a moment, and returns how many.
func (db *DB) DeleteOldResends(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM resend_jobs WHERE id IN (SELECT id FROM resend_jobs WHERE state <> ? AND ended_at < ? LIMIT ?)`,
			string(ResendRunning), millis(before), limit)
		n = int(gone)
		return err
	})
	return n, err
}
