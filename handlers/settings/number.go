package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// Number is a whole number in plain decimal digits: no 0x10, no 010 for eight, no 1e3.
type Number int

// UnmarshalText reads digits only.
func (n *Number) UnmarshalText(text []byte) error {
	digits := strings.TrimPrefix(string(text), "-")
	value, err := strconv.Atoi(string(text))
	if err != nil || digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 1 && digits[0] == '0' {
		return fmt.Errorf("%q is not a whole number. Write digits alone, such as 30", text)
	}
	*n = Number(value)
	return nil
}

// within refuses a number outside its bounds. Neither 0 nor -1 means "no limit" or "the default".
func (n Number) within(least, most, example int) error {
	if int(n) < least || int(n) > most {
		return fmt.Errorf("%d is not between %d and %d. Write a number such as %d", n, least, most, example)
	}
	return nil
}
