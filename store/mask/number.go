package mask

import (
	"strings"
	"unicode"

	"iozen/store/text"
)

const (
	// leastTail is how many digits a number has at least to be looked for; wholeTail is how many of its last ones are
	// enough, and codes how many of its first ones may be missing or written in another way: the code of the country.
	leastTail, wholeTail, codes = 5, 7, 4
	// apart is how much punctuation may stand between two digits of a number.
	apart = 3
	// before is how many digits before those that were found are taken for codes of the same number.
	before = 6
)

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// findNumbers marks each number that ends with the last digits of one that is looked for.
func (f *finder) findNumbers(s stream) {
	f.digits, f.digitsAt = f.digits[:0], f.digitsAt[:0]
	between := 0
	for i, r := range s.runes {
		if r >= 0x80 && unicode.IsDigit(r) {
			r = plainDigit(r)
		}
		switch {
		case r >= '0' && r <= '9':
			f.digits, f.digitsAt, between = append(f.digits, byte(r)), append(f.digitsAt, int32(i)), 0
		case between < apart && betweenDigits(r):
			between++
		case text.IsInvisible(r):
		case len(f.digits) > 0:
			f.findInDigits(s)
			f.digits, f.digitsAt = f.digits[:0], f.digitsAt[:0]
		}
	}
	f.findInDigits(s)
}

// plainDigit is a digit of another script. Each script has its ten digits in a row.
func plainDigit(r rune) rune {
	zero := r
	for r-zero < 9 && unicode.IsDigit(zero-1) {
		zero--
	}
	return '0' + (r-zero)%10
}

func betweenDigits(r rune) bool {
	return strings.ContainsRune("+-()[]./,_*~\\\"':", r) || r >= 0x80 && unicode.Is(unicode.Pd, r) || text.IsSpace(r)
}

func (f *finder) findInDigits(s stream) {
	for _, number := range f.numbers {
		tail := number[len(number)-min(len(number), max(wholeTail, len(number)-codes)):]
		if len(f.digits) < len(tail) {
			continue
		}
		for end := len(tail); end <= len(f.digits); end++ {
			if string(f.digits[end-len(tail):end]) != tail {
				continue
			}
			from := end - len(tail)
			for n := len(number) - len(tail); from > 0 && n > 0 && f.digits[from-1] == number[n-1]; n-- {
				from--
			}
			if from <= before {
				from = 0
			}
			begin := f.digitsAt[from]
			if begin > 0 && s.runes[begin-1] == '+' {
				begin--
			}
			f.spans = append(f.spans, span{s.starts[begin], s.end(int(f.digitsAt[end-1]))})
		}
	}
}
