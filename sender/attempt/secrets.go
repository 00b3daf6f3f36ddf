package attempt

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/event"
	"iozen/store/mask"
)

// secrets masks what an endpoint may echo and the log must not keep: the values of Custom Headers and the signing secrets,
// in whatever spelling, and any beginning of them that gives them away. Anything shorter than mask.Shortest is not masked:
// otherwise half of every answer would be.
type secrets struct {
	all *mask.Mask
	// configured are all but those of the URL: an address that the endpoint names may hold what our own URL holds.
	configured *mask.Mask
}

// plainHeaders hold no secrets.
var plainHeaders = []string{"user-agent", "accept", "content-type", "accept-language", "content-language"}

func secretsOf(w store.Webhook) secrets {
	var values []mask.Value
	add := func(text string, beginning int) {
		if len(text) >= mask.Shortest {
			one := beginning == mask.Shortest && !strings.ContainsAny(text, " ;,{[") // several have names and words in between
			values = append(values, mask.Value{Text: text, Beginning: beginning, Pieces: one})
		}
	}
	for _, secret := range []string{w.Secret, w.PreviousSecret} {
		_, own, _ := strings.Cut(secret, "_") // all of them begin with whsec_
		add(secret, len(secret)-len(own)+mask.Shortest)
		add(own, mask.Shortest)
	}
	for _, h := range w.Headers {
		if !slices.Contains(plainHeaders, strings.ToLower(h.Name)) {
			addHeader(h, add)
		}
	}
	s := secrets{configured: mask.New(event.Mask, values...)}
	n := len(values)
	addURL(w.URL, add)
	if s.all = s.configured; len(values) > n {
		s.all = mask.New(event.Mask, values...)
	}
	return s
}

// addHeader finds the secrets in a header's value: all of it, what follows the word for its scheme, each part that has a name, and
// the two parts of a pair, written plainly or as in Basic.
func addHeader(h store.Header, add func(text string, beginning int)) {
	scheme, token, ok := strings.Cut(strings.TrimSpace(h.Value), " ")
	if token = strings.TrimSpace(token); !ok || !isWord(scheme) {
		scheme, token = "", strings.TrimSpace(h.Value)
	}
	add(h.Value, len(scheme)+mask.Shortest)
	add(token, mask.Shortest)
	addParts(token, add)
	addPair(token, strings.EqualFold(scheme, "Basic"), add)
}

func isWord(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && r != '-' && r != '_'
	})
}

// addParts finds each cookie of several, each parameter of a scheme such as Digest, each text of a JSON value, and what follows a colon.
func addParts(text string, add func(text string, beginning int)) {
	if json.Valid([]byte(text)) && strings.ContainsAny(text[:1], "{[") {
		var value any
		if json.Unmarshal([]byte(text), &value) == nil {
			addTexts(value, add)
		}
		return
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";, &|", r) }) {
		if _, value, ok := strings.Cut(part, "="); ok {
			add(strings.Trim(value, `"`), mask.Shortest)
		}
		if _, value, ok := strings.Cut(part, ":"); ok && !strings.HasPrefix(value, "//") {
			add(strings.Trim(value, `"`), mask.Shortest)
		}
	}
}

func addTexts(value any, add func(text string, beginning int)) {
	switch v := value.(type) {
	case string:
		add(v, mask.Shortest)
	case []any:
		for _, element := range v {
			addTexts(element, add)
		}
	case map[string]any:
		for _, member := range v {
			addTexts(member, add)
		}
	}
}

// addPair finds the user and the password of Basic, and of the schemes that do the same under another name. The user alone is masked as a whole only, and the pair from its password on:
// a beginning of a user's name is a word like any other.
func addPair(token string, basic bool, add func(text string, beginning int)) {
	pair, err := base64.StdEncoding.WithPadding(base64.NoPadding).DecodeString(strings.TrimRight(token, "="))
	if err != nil {
		if pair, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(token, "=")); err != nil {
			return
		}
	}
	user, password, ok := strings.Cut(string(pair), ":")
	if !basic && (!ok || !utf8.Valid(pair) || strings.ContainsFunc(string(pair), unicode.IsControl)) {
		return // only looks like one
	}
	add(string(pair), max(mask.Shortest, len(user)+2))
	add(user, 0)
	add(password, mask.Shortest)
}

// secretNames are parts of the names that secrets have in a URL.
var secretNames = []string{"token", "key", "secret", "sig", "auth", "pass", "pwd", "code", "jwt", "cred", "session", "hmac"}

// addURL finds the parameters of the URL that look like secrets, and a password in it.
func addURL(text string, add func(text string, beginning int)) {
	u, err := url.Parse(text)
	if err != nil {
		return
	}
	if u.User != nil {
		password, _ := u.User.Password()
		add(password, mask.Shortest)
	}
	for _, parameter := range strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(parameter, "=")
		name = strings.ToLower(name)
		if !slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(name, part) }) {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		add(value, mask.Shortest)
	}
}

func (s secrets) mask(text string) string { return s.all.String(text) }

func (s secrets) maskBytes(b []byte) []byte { return s.all.Bytes(b) }

// maskEvidence masks them in what the endpoint wrote besides its answer. Evidence that is to be used literally is dropped
// instead: masked, it would be useless.
func (s secrets) maskEvidence(a *store.Attempt) {
	for key, value := range a.Detail {
		if key == event.DetailUsable {
			if s.configured.String(value) != value {
				delete(a.Detail, key)
			}
			continue
		}
		a.Detail[key] = s.mask(value)
	}
	if c := a.Certificate; c != nil {
		c.Subject, c.Issuer = s.mask(c.Subject), s.mask(c.Issuer)
		names := make([]string, len(c.Names))
		for i, name := range c.Names {
			names[i] = s.mask(name)
		}
		c.Names = names
	}
}

// secretMasks keeps the masks of webhooks that are sent with: making one costs more than using it.
type secretMasks struct {
	mu    sync.Mutex
	known map[uuid.UUID]knownSecrets
}

type knownSecrets struct {
	of      store.Webhook
	secrets secrets
}

// keptMasks bounds how many are kept; each has some kilobytes.
const keptMasks = 1000

// of returns the mask of a webhook's settings.
func (k *secretMasks) of(w store.Webhook) secrets {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.known[w.BotID]
	if ok && known.of.URL == w.URL && known.of.Secret == w.Secret && known.of.PreviousSecret == w.PreviousSecret && slices.Equal(known.of.Headers, w.Headers) {
		return known.secrets
	}
	if k.known == nil {
		k.known = map[uuid.UUID]knownSecrets{}
	}
	if len(k.known) >= keptMasks {
		clear(k.known)
	}
	known = knownSecrets{w, secretsOf(w)}
	known.of.Headers = slices.Clone(w.Headers)
	k.known[w.BotID] = known
	return known.secrets
}
