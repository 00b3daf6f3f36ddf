package auth

import "crypto/rand"

// NewSetupCode makes the code that the set-up page asks for before there is an account, such as K7QX-2M9P-AB4D. It is short
// enough to type and has 60 random bits, so that a stranger who reaches the server before its owner cannot guess it.
func NewSetupCode() string {
	code := rand.Text()
	return code[:4] + "-" + code[4:8] + "-" + code[8:12]
}
