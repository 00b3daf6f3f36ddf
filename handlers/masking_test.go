package handlers

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// echoed is a bot whose endpoint has answered one event, and everything shown of it.
type echoed struct {
	*apiTest
	delivery string
}

// newEcho sends an event to an endpoint whose answer repeats parts of it.
func newEcho(t *testing.T, headers, event string, answer http.HandlerFunc) *echoed {
	t.Helper()
	ta := signedInApp(t)
	e := &echoed{apiTest: &apiTest{testApp: ta, bot: ta.newBot("Quiz"), key: ta.newKey(store.RoleOwner, uuid.Nil)}}
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	e.call("PUT", e.at("/webhook"), `{"enabled":true,"url":"`+server.URL+`/hook","headers":`+headers+`}`, http.StatusOK)
	e.delivery = e.post(event)
	e.attempt()
	return e
}

// shown is everything that a program with a key and a person without Reveal can read about it.
func (e *echoed) shown(key string) map[string]string {
	masked := map[string]string{
		"page":        e.get("/deliveries/" + e.delivery).Body.String(),
		"log":         e.get("/bots/" + e.bot.ID.String() + "/deliveries").Body.String(),
		"home":        e.get("/").Body.String(),
		"csv":         e.get("/deliveries/export?format=csv").Body.String(),
		"ndjson":      e.get("/deliveries/export?format=ndjson").Body.String(),
		"api":         e.api("GET", "/v1/deliveries/"+e.delivery, key, "").Body.String(),
		"list of api": e.api("GET", e.at("/deliveries"), key, "").Body.String(),
	}
	for name, text := range masked {
		masked[name] = strings.ToLower(signature.ReplaceAllString(html.UnescapeString(text), "v1,"))
	}
	return masked
}

// signature is random letters: in lower case some of them would spell a part of a name.
var signature = regexp.MustCompile(`v1,[A-Za-z0-9+/]{43}=`)

func writes(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Echo", strings.NewReplacer("\r", "", "\n", "").Replace(body))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestNoSpellingOfASecretIsShown(t *testing.T) {
	const headers = `[{"name":"Authorization","value":"Basic dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw=="},{"name":"Cookie","value":"a=1; sid=cook+ie/77"}]`
	for name, body := range map[string]string{
		"PHP":               `{"headers":{"Authorization":"Basic dGVzdC11c2VyOnBh\/3N3b3Jk+2Zvbw=="}}`,
		".NET":              `{"headers":{"Authorization":"Basic dGVzdC11c2VyOnBh/3N3b3Jk\u002B2Zvbw=="}}`,
		"Go":                `{"auth":"Basic dGVzdC11c2VyOnBh/3N3b3Jk+2Zvbw\u003d\u003d"}`,
		"HTML":              `<p>Basic dGVzdC11c2VyOnBh&#47;3N3b3Jk&plus;2Zvbw&equals;&#x3D;</p>`,
		"percent":           `?auth=Basic%20dGVzdC11c2VyOnBh%2f3N3b3Jk%2B2Zvbw%3D%3D`,
		"percent, twice":    `?auth=dGVzdC11c2VyOnBh%252F3N3b3Jk%252B2Zvbw%253D%253D`,
		"the pair":          "user test-user with pa\xffsword\xfbfoo",
		"one of two":        `{"cookies":{"sid":"cook\u002bie\/77"}}`,
		"lines":             "auth:\r\n dGVzdC11c2Vy\r\n OnBh/3N3b3Jk\r\n +2Zvbw==",
		"a beginning":       "unknown token dGVzdC11…",
		"base64 of headers": "QXV0aG9yaXphdGlvbjogQmFzaWMgZEdWemRDMTFjMlZ5T25CaC8zTjNiM0prKzJadmJ3PT0=",
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t, headers, `{"event_name":"Lead"}`, writes(http.StatusUnauthorized, body))
			for where, text := range e.shown(e.key) {
				for _, secret := range []string{"dgvzdc11", "3n3b3jk", "2zvbw", "test-user", "ie/77", `ie\/77`, "zedwemrdmtfj"} {
					require.NotContains(t, text, secret, where)
				}
			}
			require.Contains(t, e.shown(e.key)["api"], "••••••••")
		})
	}
}

const jorgsLead = `{"event_name":"Lead","user_data":{"email":"jorg@example.com","phone":"+49 30 555-0123","first_name":"J\u00f6rg","last_name":"O'Brien-\u00c7elik","external_id":"crm/42"}}`

func TestAPersonIsShownOnlyToWhoMayReveal(t *testing.T) {
	for name, body := range map[string]string{
		"PHP":              `{"first_name":"J\u00f6rg","last_name":"O'Brien-\u00c7elik","external_id":"crm\/42","phone":"49305550123","email":"jorg@example.com"}`,
		"capitals":         "JÖRG O'BRIEN-ÇELIK CRM/42 JORG@EXAMPLE.COM",
		"HTML":             "J&ouml;rg O&#39;Brien-&Ccedil;elik crm&#x2F;42 jorg&commat;example.com +49&nbsp;30&nbsp;555&#8209;0123",
		"percent":          "J%C3%B6rg O%27Brien-%c3%87elik crm%2F42 jorg%40example.com %2B49%2030%20555-0123",
		"quoted-printable": "J=C3=B6rg O'Brien-=C3=87elik crm=2F42 jorg=40example.com",
		"NFD":              "Jo\u0308rg O'Brien-C\u0327elik",
		"numbers":          "0049 (0)30 5550123, 030/5550123, 49305550123",
		"base64":           "eyJlbWFpbCI6ImpvcmdAZXhhbXBsZS5jb20iLCJwaG9uZSI6Iis0OSAzMCA1NTUtMDEyMyJ9",
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t, `[]`, jorgsLead, writes(http.StatusUnprocessableEntity, body))
			viewer := e.newKey(store.RoleViewer, uuid.Nil)
			for where, text := range e.shown(viewer) {
				for _, private := range []string{
					"jörg", "jo\u0308rg", `j\u00f6rg`, "j%c3%b6rg", "j=c3=b6rg", "brien", "elik", "crm", "jorg@", "jorg%40", "jorg=40", "5550123", "555-0123", "eyjlbwfpbci6imp",
				} {
					require.NotContains(t, text, private, where)
				}
			}
			revealed := e.posted("/deliveries/"+e.delivery+"/reveal", nil)
			require.Contains(t, html.UnescapeString(revealed), "crm/42", "after Reveal all is there")
			require.Contains(t, e.api("GET", "/v1/deliveries/"+e.delivery, e.key, "").Body.String(), "crm/42", "an editor's key may")
			whole, masked := e.call("GET", "/v1/deliveries/"+e.delivery, "", 200), decoded(t, e.api("GET", "/v1/deliveries/"+e.delivery, viewer, ""), 200)
			require.Equal(t, signatureOf(whole), signatureOf(masked), "what is masked was not what was signed")
		})
	}
}

// posted posts a form of the page and returns the answer.
func (e *echoed) posted(path string, form url.Values) string {
	return e.submit(path, form).Body.String()
}

func quoted(t *testing.T, text string) string {
	raw, err := json.Marshal(text)
	require.NoError(t, err)
	return string(raw)
}

func signatureOf(delivery map[string]any) any {
	attempt := delivery["attempt_log"].([]any)[0].(map[string]any)
	for _, h := range attempt["request"].(map[string]any)["headers"].([]any) {
		if h := h.(map[string]any); h["name"] == "webhook-signature" {
			return h["value"]
		}
	}
	return nil
}

// Diagnoses contain what the endpoint said, and are shown in lists, exports and notifications.
func TestADiagnosisNamesNoPerson(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://crm.example.com/thanks?email=Jane%40example.com&phone=15550123456&auth=crm%2Ftoken%2B1")
			w.WriteHeader(http.StatusMovedPermanently)
		},
		"a title": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html><title>Hello JANE@example.com, +1 555 012 3456, your key is crm\\/token\\u002b1</title></html>"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t, `[{"name":"X-Key","value":"crm/token+1"}]`, `{"event_name":"Lead","user_data":{"email":"jane@example.com","phone":"+1 (555) 012-3456"}}`, answer)
			viewer := e.newKey(store.RoleViewer, uuid.Nil)
			for where, text := range e.shown(viewer) {
				for _, private := range []string{"jane", "15550123456", "555 012 3456", "token"} {
					if private == "token" && where != "csv" && where != "ndjson" { // the pages have words of ours with it
						private = "crm/token"
					}
					require.NotContains(t, text, private, where)
				}
			}
			d, err := e.Store.Delivery(t.Context(), uuid.MustParse(e.delivery))
			require.NoError(t, err)
			for key, detail := range d.LastDetail {
				require.NotContains(t, strings.ToLower(detail), "jane", key)
			}
			require.NotContains(t, d.LastDetail, "location_ok", "a target with a mask in it is no use")
		})
	}
}

// An email, phone or id can be written in many ways: whichever came in, and whichever is typed, the person is found and erased.
func TestAPersonIsKnownInEveryWayToWriteIt(t *testing.T) {
	for kind, ways := range map[string][]string{
		"email":       {"maria@example.org\u200b", " Maria@EXAMPLE.org", "mailto:maria@example.org", "Maria <maria@example.org>", "\ufeffmaria@example.org", "maria@example.org / call me"},
		"phone":       {"+33\u202f6\u202f12\u202f34\u202f56\u202f78", "0033612345678", "+33 (0)6 12 34 56 78", "06 12 34 56 78", "tel:+33-6-12-34-56-78;ext=4", "\u202a+33612345678\u202c", "＋３３６１２３４５６７８", "33612345678"},
		"external_id": {" crm-77 ", "crm-77", "\u200bcrm-77\u00a0"},
	} {
		t.Run(kind, func(t *testing.T) {
			for _, typed := range ways {
				ta := signedInApp(t)
				ta.work()
				bot := ta.newLogBot("Quiz")
				for i, given := range ways {
					bot.accept(`{"event_name":"Lead","event_id":"lead-` + string(rune('a'+i)) + `","user_data":{"` + kind + `":` + quoted(t, given) + `}}`)
				}
				want := strings.Replace("N events of this person", "N", string(rune('0'+len(ways))), 1)
				require.Contains(t, ta.submit("/people", url.Values{"kind": {kind}, "value": {typed}}).Body.String(), want, "%q", typed)
				found := ta.get("/deliveries?" + url.Values{"q": {typed}}.Encode()).Body.String()
				for i := range ways {
					require.Contains(t, found, "lead-"+string(rune('a'+i)), "%q", typed)
				}
				require.Equal(t, len(ways), strings.Count(ta.post("/people/export", url.Values{"kind": {kind}, "value": {typed}}).Body.String(), "\n"))
				require.Contains(t, ta.submit("/people/erase", url.Values{"kind": {kind}, "value": {typed}}).Body.String(), "Erased from")
				for _, again := range ways {
					page := ta.submit("/people", url.Values{"kind": {kind}, "value": {again}}).Body.String()
					require.Contains(t, page, "Nothing is kept about this person")
					require.Contains(t, page, "Erased by "+testEmail, "%q, erased as %q", again, typed)
				}
			}
		})
	}
}

// Visitors give two numbers, or one in the field of the other. Each number finds the event, and erasing removes all of them.
func TestAPersonIsFoundByEverythingThatWasGiven(t *testing.T) {
	ta := signedInApp(t)
	ta.work()
	bot := ta.newLogBot("Quiz")
	for user, ways := range map[string][][2]string{
		`"email":"jane@example.com / 0171 9345671 (please call)"`:   {{"email", "jane@example.com"}, {"phone", "+49 171 9345671"}},
		`"email":"anna@example.com, Tom <tom@example.com>"`:         {{"email", "anna@example.com"}, {"email", "TOM@example.com"}},
		`"phone":"0171 2345671 / 030 5550991"`:                      {{"phone", "+49 171 2345671"}, {"phone", "030 5550991"}},
		`"phone":"maria@example.org"`:                               {{"email", "maria@example.org"}},
		`"email":"0172 5550123"`:                                    {{"phone", "+491725550123"}},
		`"email":"a@x.example b@x.example c@x.example d@x.example"`: {{"email", "d@x.example"}, {"email", "a@x.example"}},
		`"external_id":"crm\u201188"`:                               {{"external_id", "crm-88"}},
	} {
		for _, erasedBy := range ways {
			bot.accept(`{"event_name":"Lead","user_data":{` + user + `}}`)
			for _, way := range ways {
				typed := url.Values{"kind": {way[0]}, "value": {way[1]}}
				require.Contains(t, ta.submit("/people", typed).Body.String(), "1 event of this person", "%s: %s", user, way)
				require.Contains(t, ta.get("/deliveries?"+url.Values{"q": {way[1]}}.Encode()).Body.String(), "Lead", "%s: %s", user, way)
			}
			require.Contains(t, ta.submit("/people/erase", url.Values{"kind": {erasedBy[0]}, "value": {erasedBy[1]}}).Body.String(), "Erased from 1 event")
			for _, way := range ways {
				require.Contains(t, ta.submit("/people", url.Values{"kind": {way[0]}, "value": {way[1]}}).Body.String(), "Nothing is kept about this person", "%s: %s", user, way)
			}
		}
	}
}

// A visitor's text cannot change the direction of a line: pages show the marks that do.
func TestMarksThatTurnTheReadingDirectionAreShown(t *testing.T) {
	e := newEcho(t, `[]`, `{"event_name":"Lead","user_data":{"first_name":"Jane\u202egpj.exe"},"custom_data":{"utm_source":"a\u2066b","note":"x\u202ey"}}`, writes(http.StatusOK, "a\u202eb"))
	for name, page := range map[string]string{
		"masked": e.get("/deliveries/" + e.delivery).Body.String(), "revealed": e.posted("/deliveries/"+e.delivery+"/reveal", nil),
	} {
		for _, mark := range []string{"\u202e", "\u2066"} {
			require.NotContains(t, page, mark, name)
		}
	}
	require.Contains(t, e.posted("/deliveries/"+e.delivery+"/reveal", nil), `Jane\u202egpj.exe`)
}
