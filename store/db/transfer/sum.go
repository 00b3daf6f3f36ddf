package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
)

// sum is how many rows a table has, and a checksum of all of them in the order of the key.
type sum struct {
	rows  int64
	bytes []byte
}

func (s sum) equal(other sum) bool { return s.rows == other.rows && bytes.Equal(s.bytes, other.bytes) }

// summer sums the rows of one table. Each value is written with its kind and length, so that no two rows read alike.
type summer struct {
	rows int64
	hash hash.Hash
	buf  []byte
}

func newSummer() *summer { return &summer{hash: sha256.New()} }

func (s *summer) add(row []any) {
	s.rows++
	s.buf = s.buf[:0]
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			s.buf = append(s.buf, 'n')
		case int64:
			s.number('i', uint64(v))
		case bool:
			n := uint64(0)
			if v {
				n = 1
			}
			s.number('b', n)
		case float64:
			s.number('f', math.Float64bits(v))
		case string:
			s.number('t', uint64(len(v)))
			s.buf = append(s.buf, v...)
		case []byte:
			s.number('x', uint64(len(v)))
			s.buf = append(s.buf, v...)
		}
	}
	s.hash.Write(s.buf)
}

func (s *summer) number(kind byte, n uint64) {
	s.buf = binary.BigEndian.AppendUint64(append(s.buf, kind), n)
}

func (s *summer) sum() sum { return sum{s.rows, s.hash.Sum(nil)} }
