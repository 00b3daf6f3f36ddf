package store

import (
	"math"
	"time"
)

// Kinds of counters. Tests are counted nowhere.
const (
	CountAccepted      = "accepted"       // events taken
	CountDelivered     = "delivered"      // deliveries that got through; bucket: latency of the attempt
	CountFailedAttempt = "failed_attempt" // attempts that failed; bucket: latency, if there was an answer
	CountFailed        = "failed"         // deliveries given up
)

// HourCount is what happened to a bot's events in one hour.
type HourCount struct {
	Hour   time.Time
	Kind   string
	Bucket int // latency class, see LatencyBucket
	N      int
}

// LatencyBucket is the class of a duration: class n ends at 2^(n/2) ms, so each is 41 % wider than the one
// before and a percentile read from it is off by a fifth at most.
func LatencyBucket(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 1 {
		return 0
	}
	return int(math.Ceil(2 * math.Log2(ms)))
}

// BucketEnd is the longest duration of a class.
func BucketEnd(bucket int) time.Duration {
	return time.Duration(math.Pow(2, float64(bucket)/2) * float64(time.Millisecond))
}
