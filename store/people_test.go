package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMaskedPerson(t *testing.T) {
	for _, c := range []struct{ email, phone, want string }{
		{"jane@example.com", "+1234567890", "j•••@example.com"},
		{" Élodie@example.fr ", "", "É•••@example.fr"},
		{"", "+1 (234) 567-890", "•••90"},
		{"", "1234", ""},
		{"@example.com", "", ""},
		{"no address", "12345", "•••45"},
		{"", "", ""},
	} {
		require.Equal(t, c.want, maskedPerson(c.email, c.phone), "%q %q", c.email, c.phone)
	}
}

func TestPhoneKey(t *testing.T) {
	for phone, want := range map[string]string{
		"+1 (234) 567-890": "1234567890",
		"1234567890":       "1234567890",
		"+1.234.567/890":   "1234567890",
		"":                 "",
		" ":                "",
		"+":                "",
		"call 555":         "call 555",
		"a@5551234.com":    "a@5551234.com",
	} {
		require.Equal(t, want, phoneKey(phone), "%q", phone)
	}
}
