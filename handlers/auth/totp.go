package auth

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// codePeriod is how long an authenticator app shows a code (RFC 6238; every app supports it).
const codePeriod = 30 * time.Second

// Authenticator is what an authenticator app has to know.
type Authenticator struct {
	Secret string // base32, as people type it
	URL    string // otpauth://, as the QR code holds it
}

// NewAuthenticator is for the account of an email address: with the secret given in base32, or for "" with a new one of 160
// bits. The error says that the given secret is not base32.
func NewAuthenticator(email, secret string) (Authenticator, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return Authenticator{}, fmt.Errorf("read secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "ioZen", AccountName: email, Secret: raw})
	if err != nil {
		return Authenticator{}, fmt.Errorf("make authenticator secret: %w", err)
	}
	return Authenticator{Secret: key.Secret(), URL: key.URL()}, nil
}

// StepOf finds the time step whose code was typed: the present one, or its neighbours, for clocks that differ a little
// and people who type slowly. A step must not be accepted twice. code is as PlainCode writes it.
func StepOf(secret, code string, now time.Time) (step int64, ok bool) {
	present := now.Unix() / int64(codePeriod.Seconds())
	for _, step := range []int64{present, present - 1, present + 1} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}
