package strictjson

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// IsNumberText says whether a whole text is a number as JSON writes it.
func IsNumberText(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	whole := leadingDigits(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return false
	}
	rest = rest[whole:]
	if after, ok := strings.CutPrefix(rest, "."); ok {
		digits := leadingDigits(after)
		if digits == 0 {
			return false
		}
		rest = after[digits:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	if rest = rest[1:]; rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && leadingDigits(rest) == len(rest)
}

func leadingDigits(text string) (n int) {
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// CompareNumbers compares two numbers digit by digit, however long they are: a float would take 0.1 and many ids for
// another number.
func CompareNumbers(a, b string) int {
	x, y := decimalOf(a), decimalOf(b)
	if order := cmp.Compare(x.sign, y.sign); order != 0 || x.sign == 0 {
		return order
	}
	order := cmp.Compare(x.point, y.point)
	if order == 0 {
		order = strings.Compare(x.digits, y.digits)
	}
	return order * x.sign
}

// decimal is the number sign × 0.digits × 10^point.
type decimal struct {
	sign   int
	digits string // without zeros at either end
	point  int
}

func decimalOf(number string) decimal {
	d := decimal{sign: 1}
	if after, ok := strings.CutPrefix(number, "-"); ok {
		d.sign, number = -1, after
	}
	power := 0
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		power, number = exponentOf(number[i+1:]), number[:i]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	d.point = power + len(digits) - len(fraction)
	if d.digits = strings.TrimRight(digits, "0"); d.digits == "" {
		return decimal{}
	}
	return d
}

// exponentOf is an exponent, or one that no length of digits makes up for.
func exponentOf(text string) int {
	if n, err := strconv.Atoi(text); err == nil && max(n, -n) < math.MaxInt32 {
		return n
	}
	if text[0] == '-' {
		return -math.MaxInt32
	}
	return math.MaxInt32
}
