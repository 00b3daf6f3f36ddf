package replica

import (
	"context"
	"maps"
	"time"

	"iozen/store"
)

const (
	// firstPause and longestPause are between two tries to connect.
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
	// mostUrgent bounds what waits to be said while there is no connection: a replica that cannot speak is waited for by nobody.
	mostUrgent = 1000
)

// speak says what is to be said, and a beat from time to time. What could not be said is said again.
func (l *Link) speak(ctx context.Context) {
	var speaker Speaker
	defer func() { l.leave(speaker) }()
	beats := time.NewTicker(l.times.Beat)
	defer beats.Stop()
	unsaid, pause := []string{l.nextBeat()}, firstPause
	for {
		if len(unsaid) == 0 {
			select {
			case <-l.wake:
				unsaid = l.news()
			case <-beats.C:
				unsaid = append(l.news(), l.nextBeat())
			case <-ctx.Done():
				return
			}
			continue
		}
		var err error
		if speaker, err = l.sayAll(ctx, speaker, unsaid); err == nil {
			unsaid, pause = nil, firstPause
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, longestPause)
		if len(unsaid) < mostUrgent {
			unsaid = append(unsaid, append(l.news(), l.nextBeat())...)
		}
	}
}

// sayAll says messages, on a new connection if there is none; it returns none after an error.
func (l *Link) sayAll(ctx context.Context, speaker Speaker, messages []string) (Speaker, error) {
	ctx, cancel := context.WithTimeout(ctx, l.times.Patience)
	defer cancel()
	if speaker == nil {
		var err error
		if speaker, err = l.server.Speak(ctx); err != nil {
			return nil, err
		}
	}
	if err := speaker.Say(ctx, messages); err != nil {
		_ = speaker.Close() // it is of no use any more
		return nil, err
	}
	return speaker, nil
}

// leave says what is left to say, and good-bye, so that nobody waits for this replica.
func (l *Link) leave(speaker Speaker) {
	if speaker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.times.Beat)
	defer cancel()
	_ = speaker.Say(ctx, append(l.news(), message{kind: left, from: l.name}.String())) // they notice it anyway
	_ = speaker.Close()
}

// news takes what is to be said.
func (l *Link) news() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.urgent
	l.urgent = nil
	if len(l.pending) > 0 {
		m := message{kind: notices, from: l.name, count: l.count}
		for id, what := range l.pending {
			m.notices = append(m.notices, store.Notice{WebhookID: id, What: what})
		}
		clear(l.pending)
		said = append(said, m.String())
	}
	return said
}

// nextBeat is a beat, which names the commits that were told before it.
func (l *Link) nextBeat() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	number := l.numberBeat(now)
	maps.DeleteFunc(l.beats, func(_ uint64, sent time.Time) bool { // what is too old to come back makes nothing fresh
		return now.Sub(sent) > l.times.Fresh
	})
	count := l.count
	if len(l.pending) > 0 {
		count = 0 // not all of it is told
	}
	return message{kind: beat, from: l.name, count: count, ticket: number}.String()
}

// numberBeat numbers a beat that is sent now. Whoever calls it holds the lock.
func (l *Link) numberBeat(now time.Time) uint64 {
	l.beaten++
	l.beats[l.beaten] = now
	return l.beaten
}
