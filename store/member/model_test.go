package member

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// world is a database with the processes that serve it, in which time passes tick by tick.
type world struct {
	t         *rapid.T
	now       time.Duration
	rows      map[uuid.UUID]Member
	owners    map[int]uuid.UUID // of claims
	processes []*process
}

// process is what one process knows. Its clock began at a moment of its own.
type process struct {
	*world
	id        uuid.UUID
	number    int64
	began     time.Duration // when its clock stood at 0
	beats     int64
	confirmed time.Duration // when the last confirmed beat began, by its clock
	joined    bool
	claims    map[int]bool
	judge     Judge
	nextBeat  time.Duration
	nextLook  time.Duration
	paused    time.Duration // until when
	underWay  []func()      // answers of the database, which come a tick later or after a pause
	crashed   bool
}

const tick = 50 * time.Millisecond

func (p *process) clock() time.Duration { return p.now - p.began }

func (p *process) mayStart() bool { return p.joined && testTimes.MayStart(p.confirmed, p.clock()) }

func (p *process) join() {
	began := p.clock()
	p.number = Free(sorted(p.rows))
	p.beats++ // else whoever saw the counter stand still before could declare the new row dead
	p.rows[p.id] = Member{p.number, p.id, p.beats}
	p.claims = map[int]bool{}
	p.joined, p.confirmed, p.nextBeat = true, began, began+testTimes.Beat
}

// beat raises the counter, if the request arrives, and learns it, if the answer does.
func (p *process) beat() {
	began := p.clock()
	p.nextBeat = began + testTimes.Beat
	way := rapid.SampledFrom([]string{"fine", "fine", "fine", "never arrives", "the answer is lost"}).Draw(p.t, "beat")
	if way == "never arrives" {
		return
	}
	p.underWay = append(p.underWay, func() { // the request arrives
		row, there := p.rows[p.id]
		if there {
			p.beats++
			row.Beat = p.beats
			p.rows[p.id] = row
		}
		if way == "fine" {
			p.underWay = append(p.underWay, func() { // the answer arrives
				if there {
					p.confirmed = max(p.confirmed, began)
					return
				}
				p.joined, p.claims = false, nil
				p.join()
			})
		}
	})
}

func (p *process) look() {
	began := p.clock()
	p.nextLook = began + testTimes.Look
	if rapid.IntRange(0, 9).Draw(p.t, "look") == 0 {
		return // it did not get through
	}
	for _, m := range p.judge.Look(began, sorted(p.rows)) {
		p.underWay = append(p.underWay, func() { // what is declared is guarded by the counter that was read
			if p.rows[m.ID] != m {
				return
			}
			delete(p.rows, m.ID)
			for claim, owner := range p.owners {
				if owner == m.ID {
					delete(p.owners, claim)
				}
			}
		})
	}
}

// work claims what nobody has, as a member only, and starts what it has claimed, if it may.
func (p *process) work() {
	if _, member := p.rows[p.id]; member && p.joined {
		claim := rapid.IntRange(0, 5).Draw(p.t, "claim")
		if _, taken := p.owners[claim]; !taken {
			p.owners[claim] = p.id
			p.claims[claim] = true
		}
	}
	for claim := range p.claims {
		if p.mayStart() {
			require.Equal(p.t, p.id, p.owners[claim], "it starts what is another's")
		}
	}
}

func (p *process) step() {
	if p.crashed || p.now < p.paused {
		return
	}
	arrived := p.underWay
	p.underWay = nil
	for _, f := range arrived {
		f()
	}
	if rapid.IntRange(0, 200).Draw(p.t, "pause") == 0 {
		p.paused = p.now + time.Duration(rapid.IntRange(1, 4000).Draw(p.t, "for"))*time.Millisecond
		return
	}
	if p.clock() >= p.nextBeat {
		p.beat()
	}
	if p.clock() >= p.nextLook {
		p.look()
	}
	p.work()
}

func sorted(rows map[uuid.UUID]Member) (all []Member) {
	for n := byte(0); n < 10; n++ {
		if m, ok := rows[id(n)]; ok {
			all = append(all, m)
		}
	}
	return all
}

func newWorld(t *rapid.T, processes int) *world {
	w := &world{t: t, rows: map[uuid.UUID]Member{}, owners: map[int]uuid.UUID{}}
	for n := range processes {
		p := &process{world: w, id: id(byte(n)), began: -time.Duration(rapid.IntRange(0, 1e6).Draw(t, "clock")) * time.Millisecond, judge: Judge{Times: testTimes}}
		p.join()
		w.processes = append(w.processes, p)
	}
	return w
}

// Whatever is lost and whoever is paused: who may start what it has claimed is a member, and the claims are its own. So no two
// ever may start the same.
func TestNobodyStartsWhatMayBeAnothers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, 3)
		for range rapid.IntRange(100, 300).Draw(t, "ticks") {
			w.now += tick
			for _, p := range w.processes {
				p.step()
			}
			numbers := map[int64]bool{}
			for _, m := range w.rows {
				require.False(t, numbers[m.Number], "two members have one number")
				numbers[m.Number] = true
			}
			for _, p := range w.processes {
				if p.mayStart() {
					require.Contains(t, w.rows, p.id, "it was declared dead and does not know")
				}
			}
		}
	})
}

// Whoever dies is no member any more, and has no claims, in time; whoever lives and is heard stays one.
func TestTheDeadAreFoundInTimeAndTheLivingStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, 3)
		calm := func(of time.Duration) {
			for end := w.now + of; w.now < end; {
				w.now += tick
				for _, p := range w.processes[1:] {
					p.confirmed = p.clock()
					if p.clock() >= p.nextBeat {
						p.nextBeat = p.clock() + testTimes.Beat
						p.beats++
						w.rows[p.id] = Member{p.number, p.id, p.beats}
					}
					for p.clock() >= p.nextLook {
						p.nextLook += testTimes.Look
						for _, m := range p.judge.Look(p.clock(), sorted(w.rows)) {
							require.Equal(t, w.processes[0].id, m.ID, "it lives")
							delete(w.rows, m.ID)
						}
					}
				}
			}
		}
		for _, p := range w.processes {
			p.nextLook = p.clock()
		}
		calm(time.Duration(rapid.IntRange(0, 1000).Draw(t, "before")) * time.Millisecond)
		w.rows[id(0)] = Member{1, id(0), 99} // its last beat
		calm(testTimes.Dead + 2*testTimes.Look)
		require.NotContains(t, w.rows, id(0))
		require.Len(t, w.rows, 2)
	})
}
