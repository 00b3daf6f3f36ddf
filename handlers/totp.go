package handlers

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// codePeriod is how long an authenticator app shows a code (RFC 6238, what every app can do).
const codePeriod = 30 * time.Second

// newAuthenticator makes what an authenticator app has to know: a new secret of 160 bits, or the one given in base32.
func newAuthenticator(email, secret string) (*otp.Key, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "ioZen", AccountName: email, Secret: raw})
	if err != nil {
		return nil, fmt.Errorf("make authenticator secret: %w", err)
	}
	return key, nil
}

// stepOf finds the time step whose code was typed: the present one, or its neighbours, for clocks that differ a little
// and people who type slowly.
func stepOf(secret, code string, now time.Time) (step int64, ok bool) {
	present := now.Unix() / int64(codePeriod.Seconds())
	for _, step := range []int64{present, present - 1, present + 1} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// qrPath draws a QR code as the path of an SVG: a square of one unit for each dark module. size is its width.
func qrPath(content string) (path string, size int, err error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("draw QR code: %w", err)
	}
	var b strings.Builder
	size = code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), size, nil
}
