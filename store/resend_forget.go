package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// jobsFor is how long a job that has ended is kept. Whom it searched for is gone at its end.
const jobsFor = 24 * time.Hour

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
		j.State = JobStopped
		if err := tx.updateJob(&j); err != nil {
			return err
		}
	}
	return nil
}

// runningResends reads the resends that run. One that cannot be read is damaged, or was sealed with a key that is gone: it
// tells nobody anything, and keeps nobody from being erased.
func (tx *tx) runningResends() (jobs []Job, err error) {
	rows, err := tx.rows(`SELECT `+jobColumns+` FROM resend_jobs WHERE state = ? AND kind = ?`, string(JobRunning), string(JobResend))
	if err != nil {
		return nil, fmt.Errorf("reading resends: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if j, err := tx.db.scanJob(rows.Scan); err == nil {
			jobs = append(jobs, j)
		}
	}
	return jobs, rows.Err()
}

// DeleteOldJobs removes up to limit jobs that ended before a moment, and returns how many.
func (db *DB) DeleteOldJobs(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		gone, err := tx.exec(`DELETE FROM resend_jobs WHERE id IN (SELECT id FROM resend_jobs WHERE state <> ? AND ended_at < ? LIMIT ?)`,
			string(JobRunning), millis(before), limit)
		n = int(gone)
		return err
	})
	return n, err
}
