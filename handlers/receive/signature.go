package receive

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"iozen/sender/attempt"
)

// tolerance is how old or far ahead a signature's time may be: Standard Webhooks proposes five minutes.
const tolerance = 5 * time.Minute

// Verdict says whether a request's signature is valid.
type Verdict struct {
	OK    bool
	Words string // "signature valid"; "" when no secret was given to check with
}

// CheckSecrets returns an error if a signing secret cannot be used.
func CheckSecrets(secrets []string) error {
	for i, s := range secrets {
		if _, err := attempt.Sign([]string{s}, "", time.Time{}, nil); err != nil {
			return fmt.Errorf("secret %d: %w", i+1, err)
		}
	}
	return nil
}

// verify checks the signature of Standard Webhooks as a receiver of one's own should: against every secret that is
// valid now (two, during a rotation), and never a request that is old.
func verify(secrets []string, h http.Header, body []byte, now time.Time) Verdict {
	if len(secrets) == 0 {
		return Verdict{}
	}
	id, stamp, given := h.Get("webhook-id"), h.Get("webhook-timestamp"), strings.Fields(h.Get("webhook-signature"))
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil || len(given) == 0 {
		return Verdict{Words: "not signed"}
	}
	at := time.Unix(seconds, 0)
	if !signed(secrets, id, at, body, given) {
		return Verdict{Words: "signature does not match"}
	}
	if off := now.Sub(at).Abs(); off > tolerance {
		return Verdict{Words: fmt.Sprintf("signature matches, but its time is %s off", off.Round(time.Second))}
	}
	return Verdict{OK: true, Words: "signature valid"}
}

// signed says whether one of the signatures was made with one of the secrets.
func signed(secrets []string, id string, at time.Time, body []byte, given []string) bool {
	for _, secret := range secrets {
		want, err := attempt.Sign([]string{secret}, id, at, body)
		if err != nil {
			continue // CheckSecrets has refused it
		}
		for _, g := range given {
			if hmac.Equal([]byte(g), []byte(want)) {
				return true
			}
		}
	}
	return false
}
