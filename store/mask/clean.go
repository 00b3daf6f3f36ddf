package mask

import "sync"

// clean remembers short texts in which there was nothing to mask: an endpoint answers with the same headers and the same few
// words, time after time.
type clean struct {
	mu    sync.RWMutex
	texts map[string]struct{}
}

const (
	cleanLength = 256 // of a text that is worth remembering
	cleanTexts  = 32
)

func (c *clean) knows(text string) bool {
	if len(text) > cleanLength {
		return false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, known := c.texts[text]
	return known
}

func (c *clean) learn(text string) {
	if len(text) > cleanLength {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.texts == nil || len(c.texts) >= cleanTexts {
		c.texts = make(map[string]struct{}, cleanTexts)
	}
	c.texts[text] = struct{}{}
}
