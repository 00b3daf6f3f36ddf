package replica

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
)

// largest is how many bytes a notification of PostgreSQL holds at most.
const largest = 7999

// kind is what a message says.
type kind byte

const (
	notices kind = 'n' // what commits changed
	beat    kind = 'b' // the sender lives, and hears itself by it
	heard   kind = 'h' // the sender has dropped what a ticket takes back
	words   kind = 'w' // something for the handlers
	left    kind = 'l' // the sender stops
)

// message is what one replica tells the others, in one notification.
type message struct {
	kind   kind
	from   string // a replica's name: no blanks
	count  uint64 // of the sender's commits that it has told of, this one included; 0: it does not say
	ticket uint64 // of notices: to be confirmed, 0 if not; of heard: what is confirmed; of a beat: its number
	to     string // of heard: whose ticket

	notices []store.Notice
	words   string
}

var errUnreadable = errors.New("a message of another replica cannot be read")

// String packs a message. Notices that do not fit become one about everything.
func (m message) String() string {
	head := strings.Join([]string{string(m.kind), m.from, strconv.FormatUint(m.count, 36), strconv.FormatUint(m.ticket, 36)}, " ") + " "
	switch m.kind {
	case notices:
		if tail := packNotices(m.notices); len(head)+len(tail) <= largest {
			return head + tail
		}
		return head + packNotices([]store.Notice{merged(m.notices)})
	case heard:
		return head + m.to
	case words:
		return head + m.words
	}
	return head
}

// merged is one notice about everything that says what several say.
func merged(all []store.Notice) (n store.Notice) {
	for _, one := range all {
		n.What |= one.What
	}
	return n
}

func parse(text string) (m message, err error) {
	parts := strings.SplitN(text, " ", 5)
	if len(parts) != 5 || len(parts[0]) != 1 {
		return m, errUnreadable
	}
	m.kind, m.from = kind(parts[0][0]), parts[1]
	count, err1 := strconv.ParseUint(parts[2], 36, 64)
	ticket, err2 := strconv.ParseUint(parts[3], 36, 64)
	if errors.Join(err1, err2) != nil {
		return m, errUnreadable
	}
	m.count, m.ticket = count, ticket
	switch m.kind {
	case notices:
		m.notices, err = unpackNotices(parts[4])
	case heard:
		m.to = parts[4]
	case words:
		m.words = parts[4]
	case beat, left:
	default:
		err = errUnreadable
	}
	return m, err
}

// packNotices writes each notice as the bot's id, the webhook's number and what changed.
func packNotices(all []store.Notice) string {
	raw := make([]byte, 0, 19*len(all))
	for _, n := range all {
		raw = append(raw, n.BotID[:]...)
		raw = append(binary.AppendUvarint(raw, uint64(n.N)), byte(n.What))
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func unpackNotices(text string) (all []store.Notice, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errUnreadable
	}
	for len(raw) > 0 {
		if len(raw) < len(uuid.UUID{}) {
			return nil, errUnreadable
		}
		var n store.Notice
		copy(n.BotID[:], raw)
		raw = raw[len(n.BotID):]
		number, size := binary.Uvarint(raw)
		if size <= 0 || size >= len(raw) {
			return nil, errUnreadable
		}
		n.N, n.What = int(number), store.What(raw[size])
		all, raw = append(all, n), raw[size+1:]
	}
	return all, nil
}
