package person

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Phone is the form under which a number is kept: its digits without the country's code and without the zero that is
// dialled only inside a country, so that +49 30 555-0123, 0049 (0)30 5550123 and 030 5550123 are one. Anything that is not
// a number stays a text, compared without its case.
func Phone(value string) string {
	if found := numbersIn(value); len(found) > 0 {
		return found[0].key()
	}
	return words(value)
}

// Phones are the forms of all numbers in a text, or of the text itself if it holds none.
func Phones(value string) []string {
	if keys := Numbers(value); len(keys) > 0 {
		return keys
	}
	if form := words(value); form != "" {
		return []string{form}
	}
	return nil
}

// Numbers are the forms of all numbers that stand in a text.
func Numbers(value string) (keys []string) {
	for _, n := range numbersIn(value) {
		if key := n.key(); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// PhoneKeys are the forms under which the number may have been kept, for who looks for it. They are more than one where
// the digits can be read in two ways: 4930… may be a number with its country's code, or one without. Better somebody
// is found who has the same number in another country than that an event is missed. Of two numbers the first is looked for: an
// event that has both would be found twice.
func PhoneKeys(value string) []string {
	found := numbersIn(value)
	if len(found) == 0 {
		return []string{words(value)}
	}
	return found[0].keys()
}

// keys are the forms under which one number may have been kept.
func (n number) keys() (keys []string) {
	add := func(m number) {
		if key := m.key(); len(key) >= leastDigits && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, reading := range n.readings() {
		for _, written := range reading.writings() {
			add(written)
		}
	}
	if key := n.key(); !slices.Contains(keys, key) {
		keys = append([]string{key}, keys...)
	}
	return keys
}

// words is the form of a text that is not a number; "" when it says nothing, such as a plus alone.
func words(value string) string {
	value = strings.ToLower(cleaned(value))
	if !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return value
}

// Digits are the digits of each number in a text, with its country's code if that was written.
func Digits(value string) (digits []string) {
	for _, n := range numbersIn(value) {
		digits = append(digits, n.digits)
	}
	return digits
}

// number is a phone number as it was written.
type number struct {
	digits string
	form   form
}

// form says what the digits begin with.
type form int

const (
	unknown       form = iota // with the country's code or without
	international             // with it: there was a + or 00 before
	national                  // without it
)

const (
	// leastDigits is how short a number may be to be looked for in another reading than its own.
	leastDigits = 5
	// withCode is how long the digits must be to be taken for a number that has its country's code, and withoutCode for one that has it
	// behind a prefix which could also be the beginning of a number inside a country.
	withCode, withoutCode = 11, 10
)

// key depends on the number alone: whoever keeps one and whoever looks for it come to the same.
func (n number) key() string {
	digits := n.digits
	switch {
	case n.form == international:
		if code := countryCode(digits); code > 0 && len(digits)-code >= leastDigits {
			digits = digits[code+mobileMark(digits):]
		}
	case n.form == unknown && len(digits) == 11 && digits[0] == '8' && strings.IndexByte("3489", digits[1]) >= 0:
		digits = digits[1:] // Russia and Kazakhstan
	case n.form == unknown && len(digits) >= withCode:
		if code := countryCode(digits); code > 0 {
			digits = digits[code+mobileMark(digits):]
		}
	}
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return digits
}

// readings are what somebody may have meant who typed these digits.
func (n number) readings() []number {
	switch {
	case n.form == national && strings.HasPrefix(n.digits, hungarianTrunk):
		return []number{n, {"36" + n.digits[len(hungarianTrunk):], international}}
	case n.form != unknown:
		return []number{n}
	}
	readings := []number{n, {n.digits, national}, {n.digits, international}}
	if n.digits[0] == '8' {
		readings = append(readings, number{n.digits[1:], national})
	}
	return readings
}

// writings are the ways in which others may have written the same number.
func (n number) writings() []number {
	if n.form != international {
		return []number{n, {strings.TrimLeft(n.digits, "0"), unknown}}
	}
	inside := n.key()
	writings := []number{n, {n.digits, unknown}, {inside, unknown}}
	switch code := n.digits[:countryCode(n.digits)]; {
	case code == "36":
		writings = append(writings, number{hungarianTrunk + inside, national})
	case slices.Contains(dialEight, code):
		writings = append(writings, number{"8" + inside, unknown}, number{"80" + inside, unknown})
	}
	return writings
}

// mobileMark is how many digits stand for "a mobile" behind the code of Mexico and of Argentina: some write them, and some do not.
func mobileMark(digits string) int {
	if len(digits) == 13 && (strings.HasPrefix(digits, "521") || strings.HasPrefix(digits, "549")) {
		return 1
	}
	return 0
}

// Most countries dial 0 before a number inside the country. Hungary dials 06, and these dial 8 or 80.
const hungarianTrunk = "06"

var dialEight = []string{"7", "370", "375", "993", "998"}

// countryCode is how long the country's code is that the digits begin with; 0: none does.
func countryCode(digits string) int {
	if len(digits) < 3 {
		return 0
	}
	switch digits[0] {
	case '0':
		return 0
	case '1', '7':
		return 1
	}
	if slices.Contains(twoDigitCodes, digits[:2]) {
		return 2
	}
	return 3
}

// twoDigitCodes are the country codes of two digits (ITU-T E.164); all others but 1 and 7 have three.
var twoDigitCodes = []string{
	"20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
	"51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
	"81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
}

var (
	// phoneScheme begins a number in a link.
	phoneScheme = regexp.MustCompile(`^(?i:(?:tel|phone|sms|callto|fax|whatsapp|sips?):/{0,2}|(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=))`)
	// phoneHost stands behind a number in the address of a call, or of a chat.
	phoneHost = regexp.MustCompile(`^(\+?\d{7,15})@.*$`)
	// mailAddress is any other text with an @ in it.
	mailAddress = regexp.MustCompile(`\S*@\S*`)
	// phoneParameter is what a tel: link says after the number (RFC 3966).
	phoneParameter = regexp.MustCompile(`^([^;]*\d[^;]*);[a-z-]+=.*$`)
	// spreadsheetNumber is a whole part, a fraction, and a power of ten.
	spreadsheetNumber = regexp.MustCompile(`^(\d+)\.(\d+)(?:[eE]\+?(\d{1,2}))?$`)
	// shortWord is such as 24h.
	shortWord = regexp.MustCompile(`(^|[^\d\p{L}.-])\d{1,3}\p{L}+`)
	// phoneExtension is what is dialled after the number was answered.
	phoneExtension = regexp.MustCompile(`(?i)[\s,.(/-]*(?:\b(?:ext|extn|extension|extensión|int|доб|durchwahl|dw|poste|interno|anexo|ramal)\b\.?|(?:^|[\d\s)])[xpw]\.?|#|,)\s*:?\s*\d{1,7}\s*\)?$`)
	// phoneTrunk is the zero that is not dialled from abroad.
	phoneTrunk = regexp.MustCompile(`\(\s*0\s*\)|\[\s*0\s*\]`)
)

// numbersIn reads a number, or those that stand in a text.
func numbersIn(value string) (found []number) {
	runs := []string{value}
	if exact, ok := wholeNumber(value); ok {
		runs[0] = exact
	} else if !isNumber(value) {
		runs = numberRuns(plainNumbers(value))
	}
	for _, run := range runs {
		run = withoutTrunk(run)
		parts := []string{run}
		if tooLong(run) {
			parts = severalOf(run)
		}
		for _, part := range parts {
			if n, ok := numberOf(part); ok {
				found = append(found, n)
			}
		}
	}
	return found
}

// plainNumbers writes numbers in the plain way that are written as links, spreadsheets and telephones do.
func plainNumbers(value string) string {
	value = entity.ReplaceAllStringFunc(value, html.UnescapeString)
	if strings.ContainsRune(value, '%') {
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
	}
	value = phoneScheme.ReplaceAllString(strings.Map(plainPhoneRune, cleaned(value)), "")
	value = phoneHost.ReplaceAllString(value, "$1")
	if exact, ok := wholeNumber(value); ok {
		return exact
	}
	value = mailAddress.ReplaceAllString(value, ";") // its digits are not a phone number
	value = phoneParameter.ReplaceAllString(value, "$1")
	if found := phoneExtension.FindStringIndex(value); found != nil {
		cut := found[0]
		for cut < len(value) && value[cut] >= '0' && value[cut] <= '9' { // the digit before an x is the number's
			cut++
		}
		value = value[:cut]
	}
	return shortWord.ReplaceAllString(value, "$1;")
}

// wholeNumber is a number that a spreadsheet made of a phone: 49305550123.0 or 4.9305550123E10.
func wholeNumber(value string) (digits string, ok bool) {
	if strings.Count(value, ".") != 1 {
		return "", false
	}
	found := spreadsheetNumber.FindStringSubmatch(value)
	if found == nil {
		return "", false
	}
	whole, part, power := found[1], strings.TrimRight(found[2], "0"), 0
	if found[3] != "" {
		power, _ = strconv.Atoi(found[3])
	}
	digits = whole + part
	const zeros = 2 // that a number may end with; one that ends with more was rounded
	missing := len(whole) + power - len(digits)
	if missing < 0 || missing > zeros || len(digits) < leastDigits {
		return "", false
	}
	return digits + strings.Repeat("0", missing), true
}

const mostDigits = 15 // of one number (E.164)

func tooLong(run string) bool { return countDigits(run) > mostDigits || strings.Count(run, "+") > 1 }

// severalOf splits a run that is too long for one number where another begins: at a plus, a zero behind space, or a slash.
func severalOf(run string) []string {
	const least = 7
	for _, begins := range []*regexp.Regexp{plusBegins, zeroBegins, slashBegins} {
		parts := splitBefore(run, begins, least)
		if !slices.ContainsFunc(parts, func(part string) bool { n := countDigits(part); return n < least || n > mostDigits }) {
			return parts
		}
	}
	return []string{run}
}

var plusBegins, slashBegins, zeroBegins = regexp.MustCompile(`\+`), regexp.MustCompile(`/`), regexp.MustCompile(`[ /]\(?0`)

// splitBefore splits where a number begins, if what comes before it is long enough for a number.
func splitBefore(run string, begins *regexp.Regexp, least int) (parts []string) {
	begin := 0
	for _, found := range begins.FindAllStringIndex(run, -1) {
		if countDigits(run[begin:found[0]]) >= least {
			parts, begin = append(parts, run[begin:found[0]]), found[0]
		}
	}
	return append(parts, run[begin:])
}

// isNumber says that a value is digits and the usual signs between them: nearly all are.
func isNumber(value string) bool {
	for i := range len(value) {
		if b := value[i]; (b < '0' || b > '9') && strings.IndexByte(phonePunctuation, b) < 0 {
			return false
		}
	}
	return true
}

func withoutTrunk(value string) string {
	if strings.ContainsAny(value, "([") {
		return phoneTrunk.ReplaceAllString(value, " ")
	}
	return value
}

// plainPhoneRune writes the digits of all scripts, dashes and slashes in one way.
func plainPhoneRune(r rune) rune {
	switch {
	case r == '_' || r == '*' || r == '~':
		return '-'
	case r < 0x80:
		return r
	case unicode.IsDigit(r):
		return '0' + digitValue(r)
	case unicode.Is(unicode.Pd, r) || strings.ContainsRune("\u2212\u02d7\u2043\u30fc\u2500\u00b7\u2022\u2027\u30fb\u2044\u2215", r):
		return '-'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// digitValue counts from the zero of the digit's script: scripts have their ten digits in a row.
func digitValue(r rune) rune {
	first := r
	for r-first < 9 && unicode.IsDigit(first-1) {
		first--
	}
	return (r - first) % 10
}

const phonePunctuation = "+-()[]./ "

// numberRuns are the runs of a text that are written like a number and touch no letter.
func numberRuns(value string) (runs []string) {
	if isNumber(value) {
		return []string{value}
	}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool {
		return (r < '0' || r > '9') && !strings.ContainsRune(phonePunctuation, r)
	}) {
		const whole = 7 // fewer digits beside words are a house number, or a year
		if countDigits(word) >= whole && !touchesLetter(value, word) {
			runs = append(runs, word)
		}
	}
	return runs
}

// touchesLetter says that a run is part of a word, such as order-5551234.
func touchesLetter(value, run string) bool {
	const within = "-/+"
	before, after, _ := strings.Cut(value, strings.Trim(run, phonePunctuation))
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(before, within))
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, within))
	return unicode.IsLetter(last) || unicode.IsLetter(next)
}

func countDigits(value string) (n int) {
	for i := range len(value) {
		if value[i] >= '0' && value[i] <= '9' {
			n++
		}
	}
	return n
}

func numberOf(value string) (n number, ok bool) {
	value = strings.TrimLeft(value, "-()[]./ ")
	if value == "" {
		return n, false
	}
	plus := value[0] == '+'
	digits := make([]byte, 0, len(value))
	for i := range len(value) {
		if value[i] >= '0' && value[i] <= '9' {
			digits = append(digits, value[i])
		}
	}
	n.digits = string(digits)
	switch {
	case n.digits == "":
		return n, false
	case plus:
		n.form, n.digits = international, strings.TrimLeft(n.digits, "0")
	case strings.HasPrefix(n.digits, "0011") && len(n.digits) >= 4+withoutCode: // from Australia
		n.form, n.digits = international, n.digits[4:]
	case strings.HasPrefix(n.digits, "00") && len(n.digits) > 2 && n.digits[2] != '0':
		n.form, n.digits = international, n.digits[2:]
	case (strings.HasPrefix(n.digits, "011") || strings.HasPrefix(n.digits, "010")) && len(n.digits) >= 3+withoutCode && n.digits[3] > '1': // from America and Japan
		n.form, n.digits = international, n.digits[3:]
	case n.digits[0] == '0':
		n.form = national
	}
	if n.digits == "" {
		n.digits = "0"
	}
	return n, true
}
