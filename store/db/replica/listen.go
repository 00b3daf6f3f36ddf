package replica

import (
	"context"
	"time"

	"iozen/store"
)

// listen hears, and connects again whenever it has lost the connection.
func (l *Link) listen(ctx context.Context) {
	for pause := firstPause; ctx.Err() == nil; {
		began := time.Now()
		err := l.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		l.deafen()
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		l.log.Warn("listening to other replicas", "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

func (l *Link) listenOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.hangUp, l.since = cancel, time.Now()
	l.mu.Unlock()
	return l.server.Listen(ctx, func() {
		l.mu.Lock()
		clear(l.beats) // what was said before this connection does not show that it hears
		first := l.numberBeat(time.Now())
		l.mu.Unlock()
		l.say(message{kind: beat, from: l.name, ticket: first})
	}, l.hear)
}

// hangUpAfter is how many times Fresh a connection may hear nothing before another one is tried: the network may have
// dropped it without a word.
const hangUpAfter = 4

func (l *Link) hangUpSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if patience := hangUpAfter * l.times.Fresh; time.Since(l.since) > patience && time.Since(l.freshAt) > patience {
		l.hangUp()
	}
}

// deafen notes that something may have been missed: the connection was lost.
func (l *Link) deafen() {
	l.mu.Lock()
	l.freshAt = time.Time{}
	l.mu.Unlock()
	l.notice()
}

// hear reacts to one message.
func (l *Link) hear(text string) {
	m, err := parse(text)
	if err != nil {
		l.log.Warn("listening to other replicas", "error", err)
		l.heard.Notices("", 0, []store.Notice{store.LookAtAll}) // of a newer version, maybe
		return
	}
	if m.from == l.name {
		if m.kind == beat {
			l.heardMyself(m.ticket)
		}
		return
	}
	missed := l.note(m)
	switch m.kind {
	case notices:
		l.heard.Notices(m.from, m.count, m.notices)
		if m.ticket > 0 {
			l.say(message{kind: heard, from: l.name, to: m.from, ticket: m.ticket})
		}
	case beat:
		if missed {
			l.heard.Notices(m.from, m.count, []store.Notice{{What: store.Due}})
		} else {
			l.heard.Notices(m.from, m.count, nil)
		}
	case heard:
		if m.to == l.name {
			l.confirmed(m.ticket, m.from)
		}
	case words:
		l.heard.Words(m.words)
	case left:
		l.heard.Gone(m.from)
	}
}

// note notes who said something, and says whether that replica has told of a commit that was not heard.
func (l *Link) note(m message) (missed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.kind == left {
		delete(l.peers, m.from)
		l.tickets.without(m.from)
		return false
	}
	known, met := l.peers[m.from]
	missed = met && m.kind == beat && m.count > known.count
	l.peers[m.from] = peer{heardAt: time.Now(), count: max(known.count, m.count)}
	return missed
}

// heardMyself notes that all has been heard that was said before a beat.
func (l *Link) heardMyself(beat uint64) {
	l.mu.Lock()
	at, sent := l.beats[beat]
	delete(l.beats, beat)
	if sent && at.After(l.freshAt) {
		l.freshAt = at
	}
	l.mu.Unlock()
	l.notice()
}

// watch notices when nothing was heard for too long, and forgets replicas that are silent.
func (l *Link) watch(ctx context.Context) {
	tick := time.NewTicker(l.times.Beat / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.notice()
			l.hangUpSilent()
			l.forgetSilent()
		case <-ctx.Done():
			return
		}
	}
}

// notice has everything looked at when the link has become deaf, so that nothing departs any more, and when it hears again.
func (l *Link) notice() {
	l.mu.Lock()
	is := l.isFresh()
	changed := is != l.fresh
	l.fresh = is
	begins := false
	if is {
		select {
		case <-l.first:
		default:
			begins = true
			close(l.first)
		}
	}
	l.mu.Unlock()
	if changed && !begins {
		l.heard.Notices("", 0, []store.Notice{store.LookAtAll})
	}
}

// forgottenAfter is when a silent replica is forgotten: pages that it served may come back for a while.
const forgottenAfter = time.Minute

func (l *Link) forgetSilent() {
	l.mu.Lock()
	var gone []string
	for name, p := range l.peers {
		if time.Since(p.heardAt) > l.times.Silent+forgottenAfter {
			delete(l.peers, name)
			gone = append(gone, name)
		}
	}
	l.tickets.forgetOld(time.Now(), l.times)
	l.mu.Unlock()
	for _, name := range gone {
		l.heard.Gone(name)
	}
}
