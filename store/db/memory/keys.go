package memory

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

const (
	// keyLife is how long a cached key is valid without asking the database. A revocation counts at once where it was made, and
	// in every process that hears of it; in one that does not, after this time at the latest. That is the price of not reading
	// a row with every event.
	keyLife = 5 * time.Second
	// maxKeys bounds the memory; more keys than that in use at once just means more reads.
	maxKeys = 1024
)

// Keys remembers the API keys in use, never their secrets (a Key has only the hash). The zero value is ready.
type Keys struct {
	mu         sync.Mutex
	keys       map[uuid.UUID]cachedKey
	generation int // grows with every revocation
}

type cachedKey struct {
	store.Key
	until time.Time
}

// Get returns a key that is still valid; generation is for Put.
func (c *Keys) Get(id uuid.UUID, now time.Time) (k store.Key, ok bool, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cached, ok := c.keys[id]
	return cached.Key, ok && now.Before(cached.until), c.generation
}

// Put remembers a key that was read after the Get of that generation: if a key was revoked in between, what was read may be
// outdated, and is not cached.
func (c *Keys) Put(k store.Key, now time.Time, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = make(map[uuid.UUID]cachedKey)
	}
	c.keys[k.ID] = cachedKey{k, now.Add(keyLife)}
}

// Forget is called once a revocation is on disk.
func (c *Keys) Forget(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.keys, id)
}

// ForgetAll is Forget for what another process has revoked.
func (c *Keys) ForgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.keys)
}

// Touch records a use and says whether it is the first in a minute; only one of many callers gets true.
func (c *Keys) Touch(k store.Key, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	cached, ok := c.keys[k.ID]
	if ok && cached.LastUsedAt.After(k.LastUsedAt) {
		k.LastUsedAt = cached.LastUsedAt
	}
	if now.Sub(k.LastUsedAt) < time.Minute {
		return false
	}
	if ok {
		cached.LastUsedAt = now
		c.keys[k.ID] = cached
	}
	return true
}
