package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"iozen/store/db/postgres/pgtest"
)

// through is an installation as those see it who reach it by the proxy.
func (r *replicas) through() *installation {
	h := *r.each[0]
	h.URL = r.proxy.URL
	return &h
}

// TestAnInstallationOfTwoServers goes from the set-up to an event that is seen live, when each request comes to the other
// server: what one has told a page, the other knows.
func TestAnInstallationOfTwoServers(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	for range 2 {
		r.add(binary)
	}
	r.members(2)
	h := r.through()
	p := h.newPage()
	p.open("/")
	p.at("/setup")
	code := regexp.MustCompile(`Set-up code: (\S+)`)
	said := code.FindStringSubmatch(r.each[1].said.String())
	require.NotNil(t, said, "behind a proxy a code is asked for")
	require.Equal(t, said, code.FindStringSubmatch(r.each[0].said.String()), "it is the same everywhere")
	p.fill("Set-up code", said[1])
	p.createAccount()
	p.press(link, "Create your first bot")
	p.fill("Name", "Roofing quote bot")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	bot := botOf(p.location())
	r.proxy.pin(0)
	p.configure()
	r.proxy.pin(1)
	p.press(button, "Test Connection")
	p.sees("Your endpoint accepted the test")
	r.proxy.pin(-1)

	// A running test is cancelled by a request that comes to the other server.
	endpoint := newReceiver(t)
	p.open("/bots/" + bot + "/settings/marketing")
	p.fill("Webhook URL", endpoint.URL)
	p.blur()
	p.says("All changes saved")
	release := endpoint.holdAnswers()
	r.proxy.pin(0)
	p.test("Sending one test event…")
	await(t, endpoint.came)
	p.until("the running time", `/^Cancel · [1-9][0-9]* s$/.test(document.getElementById('cancel-test').textContent)`)
	r.proxy.pin(1)
	p.do("cancelling", chromedp.Click("#cancel-test", chromedp.NodeVisible))
	p.sees("Cancelled by you after")
	release()
	r.proxy.pin(-1)

	p.open("/bots/" + bot + "/deliveries")
	p.rows("2")
	for _, h := range r.each {
		require.NotContains(t, h.log.String(), "level=ERROR")
		require.NotContains(t, h.log.String(), "is not believed")
	}

	// A live page whose server dies goes on with the other one, and misses nothing.
	r.proxy.pin(0)
	p.open("/bots/" + bot + "/deliveries")
	p.sees("Live")
	p.stays()
	a := h.newAPI()
	r.proxy.pin(1)
	r.each[0].kill()
	a.post(bot)
	p.sees("1 new delivery · Show")
	p.sees("Live")
	p.still()
}

// TestPeopleOnTwoServers see what the others do: events that another server accepts, settings that somebody saves there, and
// whose to keep if both have changed the same.
func TestPeopleOnTwoServers(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	here, there := r.add(binary), r.add(binary)
	r.members(2)
	maria, tom := here.newPerson("maria@acme.example"), here.newPerson("tom@acme.example")
	d := (&office{installation: here, maria: maria, tom: tom}).newDesk(t)
	other := &desk{office: &office{installation: there, maria: maria, tom: tom}, bot: d.bot, page: there.newPage()}
	other.signedInAs(tom) // who signed in at the other server
	other.openSettings()
	other.blur()

	d.enter("Webhook URL", d.office.Test)
	d.says(saved)
	other.until("the URL to come", `document.getElementById('webhook-url').value === `+quote(d.office.Test))
	other.press(toggle, "Webhook")
	other.says(saved)
	d.until("the switch to turn", `document.getElementById('webhook-enabled').checked`)
	d.conflicts(other, crm+"/mine", crm+"/theirs")
	d.press(button, "Use theirs")
	d.says(saved)
	require.Equal(t, crm+"/theirs", d.value("Webhook URL"))
	other.enter("Webhook URL", d.office.Test)
	other.says(saved)

	d.open("/bots/" + d.bot + "/deliveries")
	d.stays()
	d.sees("Live")
	a := there.newAPI()
	a.post(d.bot)
	d.rows("1")
	d.sees("Delivered")
	d.still()

	other.open("/")
	other.sees("Roofing quote bot")
	signedOut := here.send(maria.session, "/signout", url.Values{})
	require.Equal(t, "/signin", signedOut.Header.Get("Location"))
	gone := there.newPage()
	gone.signedInAs(maria)
	gone.open("/")
	gone.at("/signin")
}

// TestTheNextLeaderGoesOnWithAJob: the server that resends dies half-way, while somebody watches at the other one. Before and
// after, people are notified once of what happens.
func TestTheNextLeaderGoesOnWithAJob(t *testing.T) {
	t.Parallel()
	const all, failed = 200, 180 // 4 s of resending
	r := newReplicas(t, pgtest.Empty(t))
	leader, h := r.add(binary), r.add(binary)
	r.members(2)
	endpoint, moody := newReceiver(t), newMoody(t)
	maria, a := h.newPerson("maria@acme.example"), h.newAPI()
	bot := a.newBot("Roofing quote bot", moody.URL)
	a.postMany(bot, all)
	notified := newReceiver(t)
	h.send(maria.session, "/workspace/webhook", url.Values{"url": {notified.URL}})
	told := func(name string) (times int) {
		for _, n := range notified.all() {
			if strings.Contains(n.body, `"text":"`+name+` has been failing`) {
				times++
			}
		}
		return times
	}
	trouble := func(name string) {
		a.haveTrouble(name, h.Test+"/status/401", 3)
		require.Eventually(t, func() bool { return told(name) > 0 }, patience, slowly)
	}
	trouble("Solar bot")

	p := h.newPage()
	p.signedInAs(maria)
	p.open("/bots/" + bot + "/deliveries?status=failed")
	p.until("what became of them to be counted", countsAre("Delivered", fmt.Sprint(all-failed), "Failed", fmt.Sprint(failed)))
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": endpoint.URL}, http.StatusOK)
	p.press(link, fmt.Sprintf("Resend %d failed…", failed))
	p.press(button, fmt.Sprintf("Resend %d", failed))
	await(t, endpoint.came)
	leader.kill()
	before := len(endpoint.all())
	require.Less(t, before, failed, "it was half-way")

	p.until("the outcome to come by itself", `/\bAll \d+ delivered/.test(document.getElementById('jobs').textContent)`)
	arrived := map[string]bool{}
	for _, a := range endpoint.all() {
		arrived[a.header.Get("webhook-id")] = true
	}
	require.Len(t, arrived, failed)
	require.LessOrEqual(t, len(endpoint.all()), failed+inFlightPerBot)
	trouble("Window bot")
	h.stop()
	require.Equal(t, []int{1, 1, 1}, []int{told("Solar bot"), told("Roofing quote bot"), told("Window bot")}, "who was notified once")
}

// haveTrouble makes a bot whose first n events its endpoint refuses, and then another change, which has the alerts looked at.
func (a *api) haveTrouble(name, target string, n int64) {
	a.t.Helper()
	bot := a.newBot(name, target)
	for range n {
		a.post(bot)
	}
	require.Eventually(a.t, func() bool {
		waiting := call[struct{ Deliveries []object }](a, "GET", "/v1/bots/"+bot+"/deliveries?status=queued,sending", nil, http.StatusOK)
		return len(waiting.Deliveries) == 0
	}, patience, slowly)
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": target, "rate_limit": 1}, http.StatusOK)
}

// TestServersThatStartAtTheSameMoment make one database and one key; who has another key is refused.
func TestServersThatStartAtTheSameMoment(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	r.each = make([]*installation, 3)
	var starting sync.WaitGroup
	for i := range r.each {
		starting.Go(func() { r.each[i] = startIn(t, r.dir, binary, r.env...) })
	}
	starting.Wait()
	require.NotContains(t, r.each, (*installation)(nil))
	for _, h := range r.each {
		t.Cleanup(h.end)
	}
	r.members(3)
	require.Contains(t, r.each[0].refusedToStart("IOZEN_KEY_FILE="+filepath.Join(t.TempDir(), "other.key")), "other.key")
	for _, h := range r.each {
		require.Contains(t, h.command("key", "create", "--name", "e2e", "--role", "owner"), "iozen_")
		h.stop()
	}
}

// TestWhoMustBeAloneIsRefusedBesideServers: what must not happen while servers run says so.
func TestWhoMustBeAloneIsRefusedBesideServers(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, pgtest.Empty(t))
	for range 2 {
		r.add(binary)
	}
	h := r.each[1]
	require.Contains(t, h.refused("key", "rotate-master"), "stop the server first")

	alone := startServer(t, "IOZEN_KEY_FILE="+filepath.Join(r.dir, "iozen.key"))
	require.Contains(t, alone.refusedToStart("IOZEN_ADDR=127.0.0.1:0"), "another iozen serve is using this database")
	to, err := url.Parse(r.at)
	require.NoError(t, err)
	alone.env = append(alone.env, "PGPASSWORD="+passwordOf(t, r.at))
	to.User = url.User(to.User.Username())
	migrate := []string{"migrate-database", "--to", to.String()}
	require.Contains(t, alone.refused(migrate...), "another iozen serve is using this database")
	alone.stop()
	require.Contains(t, alone.refused(migrate...), "is not empty")
}
