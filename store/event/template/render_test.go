package template

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store/event/field"
)

const lead = `{"event_name":"Lead","event_id":"e1","event_time":"2026-03-05T12:00:00.000Z","event_time_unix":1772712000,"source":"iozen","action_source":"website",` +
	`"user_data":{"email":" Jane@Example.com ","phone":"030 5550123","first_name":"J\u00f6rg \"J\" <b>"},` +
	`"custom_data":{"value":14.99,"currency":"EUR","round":10.00,"big":12345678901234567890,"yes":true,"tags":["Roof","Solar",3,null],"roof":{"size":80,"flat":false},"rooms":[{"n":1}],` +
	`"date":"2026-04-01","amount":" +12.50 ","spaces":"  ","zero":0,"none":null},"source_url":"https://example.com/p?utm_source=google"}`

func event(t testing.TB, payload string) field.Event {
	e, err := field.Read([]byte(payload))
	require.NoError(t, err)
	return e
}

func parse(t testing.TB, text string) *Template {
	parsed, problems := Parse(text)
	require.Empty(t, problems, text)
	return parsed
}

func TestAPlaceholderAloneKeepsTypeAndDigits(t *testing.T) {
	for text, want := range map[string]string{
		`"{{custom_data.value}}"`:                             `14.99`,
		`{"v":"{{custom_data.value}}"}`:                       `{"v":14.99}`,
		`{"v":"{{custom_data.round}}"}`:                       `{"v":10.00}`,
		`{"v":"{{custom_data.big}}"}`:                         `{"v":12345678901234567890}`,
		`{"v":"{{ custom_data.yes }}"}`:                       `{"v":true}`,
		`{"v":"{{custom_data.zero}}"}`:                        `{"v":0}`,
		`{"v":"{{custom_data.tags}}"}`:                        `{"v":["Roof","Solar",3,null]}`,
		`{"v":"{{custom_data.roof}}"}`:                        `{"v":{"size":80,"flat":false}}`,
		`{"v":"{{custom_data.roof.size}}"}`:                   `{"v":80}`,
		`{"v":"{{user_data.first_name}}"}`:                    `{"v":"J\u00f6rg \"J\" <b>"}`,
		`{"v":"{{event_time_unix}}"}`:                         `{"v":1772712000}`,
		`{"v":"{{source_url.query.utm_source}}"}`:             `{"v":"google"}`,
		`{"v":"{{user_data}}"}`:                               `{"v":{"email":" Jane@Example.com ","phone":"030 5550123","first_name":"J\u00f6rg \"J\" <b>"}}`,
		`"{{event}}"`:                                         lead,
		`{"all":"{{event}}"}`:                                 `{"all":` + lead + `}`,
		`{"a":"{{custom_data.value}} EUR"}`:                   `{"a":"14.99 EUR"}`,
		`{"a":"{{custom_data.round}}{{custom_data.big}}"}`:    `{"a":"10.0012345678901234567890"}`,
		`{"a":" {{custom_data.value}}"}`:                      `{"a":" 14.99"}`,
		`{"a":"Name: {{user_data.first_name}}\n"}`:            `{"a":"Name: Jörg \"J\" <b>\n"}`,
		`{"a":"Tags: {{custom_data.tags}}"}`:                  `{"a":"Tags: Roof, Solar, 3"}`,
		`{"a":"Roof: {{custom_data.roof}}"}`:                  `{"a":"Roof: {\"size\":80,\"flat\":false}"}`,
		`{"a":"Rooms: {{custom_data.rooms}}"}`:                `{"a":"Rooms: [{\"n\":1}]"}`,
		`{"a":"x {{user_data.last_name}} y"}`:                 `{"a":"x  y"}`,
		`{"a":"{{user_data.last_name}}{{custom_data.none}}"}`: `{"a":""}`,
		`{"a": "\u00e9\/\ud83d\ude00", "n": 1.50e3}`:          `{"a":"é/😀","n":1.50e3}`,
		`{ "a" : [ 1 , true , null , { } , [ ] ] }`:           `{"a":[1,true,null,{},[]]}`,
		`"text"`:              `"text"`,
		`{"a":"}} { %s {x}"}`: `{"a":"}} { %s {x}"}`,
	} {
		body, err := parse(t, text).Render(event(t, lead))
		require.NoError(t, err)
		require.Equal(t, want, string(body), text)
		require.True(t, json.Valid(body))
	}
}

func TestAMissingValueTakesItsKeyOrElementWithIt(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":"{{user_data.last_name}}","c":3}`:                     `{"a":1,"c":3}`,
		`{"b":"{{user_data.last_name}}","c":3}`:                           `{"c":3}`,
		`{"a":1,"b":"{{user_data.last_name}}"}`:                           `{"a":1}`,
		`{"b":"{{user_data.last_name}}"}`:                                 `{}`,
		`["{{user_data.last_name}}",1,"{{user_data.last_name}}"]`:         `[1]`,
		`{"a":{"b":"{{custom_data.none}}"},"c":["{{custom_data.none}}"]}`: `{"a":{},"c":[]}`,
		`"{{user_data.last_name}}"`:                                       `null`,
		`{"b":"{{user_data.last_name | lower}}"}`:                         `{}`,
		`{"b":"{{custom_data.spaces | trim}}"}`:                           `{}`,
		`{"b":"{{user_data.last_name | default:'none'}}"}`:                `{"b":"none"}`,
		`{"b":"{{user_data.last_name | default:''}}"}`:                    `{"b":""}`,
		`{"b":"{{user_data.last_name | default:'' | lower}}"}`:            `{"b":""}`,
		`{"b":"{{user_data.last_name | default:0}}"}`:                     `{"b":0}`,
		`{"b":"{{user_data.last_name | default:-1.50}}"}`:                 `{"b":-1.50}`,
		`{"b":"{{user_data.last_name | default:false}}"}`:                 `{"b":false}`,
		`{"b":"{{user_data.last_name | default:\"a|b}}\"}}"}`:             `{"b":"a|b}}"}`,
		`{"b":"{{user_data.last_name | default:'it''s'}}"}`:               `{"b":"it's"}`,
		`{"b":"{{user_data.last_name | upper | default:'a'}}"}`:           `{"b":"a"}`,
		`{"b":"{{user_data.last_name | default:'a' | upper}}"}`:           `{"b":"A"}`,
		`{"b":"{{custom_data.spaces | trim | default:'a'}}"}`:             `{"b":"a"}`,
		`{"b":"{{event_id | default:'a'}}"}`:                              `{"b":"e1"}`,
		`{"b":"Hi {{user_data.last_name|default:'you'}}!"}`:               `{"b":"Hi you!"}`,
	} {
		body, err := parse(t, text).Render(event(t, lead))
		require.NoError(t, err)
		require.Equal(t, want, string(body), text)
	}
}

func TestFilters(t *testing.T) {
	for use, want := range map[string]string{
		`user_data.email | lower`:                            `" jane@example.com "`,
		`user_data.email | trim | upper`:                     `"JANE@EXAMPLE.COM"`,
		`user_data.email | trim | lower | sha256`:            `"8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d"`,
		`user_data.first_name | upper`:                       `"JÖRG \"J\" <B>"`,
		`user_data.phone | digits`:                           `"0305550123"`,
		`user_data.email | digits`:                           ``,
		`user_data.phone | e164:'DE'`:                        `"+49305550123"`,
		`user_data.phone | e164:'de'`:                        `"+49305550123"`,
		`user_data.phone | e164`:                             ``,
		`custom_data.value | lower`:                          `"14.99"`,
		`custom_data.value | json`:                           `"14.99"`,
		`custom_data.roof | json`:                            `"{\"size\":80,\"flat\":false}"`,
		`user_data.phone | json`:                             `"\"030 5550123\""`,
		`custom_data.amount | number`:                        `12.50`,
		`custom_data.value | number`:                         `14.99`,
		`custom_data.currency | number`:                      ``,
		`custom_data.yes | number`:                           ``,
		`user_data.phone | digits | number`:                  ``,
		`event_time | unix`:                                  `1772712000`,
		`event_time_unix | unix`:                             `1772712000`,
		`custom_data.date | unix`:                            `1775001600`,
		`custom_data.currency | unix`:                        ``,
		`event_time | date:'2006-01-02'`:                     `"2026-03-05"`,
		`event_time | date:'02.01.2006 15:04'`:               `"05.03.2026 12:00"`,
		`event_time | date:'Monday'`:                         `"Thursday"`,
		`event_time_unix | date:'2006-01-02T15:04:05Z07:00'`: `"2026-03-05T12:00:00Z"`,
		`custom_data.date | date:'1/2/06'`:                   `"4/1/26"`,
		`custom_data.currency | date:'2006'`:                 ``,
		`custom_data.zero | date:'2006'`:                     `"1970"`,
		`custom_data.tags | upper`:                           `"ROOF, SOLAR, 3"`,
		`event | sha256`:                                     `"` + hashed(lead) + `"`,
		`event_name|lower|upper|trim`:                        `"LEAD"`,
		`event_name | LOWER`:                                 `"lead"`,
	} {
		body, err := parse(t, `["{{`+use+`}}"]`).Render(event(t, lead))
		require.NoError(t, err)
		require.Equal(t, "["+want+"]", string(body), use)
	}
	require.Len(t, Filters(), len(kinds))
	for _, f := range Filters() {
		parse(t, `["{{event_name | `+f.Use+`}}"]`)
	}
}

func TestPhoneNumbersBecomeE164(t *testing.T) {
	for _, c := range []struct{ typed, country, want string }{
		{"+49 (0)30 5550123", "", "+49305550123"},
		{"0049 30 5550123", "", "+49305550123"},
		{"0049 30 5550123", "US", "+49305550123"},
		{"(650) 555-1212", "US", "+16505551212"},
		{"1 650 555 1212", "US", "+16505551212"},
		{"+1234567890", "", "+1234567890"},
		{"+1 (234) 567-890", "US", "+1234567890"},
		{"0171 2345678", "DE", "+491712345678"},
		{"0171/2345678", "DE", "+491712345678"},
		{"tel:+49-30-5550123", "", "+49305550123"},
		{"+49 30 5550123 ext. 5", "", "+49305550123"},
		{"٠١٧١٢٣٤٥٦٧٨", "DE", "+491712345678"},
		{"\u202a+49 171 2345678\u202c", "", "+491712345678"},
		{"011 49 30 5550123", "US", "+49305550123"},
		{"49 171 2345678", "DE", "+491712345678"},
		{"491712345678", "DE", "+491712345678"},
		{"1712345678", "DE", "+491712345678"},
		{"44 7911 123456", "GB", "+447911123456"},
		{"1-234-567-8900", "US", "+12345678900"},
		{"0171-2345678 (mobil)", "DE", "+491712345678"},
		{"Tel. 0171 2345678", "DE", "+491712345678"},
		{"0171 2345678 / 030 5550123", "DE", "+491712345678"},
		{"0171 2345678, 030 5550123", "DE", "+491712345678"},
		{"+49 171 2345678; +49 30 5550123", "", "+491712345678"},
		{"+49+49 171 2345678", "", "+491712345678"},
		{"1-800-FLOWERS", "US", "+18003569377"},
		{"8 912 345-67-89", "RU", "+79123456789"},
		{"06.12.34.56.78", "FR", "+33612345678"},
		{"06 6982 1234", "IT", "+390669821234"},
		{"+39 06 69821234", "", "+390669821234"},
		{"911", "US", ""},
		{"+1 555 0100", "", "+15550100"},
		{"call me", "DE", ""},
		{"49-171-2345678", "", ""},
		{"0171 2345678", "", ""},
		{"n/a", "DE", ""},
		{"", "DE", ""},
		{"12", "DE", ""},
		{"+0123456789", "", ""},
		{"+1234567890123456", "", ""},
		{strings.Repeat("1", 65), "DE", ""},
	} {
		got, ok := E164(c.typed, c.country)
		require.Equal(t, c.want, got, "%s in %s", c.typed, c.country)
		require.Equal(t, c.want != "", ok)
	}
}

func TestATextIsRenderedWithWhatItInsertsEscaped(t *testing.T) {
	parsed, problems := ParseText("New <{{event_name}}>:\n{{user_data.first_name | upper}}, {{user_data.last_name}}{{custom_data.value}} \"{{custom_data.currency|default:'€'}}\"")
	require.Empty(t, problems)
	text, err := parsed.RenderText(event(t, lead), strings.ToLower)
	require.NoError(t, err)
	require.Equal(t, "New <lead>:\njörg \"j\" <b>, 14.99 \"eur\"", text)
	text, err = parsed.RenderText(event(t, lead), nil)
	require.NoError(t, err)
	require.Equal(t, "New <Lead>:\nJÖRG \"J\" <B>, 14.99 \"EUR\"", text)
	require.Equal(t, "{{user_data.first_name | upper}}", parsed.Placeholders()[1].Source)
	require.Equal(t, 2, parsed.Placeholders()[1].Line)
	_, problems = ParseText("a\nb {{mail}}")
	require.Equal(t, []string{"Line 2, column 5: there is no field mail. Did you mean user_data.email?"}, words(problems))
}

func TestAPlaceholderKnowsWhereItsValueGoes(t *testing.T) {
	all := parse(t, "{\n\"fields\": [{\"name\": \"email\", \"value\": \"{{user_data.email}}\"}],\n\"a/b\": \"{{event_id}} {{event_name}}\"}").Placeholders()
	require.Equal(t, []Placeholder{
		{Source: "{{user_data.email}}", Field: "user_data.email", Line: 2, Column: 40, Pointer: "/fields/0/value", Names: []string{"email"}},
		{Source: "{{event_id}}", Field: "event_id", Line: 3, Column: 9, Pointer: "/a~1b"},
		{Source: "{{event_name}}", Field: "event_name", Line: 3, Column: 22, Pointer: "/a~1b"},
	}, all)
}

func TestABodyOverItsBoundNamesThePlaceholder(t *testing.T) {
	big := `{"event_name":"Lead","custom_data":{"note":"` + strings.Repeat("x", 30<<10) + `"}}`
	for text, want := range map[string]string{
		"{\"a\":\n [" + strings.Repeat(`"{{event_name}}",`, 3) + strings.Repeat(`"{{custom_data.note}}",`, 9) + `"{{event_name}}"]}`: "the body would be larger than 256 KiB; the limit was reached at {{custom_data.note}} (line 2, column 239)",
		`["` + strings.Repeat(`{{custom_data.note}}`, 9) + `"]`:                                                                      "the body would be larger than 256 KiB; the limit was reached at {{custom_data.note}} (line 1, column 163)",
		`["` + strings.Repeat(`{{custom_data.note|sha256}}`, 18) + `"]`:                                                              "the values are too long for so many filters; the limit was reached at {{custom_data.note|sha256}} (line 1, column 219)",
		`["` + strings.Repeat(`{{custom_data.note}}`, 8) + `"]`:                                                                      "",
	} {
		body, err := parse(t, text).Render(event(t, big))
		if want == "" {
			require.NoError(t, err)
			require.LessOrEqual(t, len(body), MaxResult)
			continue
		}
		require.EqualError(t, err, want)
		require.Nil(t, body)
		large := (*TooLargeError)(nil)
		require.ErrorAs(t, err, &large)
	}
	text, problems := ParseText(strings.Repeat(`{{custom_data.note}}`, 9))
	require.Empty(t, problems)
	_, err := text.RenderText(event(t, big), nil)
	require.EqualError(t, err, "the body would be larger than 256 KiB; the limit was reached at {{custom_data.note}} (line 1, column 161)")
	// The plain text behind the last placeholder counts too.
	last := parse(t, `["`+strings.Repeat(`{{custom_data.note}}`, 8)+`","`+strings.Repeat("y", 25<<10)+`"]`)
	_, err = last.Render(event(t, big))
	require.ErrorContains(t, err, "at {{custom_data.note}} (line 1, column 143)")
}

func TestOnlyAnObjectHasNamesForAForm(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, `{"a":1}`: true, `{"a":"{{event_id}}"}`: true, `[]`: false, `"x"`: false, `1`: false, `"{{event}}"`: false, `["{{event_id}}"]`: false, `"x {{event_id}}"`: false} {
		require.Equal(t, want, parse(t, text).IsObject(), text)
	}
}

func TestATextIsBoundedLikeADocument(t *testing.T) {
	_, problems := ParseText(strings.Repeat("x", MaxTemplate+1))
	require.Equal(t, []string{"Line 1, column 1: a template has at most 32 KiB; this has 32769 bytes"}, words(problems))
	_, problems = ParseText("a\xff")
	require.Equal(t, []string{"Line 1, column 2: this is not UTF-8 text"}, words(problems))
}
