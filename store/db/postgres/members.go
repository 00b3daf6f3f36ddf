package postgres

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"iozen/store/clock"
	"iozen/store/member"
)

// Members is a process's place among those that serve a database: it keeps its own row alive, on a connection of its own, and
// watches those of the others. What it hears of them it tells in a goroutine of its own, so that nothing keeps it from showing
// that it lives.
type Members struct {
	member.Serving
	at      Address
	clock   *clock.Reference // of the server; nil: nobody goes by it
	judge   member.Judge
	conn    *pgx.Conn // nil: there is none
	beats   int64
	next    time.Duration        // when the next beat is due
	tell    chan []member.Member // who is silent; it holds the newest look
	stop    context.CancelFunc
	working sync.WaitGroup

	number    atomic.Int64 // 0: it was declared dead, and has not joined anew yet
	confirmed atomic.Int64 // when the last beat that was confirmed began
	living    atomic.Pointer[[]member.Member]
}

// joinPatience is how long joining may take: until then nobody relies on this process.
const joinPatience = 10 * time.Second

// join makes this process a member. Nothing is told before Watch.
func join(ctx context.Context, at Address, s member.Serving, by *clock.Reference) (*Members, error) {
	m := &Members{at: at, Serving: s, clock: by, judge: member.Judge{Times: s.Times}, tell: make(chan []member.Member, 1), stop: func() {}}
	m.living.Store(&[]member.Member{})
	if err := m.round(ctx, max(joinPatience, s.Times.Patience()), m.enter); err != nil {
		return nil, fmt.Errorf("joining those that serve %s: %w", at, at.Explain(err))
	}
	return m, nil
}

// Watch begins to show that this process lives, and to look after the others.
func (m *Members) Watch(ctx context.Context) {
	ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	m.working.Go(func() { m.run(ctx) })
	m.working.Go(func() { m.report(ctx) })
}

// Number is this process's number among the members; 0 while it is none.
func (m *Members) Number() int64 { return m.number.Load() }

// Living are the members as they were last seen, by their ids.
func (m *Members) Living() []member.Member { return *m.living.Load() }

// MayStart says that nobody can have declared this process dead.
func (m *Members) MayStart() bool {
	return m.Number() != 0 && m.Times.MayStart(time.Duration(m.confirmed.Load()), m.Elapsed())
}

// Close ends the watching. Closing twice is harmless. The row stays: whoever leaves removes it together with what it has claimed.
func (m *Members) Close() error {
	m.stop()
	m.working.Wait()
	return nil
}

func (m *Members) run(ctx context.Context) {
	defer m.hangUp()
	look := time.NewTicker(m.Times.Look)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if err := m.round(ctx, m.Times.Patience(), m.beat); err != nil && ctx.Err() == nil {
			m.Heard.Trouble(MapError(err))
		}
	}
}

// round shows that this process lives, by beat, and looks who else does.
func (m *Members) round(ctx context.Context, patience time.Duration, beat func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		if err != nil {
			m.hangUp()
		}
	}()
	if m.conn == nil {
		if m.conn, err = m.at.Connect(ctx); err != nil {
			return err
		}
		if err := checkSchema(ctx, m.conn, m.at); err != nil {
			return err
		}
	}
	if err := beat(ctx); err != nil {
		return err
	}
	return m.look(ctx)
}

func (m *Members) hangUp() {
	if m.conn != nil {
		hangUp(m.conn)
		m.conn = nil
	}
}

// beat raises the counter when it is time to. A process that finds its row gone was declared dead, and joins anew.
func (m *Members) beat(ctx context.Context) error {
	began := m.Elapsed()
	if began < m.next {
		return nil
	}
	m.beats++
	tag, err := m.conn.Exec(ctx, `UPDATE members SET beat = $3 WHERE number = $1 AND id = $2`, m.Number(), m.ID[:], m.beats)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		m.number.Store(0)
		return m.enter(ctx)
	}
	m.confirm(began)
	return nil
}

func (m *Members) confirm(began time.Duration) {
	m.confirmed.Store(int64(began))
	m.next = began + m.Times.Beat
}

// enter makes this process a member, while nobody writes. Its counter is higher than it ever was: whoever saw it stand still
// before does not declare the new row dead. What it has claimed as a member before is dropped first.
func (m *Members) enter(ctx context.Context) error {
	began := m.Elapsed()
	m.beats++
	var number int64
	err := pgx.BeginFunc(ctx, m.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(`+writing+`)`); err != nil {
			return err
		}
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		number = member.Free(all)
		if i := slices.IndexFunc(all, func(o member.Member) bool { return o.ID == m.ID }); i >= 0 { // an earlier try has succeeded
			number = all[i].Number
		}
		_, err = tx.Exec(ctx, `INSERT INTO members (number, id, beat) VALUES ($1, $2, $3) ON CONFLICT (number) DO UPDATE SET beat = excluded.beat`,
			number, m.ID[:], m.beats)
		return err
	})
	if err != nil {
		return err
	}
	m.Heard.Joined(number)
	m.confirm(began)
	m.number.Store(number)
	return nil
}

// look reads all counters, and has those told of that stand still.
func (m *Members) look(ctx context.Context) error {
	began := m.Elapsed()
	all, err := read(ctx, m.conn)
	if err != nil {
		return err
	}
	m.living.Store(&all)
	if err := m.tellTime(ctx); err != nil {
		return err
	}
	silent := slices.DeleteFunc(m.judge.Look(began, all), func(o member.Member) bool { return o.ID == m.ID })
	select {
	case <-m.tell: // nobody has come to hear it, and this look knows more
	default:
	}
	m.tell <- silent
	return nil
}

func (m *Members) tellTime(ctx context.Context) error {
	if m.clock == nil {
		return nil
	}
	shows, err := timeOf(ctx, m.conn)
	if err == nil {
		m.clock.Tell(shows)
	}
	return err
}

// timeOf is what the server's clock shows.
func timeOf(ctx context.Context, conn *pgx.Conn) (shows time.Time, err error) {
	if err = conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&shows); err != nil {
		err = fmt.Errorf("asking for the time: %w", err)
	}
	return shows, err
}

func (m *Members) report(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case silent := <-m.tell:
			m.Heard.Looked(ctx, silent)
		}
	}
}

func read(ctx context.Context, on interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
},
) ([]member.Member, error) {
	rows, err := on.Query(ctx, `SELECT number, id, beat FROM members ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[member.Member])
}
