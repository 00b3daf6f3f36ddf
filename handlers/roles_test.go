package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"iozen/store"
)

// offers are what a page lets somebody do: "POST /jobs/…/stop" of a form or a button, "GET /keys" of a link. What is disabled, and a
// form without a button that can be pressed, offers nothing.
func offers(t *testing.T, page string) (all []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	attribute := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	add := func(method, address string) {
		u, err := url.Parse(address)
		require.NoError(t, err)
		if u.Host == "" && u.Path != "" {
			all = append(all, strings.ToUpper(method)+" "+u.Path)
		}
	}
	forms := map[string]*html.Node{}
	for n := range root.Descendants() {
		if n.Data == "form" {
			forms[attribute(n, "id")] = n
		}
	}
	within := func(n *html.Node, data, name string) *html.Node {
		for ; n != nil; n = n.Parent {
			if n.Data == data && (name == "" || has(n, name)) {
				return n
			}
		}
		return nil
	}
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "a":
			add(http.MethodGet, attribute(n, "href"))
		case n.Data == "button" && attribute(n, "type") != "button" && !has(n, "disabled") && within(n, "fieldset", "disabled") == nil:
			form := within(n, "form", "")
			if id := attribute(n, "form"); id != "" {
				form = forms[id]
			}
			if address := attribute(n, "formaction"); address != "" {
				add(http.MethodPost, address)
			} else if form != nil {
				add(cmp.Or(attribute(form, "method"), http.MethodGet), attribute(form, "action"))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// busySite has something on every page: a bot that fails, one with held events, resends that run and that are over.
func busySite(t *testing.T) site {
	t.Helper()
	s := newSite(t)
	failing := s.newLogBot("Failing")
	for _, id := range []string{"failed-1", "failed-2", "failed-3"} {
		failing.failedLead(id)
	}
	failing.lead("delivered")
	failing.attempted(answered(200, ""), store.Delivered)
	s.holding(2)
	_, err := s.Store.StartResend(t.Context(), store.DeliveryFilter{BotID: failing.ID}, store.Actor{Name: "owner@acme.example"})
	require.NoError(t, err)
	require.NoError(t, s.Store.SetNotificationWebhook(t.Context(), "https://notify.example/x", store.Actor{}))
	_, err = s.Store.CreateInvitation(t.Context(), store.Invitation{TokenHash: [32]byte{1}, Email: "friend@example.com", Role: store.RoleViewer, ExpiresAt: s.clock.Now().Add(time.Hour)})
	require.NoError(t, err)
	s.newKey(store.RoleEditor, failing.ID)
	failing.endpoint("Slack")
	return s
}

// pagesOf are the addresses of all pages that a role may open, of all bots, and of a delivery in each state.
func (s site) pagesOf(role store.Role) (addresses []string) {
	s.t.Helper()
	bots, err := s.Store.BotNames(s.t.Context(), store.BotFilter{})
	require.NoError(s.t, err)
	deliveries, err := s.Store.Deliveries(s.t.Context(), store.DeliveryFilter{})
	require.NoError(s.t, err)
	for name, who := range access {
		method, path, _ := strings.Cut(name, " ")
		if method != http.MethodGet || !isPage(who) || slices.Index(accountRanks, who) > slices.Index(accountRoles, role) ||
			strings.HasSuffix(path, "/live") || strings.HasSuffix(path, "/export") || strings.HasPrefix(path, "/people/news") {
			continue
		}
		switch {
		case strings.HasPrefix(path, "/bots/:id"):
			for _, b := range bots.Bots {
				names, err := s.Store.WebhookNames(s.t.Context(), b.ID)
				require.NoError(s.t, err)
				for _, w := range names { // twice the same where the path has no number
					addresses = append(addresses, strings.NewReplacer(":id", b.ID.String(), ":n", strconv.Itoa(w.N)).Replace(path))
				}
			}
		case path == "/deliveries/:id":
			for _, d := range deliveries.Deliveries {
				addresses = append(addresses, "/deliveries/"+d.ID.String())
			}
		case !strings.Contains(path, ":"):
			addresses = append(addresses, path)
		}
	}
	return addresses
}

// TestNobodyIsOfferedWhatTheyMayNotDo opens every page as every role: each form, button and link on it leads to where that role may
// go.
func TestNobodyIsOfferedWhatTheyMayNotDo(t *testing.T) {
	s := busySite(t)
	for _, role := range accountRoles {
		t.Run(string(role), func(t *testing.T) {
			as := s.signedIn[role]
			seen := 0
			for _, address := range s.pagesOf(role) {
				res := as.get(address)
				if res.Code != http.StatusOK || !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
					require.Less(t, res.Code, http.StatusBadRequest, address)
					continue
				}
				for _, offer := range offers(t, res.Body.String()) {
					method, path, _ := strings.Cut(offer, " ")
					c := s.router.NewContext(nil, nil)
					s.router.Router().Find(method, path, c)
					who := access[method+" "+c.Path()]
					require.NotEmpty(t, who, "%s offers %s, which is no route", address, offer)
					if isPage(who) && slices.Index(accountRanks, who) > slices.Index(accountRoles, role) {
						t.Errorf("%s offers a %s: %s", address, role, offer)
					}
					seen++
				}
			}
			require.Greater(t, seen, 300)
		})
	}
}
