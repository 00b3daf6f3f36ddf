package attempt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errEmptySecret guards against a classic mistake: an empty key produces signatures, and anyone can forge them.
var errEmptySecret = errors.New("empty signing secret")

// Sign makes the webhook-signature header of Standard Webhooks 1.0: one v1 signature per secret (whsec_…),
// separated by a space, the current secret first. at is the time of this attempt, in whole seconds.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	if len(secrets) == 0 {
		return "", errEmptySecret
	}
	prefix := strconv.AppendInt(append(append(make([]byte, 0, 64), id...), '.'), at.Unix(), 10)
	prefix = append(prefix, '.')
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return "", errors.New("signing secret is not base64") // the cause would quote the secret's bytes
		}
		if len(key) == 0 {
			return "", fmt.Errorf("signing: %w", errEmptySecret)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(prefix)
		mac.Write(body)
		signatures[i] = string(base64.StdEncoding.AppendEncode([]byte("v1,"), mac.Sum(nil)))
	}
	return strings.Join(signatures, " "), nil
}
