package target

// A webhook's own rate limit, in requests per second.
const (
	minRateLimit = 0.01   // one in 100 seconds: with fewer, three days of retries would end before their turn came
	maxRateLimit = 10_000 // more than one lane ever sends
)

// CheckRateLimit says why a webhook cannot have this limit, or "". It is not called for no limit.
func CheckRateLimit(limit float64) string {
	if !(limit >= minRateLimit && limit <= maxRateLimit) { // NaN is neither
		return "must be from 0.01 (one request in 100 seconds) to 10000 requests a second"
	}
	return ""
}
