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
		{"", "1234", "•••"},
		{"@example.com", "", "•••"},
		{"jane@example.com / 0171 2345678 (please call John Doe)", "", "•••"},
		{"jane@example.com / 0171 2345678", "+49 171 2345678", "•••78"},
		{"no address", "12345", "•••45"},
		{"", "", ""},
	} {
		require.Equal(t, c.want, MaskedPerson(c.email, c.phone), "%q %q", c.email, c.phone)
	}
}
