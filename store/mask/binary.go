package mask

// nothing stands in a decoded text where its bytes are no text. It matches no character of a value.
const nothing rune = -1

// readable is how many bytes of text in a row are worth looking at: digits that are decoded in the wrong way, or were not
// digits, hardly ever give as many.
const readable = 6

// fromBase64 reads what may be base64, of both alphabets, from each of the four digits of a group on: what stands before a value
// may be of any length. Space may break it.
func fromBase64(s, into stream) (stream, bool) { return readDigits(s, into, &base64Digits, 6) }

// fromHex reads what may be hexadecimal digits.
func fromHex(s, into stream) (stream, bool) { return readDigits(s, into, &hexDigits, 4) }

// alphabet has the value of each digit plus one; 0: no digit.
type alphabet [128]uint8

var base64Digits, hexDigits = alphabets()

func alphabets() (b64, b16 alphabet) {
	for i, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		b64[r] = uint8(i + 1)
	}
	b64['-'], b64['_'] = b64['+'], b64['/']
	for i, r := range "0123456789abcdef" {
		b16[r] = uint8(i + 1)
	}
	for i, r := range "ABCDEF" {
		b16[r] = uint8(i + 11)
	}
	return b64, b16
}

// row is a row of bytes that read as text, as far as it was read.
type row struct {
	bytes int // how many; whole characters only
	open  int // bytes of a character of UTF-8 that is not whole yet
	more  int // bytes of it that are missing
	text  []rune
	at    []int32
}

// readDigits finds in one pass the rows of text in all ways to read the digits: a byte may begin at every second bit.
// Anything but a digit ends a row; space is ignored. All rows go into one stream, with nothing between them.
func readDigits(s, into stream, digits *alphabet, bits int) (stream, bool) {
	into.whole = s.whole
	var rows [4]row // by where in eight bits a byte begins
	var held uint32
	total := 0          // bits of this run
	var places [4]int32 // where the last digits stood, by their number
	digit := 0          // the number of the next digit of this run
	end := func(at int32) {
		for i := range rows {
			rows[i].end(&into, at)
		}
		total, digit, held = 0, 0, 0
	}
	for i, r := range s.runes {
		var d uint8
		if r >= 0 && r < 128 {
			d = digits[r]
		}
		if d == 0 {
			if !breaks(r) && total > 0 {
				end(s.starts[i])
			}
			continue
		}
		held = held<<bits | uint32(d-1)
		places[digit&3] = s.starts[i]
		digit++
		for e := total + 2; e <= total+bits; e += 2 { // a byte may end behind each two bits
			if e < 8 {
				continue
			}
			b := byte(held >> (total + bits - e))
			first := (e - 8) / bits // the digit that it begins in
			rows[e%8/2].add(b, places[first&3], &into, s.starts[i])
		}
		total += bits
	}
	end(s.whole)
	if n := len(into.runes); n > 0 && into.starts[n-1] == s.whole {
		into.runes, into.starts = into.runes[:n-1], into.starts[:n-1] // nothing comes after it
	}
	into.joinBytes()
	return into, len(into.runes) > 0
}

// add takes the next byte, which begins at a place, and ends the row if that is not text.
func (w *row) add(b byte, place int32, into *stream, here int32) {
	follows := b&0xc0 == 0x80
	if w.more > 0 && !follows {
		w.end(into, here)
	}
	switch {
	case b >= ' ' && b < 0x7f || b == '\n' || b == '\r' || b == '\t' || b == 0: // zeros: UTF-16
		w.bytes++
	case follows && w.more > 0:
		w.open++
		if w.more--; w.more == 0 {
			w.bytes, w.open = w.bytes+w.open, 0
		}
	case b >= 0xc2 && b <= 0xf4:
		w.open, w.more = 1, 1
		if b >= 0xe0 {
			w.more = 2
		}
		if b >= 0xf0 {
			w.more = 3
		}
	default:
		w.end(into, here)
		return
	}
	w.text, w.at = append(w.text, rune(b)), append(w.at, place)
}

// end keeps a row that is long enough.
func (w *row) end(into *stream, at int32) {
	if w.bytes >= readable {
		into.runes, into.starts = append(into.runes, w.text[:w.bytes]...), append(into.starts, w.at[:w.bytes]...)
		into.push(nothing, at)
	}
	w.bytes, w.open, w.more, w.text, w.at = 0, 0, 0, w.text[:0], w.at[:0]
}
