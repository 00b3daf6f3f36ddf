// Package memory holds what a process remembers of its database, so that it does not ask there each time.
//
// It knows no SQL. What a transaction leaves here changes once that is on disk.
package memory

import (
	"sync"

	"github.com/google/uuid"
)

// Bots remembers the numbers of bots, and of their webhooks. A bot's number is never given to another one, so that none
// of it can become wrong; which webhooks it has is only a hint. The zero value is ready.
type Bots struct {
	mu    sync.RWMutex
	known map[uuid.UUID]bot
}

type bot struct {
	number   int64
	webhooks []int
}

// Number is the number of a bot; 0 if it is not known.
func (b *Bots) Number(id uuid.UUID) int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.known[id].number
}

// Webhooks are the numbers of a bot's webhooks as they were last noted; of an unknown bot, that of its first.
func (b *Bots) Webhooks(id uuid.UUID) []int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if numbers := b.known[id].webhooks; len(numbers) > 0 {
		return numbers
	}
	return []int{1}
}

// NoteNumber remembers the number of a bot.
func (b *Bots) NoteNumber(id uuid.UUID, number int64) {
	b.note(id, func(known *bot) { known.number = number })
}

// NoteWebhooks remembers the numbers of a bot's webhooks.
func (b *Bots) NoteWebhooks(id uuid.UUID, numbers []int) {
	b.note(id, func(known *bot) { known.webhooks = numbers })
}

func (b *Bots) note(id uuid.UUID, change func(*bot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = map[uuid.UUID]bot{}
	}
	known := b.known[id]
	change(&known)
	b.known[id] = known
}
