// Package number turns the public id of a delivery into the number of its row, and back as far as that goes.
//
// It knows nothing of what is in a row.
package number

import (
	"time"

	"github.com/google/uuid"
)

// low is how many bits of a number follow its milliseconds.
const low = 18

// Of is the number of a delivery: the beginning of its UUIDv7 (RFC 9562) without the fixed bits, that is 45 bits of
// milliseconds, the 12 bits after them and the first 6 of the last 62. So numbers sort as the ids do, a time range is a
// range of numbers, and whoever has an id knows where its row is. Ids that begin alike have one number.
func Of(id uuid.UUID) int64 {
	return (millis(id)<<low | int64(id[6]&0x0f)<<14 | int64(id[7])<<6 | int64(id[8]&0x3f)) & (1<<63 - 1)
}

// ID is the smallest UUIDv7 with a number: it stands for the number in cursors.
func ID(number int64) (id uuid.UUID) {
	ms := number >> low
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[7], id[8] = 0x70|byte(number>>14)&0x0f, byte(number>>6), 0x80|byte(number)&0x3f
	return id
}

// First is the smallest number of a millisecond.
func First(at time.Time) int64 { return max(0, at.UnixMilli()) << low }

// Time is the moment that the id with a number was made.
func Time(number int64) time.Time { return time.UnixMilli(number >> low).UTC() }

func millis(id uuid.UUID) (ms int64) {
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return ms
}
