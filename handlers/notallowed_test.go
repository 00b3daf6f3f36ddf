package handlers

import (
	"html"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

// Who may not do something is not offered it, or reads whom to ask.
func TestAViewerIsOfferedNothingThatIsRefused(t *testing.T) {
	s := newSite(t)
	viewer, editor := s.signedIn[store.RoleViewer], s.signedIn[store.RoleEditor]
	bot := "/bots/" + s.bot.ID.String()
	for path, words := range map[string][]string{
		"/":                                  {"New bot"},
		bot + "/settings/general":            {"Rename</button>", "Delete bot</button>"},
		bot + "/settings/marketing":          {"/webhook/reveal", "Send a sample lead now"},
		bot + "/settings/developer":          {"/webhook/secret/reveal", "Rotate…", "Create API key", "Send a sample lead now"},
		"/deliveries/" + s.delivery.String(): {"Reveal</button>", "Resend</button>", "Retry now"},
		"/workspace":                         {"Send a test notification", "/people"},
	} {
		for _, word := range words {
			require.NotContains(t, viewer.get(path).Body.String(), word, path)
		}
	}
	for path, word := range map[string]string{"/": "New bot", bot + "/settings/general": "Delete bot</button>", bot + "/settings/developer": "/webhook/secret/reveal", bot + "/settings/marketing": "/webhook/reveal", "/workspace": "/people"} {
		require.Contains(t, editor.get(path).Body.String(), word, path)
	}
	require.Contains(t, viewer.get(bot+"/settings/general").Body.String(), "Only editors and owners can rename or delete a bot.")

	empty := newTestApp(t)
	empty.account("viewer@acme.example", store.RoleViewer)
	empty.signInAs("viewer@acme.example")
	for _, path := range []string{"/", "/deliveries"} {
		require.NotContains(t, empty.get(path).Body.String(), "Create your first bot", path)
		require.Contains(t, empty.get(path).Body.String(), "Ask an editor or owner", path)
	}
}

func TestARefusalSaysWhoMay(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		role         store.Role
		method, path string
		want         string
	}{
		{store.RoleEditor, "GET", "/accounts", "Only owners can see this page. You are an editor."},
		{store.RoleViewer, "GET", "/audit", "Only owners can see this page. You are a viewer."},
		{store.RoleViewer, "GET", "/bots/new", "Only editors and owners can see this page. You are a viewer."},
		{store.RoleViewer, "POST", "/bots", "Only editors and owners can do this. You are a viewer."},
		{store.RoleEditor, "POST", "/keys", "Only owners can do this. You are an editor."},
	} {
		browser := s.signedIn[c.role]
		res := browser.get(c.path)
		if c.method == http.MethodPost {
			res = browser.post(c.path, url.Values{})
		}
		require.Equal(t, http.StatusForbidden, res.Code, c.path)
		require.Contains(t, html.UnescapeString(res.Body.String()), c.want)
	}
	require.Contains(t, html.UnescapeString(s.signedIn[store.RoleOwner].post("/help", nil).Body.String()), "This page can't be opened directly.")
	require.Equal(t, http.StatusMethodNotAllowed, s.post("/healthz", nil).Code, "where no session is loaded")
}
