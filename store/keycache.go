package store

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// keyLife is how long a key is believed without asking the database. A revocation made by this process counts at
	// once; one made by another process (a replica) counts here after this time at the latest. That is the price for
	// not reading a row with every event.
	keyLife = 5 * time.Second
	// maxKeys bounds the memory; more keys than that in use at once just means more reads.
	maxKeys = 1024
)

// keyCache remembers the API keys in use, never their secrets (a Key has only the hash). The zero value is ready.
type keyCache struct {
	mu         sync.Mutex
	keys       map[uuid.UUID]cachedKey
	generation int // grows with every revocation
}

type cachedKey struct {
	Key
	until time.Time
}

// get returns a key that may still be believed; generation is for put.
func (c *keyCache) get(id uuid.UUID, now time.Time) (k Key, ok bool, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cached, ok := c.keys[id]
	return cached.Key, ok && now.Before(cached.until), c.generation
}

// put remembers a key that was read after the get of that generation: if a key was revoked in between, what was read
// may be older than that, and is not believed.
func (c *keyCache) put(k Key, now time.Time, generation int) {
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

// forget is called once a revocation is on disk.
func (c *keyCache) forget(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	delete(c.keys, id)
}

// touch notes a use and says whether it is the first in a minute, which only one of many callers is told.
func (c *keyCache) touch(k Key, now time.Time) bool {
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
