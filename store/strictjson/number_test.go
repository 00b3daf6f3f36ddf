package strictjson

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestANumberIsKnownByItsText(t *testing.T) {
	for _, text := range []string{"0", "-0", "10.00", "1e5", "1E-5", "0.5e+10", "12345678901234567890", "-1.5"} {
		require.True(t, IsNumberText(text), text)
	}
	for _, text := range []string{"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "1 ", " 1", "1,5", "0x1", "NaN", "--1", "1e5.5", "١"} {
		require.False(t, IsNumberText(text), text)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+0-9.eE]{0,12}`).Draw(t, "text")
		require.Equal(t, json.Valid([]byte(text)), IsNumberText(text), text)
	})
}

func TestNumbersAreComparedByTheirValueWhateverTheirLength(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"100", "100.00", 0},
		{"1e2", "100", 0},
		{"0", "-0", 0},
		{"0.0e5", "0", 0},
		{"12345678901234567890", "12345678901234567891", -1},
		{"0.1", "0.10000000000000000001", -1},
		{"-2", "-10", 1},
		{"-1", "1", -1},
		{"9", "10", -1},
		{"0.09", "0.1", -1},
		{"1e-99999999999999999999", "0", 1},
		{"1e99999999999999999999", "1e5", 1},
		{"-1e99999999999999999999", "5", -1},
	} {
		require.Equal(t, c.want, CompareNumbers(c.a, c.b), "%s, %s", c.a, c.b)
		require.Equal(t, -c.want, CompareNumbers(c.b, c.a), "%s, %s", c.b, c.a)
	}
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][-+]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		require.Equal(t, x.Cmp(y), CompareNumbers(a, b))
	})
}
