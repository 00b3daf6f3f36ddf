package field

import (
	"strings"

	"iozen/store/text"
)

// otherNames are what other products call our fields.
var otherNames = map[string]string{
	"email": "user_data.email", "mail": "user_data.email", "emailaddress": "user_data.email", "em": "user_data.email",
	"phone": "user_data.phone", "phonenumber": "user_data.phone", "tel": "user_data.phone", "telephone": "user_data.phone",
	"mobile": "user_data.phone", "ph": "user_data.phone",
	"firstname": "user_data.first_name", "fname": "user_data.first_name", "givenname": "user_data.first_name",
	"lastname": "user_data.last_name", "lname": "user_data.last_name", "surname": "user_data.last_name", "familyname": "user_data.last_name",
	"id": "event_id", "eventid": "event_id", "name": "event_name", "event": "event_name", "time": "event_time", "timestamp": "event_time",
	"date": "event_time", "url": "source_url", "page": "source_url", "pageurl": "source_url", "eventsourceurl": "source_url",
	"amount": "custom_data.value", "price": "custom_data.value", "revenue": "custom_data.value",
}

// nearest is the known field that was probably meant; "" without one.
func nearest(typed string) string {
	last := typed[strings.LastIndexByte(typed, '.')+1:]
	if known := otherNames[letters(last)]; known != "" && !strings.HasPrefix(typed, customData+".") {
		return known
	}
	best, fewest := "", 3 // two slips may be a typing error; three are another word
	for _, known := range Known() {
		short := known[strings.LastIndexByte(known, '.')+1:]
		if letters(known) == letters(typed) || letters(short) == letters(typed) || letters(short) == letters(last) && !strings.HasPrefix(typed, sourceURL) {
			return known
		}
		if slips := slipsBetween(strings.ToLower(typed), known, fewest); slips < fewest {
			best, fewest = known, slips
		}
	}
	return best
}

// letters is a path without what people write differently, the dots too.
func letters(path string) string { return text.FoldName(strings.ReplaceAll(path, ".", "")) }

// slipsBetween counts the letters to change, add or take out to make one text of the other; most is enough to know that
// they are far apart.
func slipsBetween(a, b string, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], most)
}
