// Package member is the rules by which the processes that serve one database know of each other: who lives, whose claims are
// released, who leads, and how bounds are shared out. It is pure: it reads no clock and knows no database.
//
// Each process has a row with a counter, and raises it every Beat. Everybody reads all counters every Look, and by a clock of
// his own, which nobody can set: no two machines have to agree on the time. Whose counter has not moved for Dead is declared
// dead, and what he had claimed is released. He may only have been paused: therefore nobody starts anything once Dead less
// Margin has passed since he began the last beat that was confirmed to him.
package member

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Member is a process that serves a database with others.
type Member struct {
	Number int64     // its number among those that write: the smallest that was free
	ID     uuid.UUID // UUIDv7 of its start
	Beat   int64     // its counter
}

// Times are how often members show that they live, and when they are believed not to.
type Times struct {
	Beat   time.Duration // between two beats
	Look   time.Duration // between two looks at all counters
	Dead   time.Duration // a counter that has not moved for so long is that of a dead process
	Margin time.Duration // what may pass between the decision to start something and its start
}

// Usual are the times of a server. A killed process is declared dead within Dead and two looks, so that what it had claimed
// starts again within 15 s.
var Usual = Times{Beat: 3 * time.Second, Look: time.Second, Dead: 12 * time.Second, Margin: 2 * time.Second}

// silence is how long after the beginning of the last confirmed beat things may be started.
func (t Times) silence() time.Duration { return t.Dead - t.Margin }

// Patience is how long one exchange with the database may take. A member may be silent for longer.
func (t Times) Patience() time.Duration { return t.Dead / 4 }

// gap is the longest time between two looks that still count as watching.
func (t Times) gap() time.Duration { return t.Dead / 4 }

// Judge watches the counters of all members for one of them. Its times are since any moment, by a clock that nobody sets.
// The zero value of all but Times is ready.
type Judge struct {
	Times Times

	seen   map[uuid.UUID]sighting
	looked time.Duration // when it last looked
}

type sighting struct {
	beat  int64
	since time.Duration
}

// Look takes the members as they are now and returns those that are to be declared dead. Time in which the judge could not
// look says nothing of anybody: after a gap it begins to watch anew. now is when the look began.
func (j *Judge) Look(now time.Duration, all []Member) (dead []Member) {
	anew := j.seen == nil || now-j.looked > j.Times.gap()
	j.looked = now
	seen := make(map[uuid.UUID]sighting, len(all))
	for _, m := range all {
		was, known := j.seen[m.ID]
		if anew || !known || was.beat != m.Beat {
			was = sighting{m.Beat, now}
		}
		seen[m.ID] = was
		if now-was.since >= j.Times.Dead {
			dead = append(dead, m)
		}
	}
	j.seen = seen
	return dead
}

// MayStart says whether a process whose last confirmed beat began at a moment may start what it has claimed: nobody can have
// declared it dead yet.
func (t Times) MayStart(confirmed, now time.Duration) bool { return now-confirmed < t.silence() }

// Leader is who does what only one does: the living member that was started first. It is none if there are no members.
func Leader(living []Member) (leader uuid.UUID) {
	for i, m := range living {
		if i == 0 || slices.Compare(m.ID[:], leader[:]) < 0 {
			leader = m.ID
		}
	}
	return leader
}

// Free is the smallest number that no member has; they begin at 1.
func Free(all []Member) (number int64) {
	for number = 1; slices.ContainsFunc(all, func(m Member) bool { return m.Number == number }); number++ {
	}
	return number
}
