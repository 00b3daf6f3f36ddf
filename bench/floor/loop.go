package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// What the work is. Delivering begins with events that were accepted, which is not measured.
const (
	accept  = "accept"
	deliver = "deliver"
	both    = "both" // each group accepts some, and delivers those that the group before has accepted
)

// loop does the work on one connection.
type loop struct {
	writer
	journal [][]byte // what is in the journal of people and not in their index
}

// writer writes to one of the databases, in the way that suits it.
type writer interface {
	begin() error
	commit() error
	// exec runs a statement, with its parameters as question marks.
	exec(text string, args ...any) error
	// many writes the rows [from, to) of a change.
	many(c change, from, to int) error
	close() error
}

// newLoop makes the schema in an empty database.
func newLoop(ctx context.Context, database, migrations string) (*loop, error) {
	files, err := filepath.Glob(filepath.Join(migrations, "*.sql")) // in order
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("no migrations in %q", migrations), err)
	}
	open := openRows
	if isPostgres(database) {
		open = openArrays
	}
	w, err := open(ctx, database)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = w.exec(string(text))
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", file, err), w.close())
		}
	}
	return &loop{writer: w}, nil
}

// prepare does what comes before the work, and returns how many events that is of.
func (l *loop) prepare(r rows, work string, groups int) (n int, err error) {
	n = len(r.inserts.args)
	switch {
	case groups < 1 || groups > n:
		return n, fmt.Errorf("%d events in %d groups", n, groups)
	case work == accept:
		return n, nil
	case len(r.attempts.args) == 0:
		return n, errors.New("none of these events was delivered")
	case work == deliver:
		return n, l.write(r, accept, max(1, n/1000))
	}
	return n, nil
}

// write does the work in groups of about the same size. With both, a group delivers what the group before has accepted.
func (l *loop) write(r rows, work string, groups int) error {
	const none = -1
	commits := groups
	if work == both {
		commits++
	}
	for i := range commits {
		accepted, delivered := i, i
		switch work {
		case accept:
			delivered = none
		case deliver:
			accepted = none
		case both:
			delivered = i - 1
		}
		if err := l.group(r, groups, accepted, delivered, commits-1-i); err != nil {
			return fmt.Errorf("group %d of %d: %w", i, groups, err)
		}
	}
	return nil
}

// group is one commit.
func (l *loop) group(r rows, groups, accepted, delivered, left int) error {
	if err := l.begin(); err != nil {
		return err
	}
	if err := l.accept(r, groups, accepted); err != nil {
		return err
	}
	if err := l.deliver(r, groups, delivered); err != nil {
		return err
	}
	if err := l.sumDays(r.days, groups, accepted, delivered); err != nil {
		return err
	}
	health := append(slices.Clip(r.health), r.waiting+int64(left)) // a row that stays the same would not be written
	if err := l.exec(r.healthText, health...); err != nil {
		return err
	}
	return l.commit()
}

// part is which of n things belong to a group.
func part(n, groups, group int) (from, to int) {
	if group < 0 || group >= groups {
		return 0, 0
	}
	return n * group / groups, n * (group + 1) / groups
}

// accept writes the events of a group, their part of the journal of people, and what is counted of them.
func (l *loop) accept(r rows, groups, group int) error {
	from, to := part(len(r.inserts.args), groups, group)
	if from == to {
		return nil
	}
	for _, c := range []change{r.inserts, r.eventIDs} {
		if err := l.many(c, from, to); err != nil {
			return err
		}
	}
	l.journal = append(l.journal, r.people[from:to]...)
	if err := l.exec(`INSERT INTO people_journal (entries) VALUES (?)`, bytes.Join(r.people[from:to], nil)); err != nil {
		return err
	}
	if len(l.journal) >= journalFull {
		if err := l.sortIn(); err != nil {
			return err
		}
	}
	return l.count(r.accepted, groups, group)
}

// deliver writes the attempts of a group, what they made of its events, and what is counted of them.
func (l *loop) deliver(r rows, groups, group int) error {
	from, to := part(len(r.settles.args), groups, group)
	for _, c := range []change{r.settles, r.attempts} {
		if err := l.many(c, from, to); err != nil {
			return err
		}
	}
	return l.count(r.delivered, groups, group)
}

func (l *loop) count(counters []counter, groups, group int) error {
	for _, c := range counters {
		from, to := part(c.n, groups, group)
		if from == to {
			continue
		}
		err := l.exec(`INSERT INTO counters (bot, hour, kind, bucket, n, writer, count) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (bot, hour, kind, bucket, n, writer) DO UPDATE SET count = counters.count + excluded.count`, append(slices.Clip(c.key), to-from)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// sumDays adds to each day, in one row, what a commit has accepted and delivered.
func (l *loop) sumDays(days []day, groups, accepted, delivered int) error {
	for _, d := range days {
		from, to := part(d.accepted, groups, accepted)
		sums := []any{to - from}
		added := to - from
		for _, n := range d.delivered {
			from, to := part(n, groups, delivered)
			sums = append(sums, to-from)
			added += to - from
		}
		if added == 0 {
			continue
		}
		err := l.exec(`INSERT INTO days (bot, day, n, writer, accepted, delivered, failed_attempts, failed, expired, answered, answered_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (bot, day, n, writer) DO UPDATE SET accepted = days.accepted + excluded.accepted, delivered = days.delivered + excluded.delivered,
				failed_attempts = days.failed_attempts + excluded.failed_attempts, failed = days.failed + excluded.failed,
				expired = days.expired + excluded.expired, answered = days.answered + excluded.answered, answered_ms = days.answered_ms + excluded.answered_ms`, slices.Concat(d.key, sums)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// journalFull is after how many events their hashes are sorted into the index.
const journalFull = 8000

// sortIn empties the journal into the index of people, in the order of the index.
func (l *loop) sortIn() error {
	hashes := index(l.journal)
	slices.SortFunc(hashes, func(a, b indexed) int { return cmp.Or(cmp.Compare(a.run, b.run), bytes.Compare(a.hash, b.hash)) })
	sorted := change{table: "people", columns: []string{"run", "hash", "bot", "delivery"}, args: make([][]any, len(hashes))}
	for i, h := range hashes {
		sorted.args[i] = h.args
	}
	if err := l.many(sorted, 0, len(hashes)); err != nil {
		return err
	}
	l.journal = nil
	return l.exec(`DELETE FROM people_journal`)
}
