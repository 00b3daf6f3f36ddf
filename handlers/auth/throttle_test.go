package auth

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	maria        = Visitor{Account: "maria", Address: "192.0.2.1"}
	mariaKnown   = Visitor{Account: "maria", Address: "192.0.2.1", Browser: "n0nce"}
	mariaOutside = Visitor{Account: "maria", Address: "198.51.100.7"}
)

// testClock is a clock that only tests move.
type testClock struct{ at time.Time }

func (c *testClock) Now() time.Time      { return c.at }
func (c *testClock) Add(d time.Duration) { c.at = c.at.Add(d) }

func newTestThrottle() (*Throttle, *testClock) {
	clock := &testClock{at: time.Unix(1_772_712_000, 0)}
	return NewPasswordThrottle(clock.Now), clock
}

func TestWaitsGrowAfterTheFreeTries(t *testing.T) {
	s, clock := newTestThrottle()
	for range freeTries {
		require.Zero(t, s.Enter(mariaKnown))
	}
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		require.Equal(t, want, s.Enter(mariaKnown))
		clock.Add(want)
		require.Zero(t, s.Enter(mariaKnown))
	}
	clock.Add(longestWait)
	require.Zero(t, s.Enter(mariaKnown))
	s.Passed(mariaKnown)
	for range freeTries {
		require.Zero(t, s.Enter(mariaKnown), "a right one forgets the wrong ones")
	}
}

func TestNobodyLocksAnotherOut(t *testing.T) {
	for name, c := range map[string]struct {
		tries  []Visitor // each tried until it has to wait
		who    Visitor
		barred bool
	}{
		"a stranger elsewhere":                         {[]Visitor{mariaOutside}, maria, false},
		"the same place":                               {[]Visitor{maria}, maria, true},
		"the same place, a browser that is known":      {[]Visitor{maria}, mariaKnown, false},
		"another account at the same place":            {[]Visitor{maria}, Visitor{Account: "tom", Address: maria.Address}, false},
		"one place at many accounts":                   {accountsFrom("192.0.2.1", 10), maria, true},
		"one place at many accounts, seen elsewhere":   {accountsFrom("192.0.2.1", 10), mariaOutside, false},
		"one place at many accounts, a browser known":  {accountsFrom("192.0.2.1", 10), mariaKnown, false},
		"many places at one account":                   {placesAt("maria", 40), maria, true},
		"many places at one account, a browser known":  {placesAt("maria", 40), mariaKnown, false},
		"many places at one account, another account":  {placesAt("maria", 40), Visitor{Account: "tom", Address: "192.0.2.9"}, false},
		"one IPv6 line has many addresses":             {lineAt("maria", "2001:db8:0:1::", 10), Visitor{Account: "maria", Address: "2001:db8:0:1::ffff"}, true},
		"an IPv6 line beside it is another":            {lineAt("maria", "2001:db8:0:1::", 1), Visitor{Account: "maria", Address: "2001:db8:0:2::1"}, false},
		"a known browser that guesses waits by itself": {[]Visitor{mariaKnown}, mariaKnown, true},
		"a known browser that guesses bars no other":   {[]Visitor{mariaKnown}, maria, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newTestThrottle()
			for _, v := range c.tries {
				for s.Enter(v) == 0 {
				}
			}
			require.Equal(t, c.barred, s.Enter(c.who) > 0)
		})
	}
}

func TestStrangersAreSlowedNotStopped(t *testing.T) {
	s, clock := newTestThrottle()
	for _, v := range placesAt("maria", 40) {
		s.Enter(v)
	}
	require.LessOrEqual(t, s.Enter(maria), passwordEvery)
	clock.Add(passwordEvery)
	require.Zero(t, s.Enter(maria))
	s.Passed(maria)
	require.Zero(t, s.Enter(maria), "a right password gives its place back")
}

func TestTriesAtOnceAllCount(t *testing.T) {
	s, _ := newTestThrottle()
	entered := 0
	for range 100 { // before any of them is answered
		if s.Enter(maria) == 0 {
			entered++
		}
	}
	require.Equal(t, freeTries, entered)
}

// TestATryThatIsGivenBackForgivesNoOther: after earlier wrong tries the wait stays the same.
func TestATryThatIsGivenBackForgivesNoOther(t *testing.T) {
	for _, who := range []Visitor{maria, mariaKnown} {
		s, clock := newTestThrottle()
		for range freeTries - 1 {
			require.Zero(t, s.Enter(who))
		}
		require.Zero(t, s.Enter(who))
		s.GiveBack(who)
		require.Zero(t, s.Enter(who), "the one that was not looked at")
		require.Equal(t, firstWait, s.Enter(who))
		clock.Add(firstWait)
		require.Zero(t, s.Enter(who))
		s.GiveBack(who)
		require.Zero(t, s.Enter(who))
		require.Equal(t, 2*firstWait, s.Enter(who))
	}
}

func TestMissesAreBounded(t *testing.T) {
	s, clock := newTestThrottle()
	for i := range maxTracked + 1 {
		s.Enter(Visitor{Account: strconv.Itoa(i), Address: strconv.Itoa(i)})
	}
	clock.Add(time.Hour)
	s.Enter(maria)
	require.LessOrEqual(t, len(s.places), maxTracked)
	require.LessOrEqual(t, len(s.address.empty), maxTracked)
	require.LessOrEqual(t, len(s.account.empty), maxTracked)
}

func accountsFrom(address string, n int) (list []Visitor) {
	for i := range n {
		list = append(list, Visitor{Account: "account " + strconv.Itoa(i), Address: address})
	}
	return list
}

func placesAt(account string, n int) (list []Visitor) {
	for i := range n {
		list = append(list, Visitor{Account: account, Address: "203.0.113." + strconv.Itoa(i)})
	}
	return list
}

func lineAt(account, prefix string, n int) (list []Visitor) {
	for i := range n {
		list = append(list, Visitor{Account: account, Address: prefix + strconv.Itoa(i+1)})
	}
	return list
}
