package success

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

var errNothing = errors.New("nothing at the path")

// reader goes through an answer that may have been cut, and reads no further than it needs.
type reader struct{ decoder *json.Decoder }

// seek is the value at a path. Of an object or a list it is the opening bracket.
func (r reader) seek(path []string) (json.Token, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		if len(path) == 0 {
			return token, nil
		}
		return r.seekInside(path, token == json.Delim('{'))
	}
	if len(path) > 0 {
		return nil, errNothing
	}
	return token, nil
}

func (r reader) seekInside(path []string, object bool) (json.Token, error) {
	for position := 0; ; position++ {
		name := strconv.Itoa(position)
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			return nil, errNothing
		}
		if object {
			name, _ = token.(string)
		}
		switch {
		case name == path[0] && object:
			return r.seek(path[1:])
		case name == path[0]:
			return r.from(token, path[1:])
		case object:
			token, err = r.decoder.Token()
			if err != nil {
				return nil, err
			}
		}
		if err := r.skip(token); err != nil {
			return nil, err
		}
	}
}

// from goes on with an element of a list whose first token was read already.
func (r reader) from(token json.Token, path []string) (json.Token, error) {
	delim, opens := token.(json.Delim)
	switch {
	case len(path) == 0:
		return token, nil
	case !opens:
		return nil, errNothing
	}
	return r.seekInside(path, delim == '{')
}

// skip goes to the end of a value whose first token was read already.
func (r reader) skip(token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if token, err = r.decoder.Token(); err != nil {
			return err
		}
	}
}

// endsEarly says that a text could have gone on as JSON.
func endsEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "unexpected end of JSON input")
}
