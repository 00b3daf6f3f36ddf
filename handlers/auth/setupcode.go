package auth

import (
	"crypto/sha256"
	"encoding/base32"
)

// SetupCode is the code that the set-up page asks for before there is an account, such as K7QX-2M9P-AB4D. It is short enough to
// type and has 60 bits, so that a stranger who reaches the server before its owner cannot guess it. It is made of a hash that only
// this installation can make: every server of it knows the same code, also after a restart.
func SetupCode(keyedHash string) string {
	sum := sha256.Sum256([]byte(keyedHash))
	code := base32.StdEncoding.EncodeToString(sum[:])
	return code[:4] + "-" + code[4:8] + "-" + code[8:12]
}
