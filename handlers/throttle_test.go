package handlers

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	maria        = visitor{account: "maria", address: "192.0.2.1"}
	mariaKnown   = visitor{account: "maria", address: "192.0.2.1", browser: "n0nce"}
	mariaOutside = visitor{account: "maria", address: "198.51.100.7"}
)

func newTestThrottle() (*throttle, *testClock) {
	clock := &testClock{at: time.Unix(1_772_712_000, 0)}
	return newThrottle(clock.Now, passwordBurst, passwordEvery), clock
}

func TestWaitsGrowAfterTheFreeTries(t *testing.T) {
	s, clock := newTestThrottle()
	for range freeTries {
		require.Zero(t, s.enter(mariaKnown))
	}
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		require.Equal(t, want, s.enter(mariaKnown))
		clock.Add(want)
		require.Zero(t, s.enter(mariaKnown))
	}
	clock.Add(longestWait)
	require.Zero(t, s.enter(mariaKnown))
	s.passed(mariaKnown)
	for range freeTries {
		require.Zero(t, s.enter(mariaKnown), "a right one forgets the wrong ones")
	}
}

func TestNobodyLocksAnotherOut(t *testing.T) {
	for name, c := range map[string]struct {
		tries  []visitor // each tried until it has to wait
		who    visitor
		barred bool
	}{
		"a stranger elsewhere":                         {[]visitor{mariaOutside}, maria, false},
		"the same place":                               {[]visitor{maria}, maria, true},
		"the same place, a browser that is known":      {[]visitor{maria}, mariaKnown, false},
		"another account at the same place":            {[]visitor{maria}, visitor{account: "tom", address: maria.address}, false},
		"one place at many accounts":                   {accountsFrom("192.0.2.1", 10), maria, true},
		"one place at many accounts, seen elsewhere":   {accountsFrom("192.0.2.1", 10), mariaOutside, false},
		"one place at many accounts, a browser known":  {accountsFrom("192.0.2.1", 10), mariaKnown, false},
		"many places at one account":                   {placesAt("maria", 40), maria, true},
		"many places at one account, a browser known":  {placesAt("maria", 40), mariaKnown, false},
		"many places at one account, another account":  {placesAt("maria", 40), visitor{account: "tom", address: "192.0.2.9"}, false},
		"one IPv6 line has many addresses":             {lineAt("maria", "2001:db8:0:1::", 10), visitor{account: "maria", address: "2001:db8:0:1::ffff"}, true},
		"an IPv6 line beside it is another":            {lineAt("maria", "2001:db8:0:1::", 1), visitor{account: "maria", address: "2001:db8:0:2::1"}, false},
		"a known browser that guesses waits by itself": {[]visitor{mariaKnown}, mariaKnown, true},
		"a known browser that guesses bars no other":   {[]visitor{mariaKnown}, maria, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newTestThrottle()
			for _, v := range c.tries {
				for s.enter(v) == 0 {
				}
			}
			require.Equal(t, c.barred, s.enter(c.who) > 0)
		})
	}
}

func TestStrangersAreSlowedNotStopped(t *testing.T) {
	s, clock := newTestThrottle()
	for _, v := range placesAt("maria", 40) {
		s.enter(v)
	}
	require.LessOrEqual(t, s.enter(maria), passwordEvery)
	clock.Add(passwordEvery)
	require.Zero(t, s.enter(maria))
	s.passed(maria)
	require.Zero(t, s.enter(maria), "a right password gives its place back")
}

func TestTriesAtOnceAllCount(t *testing.T) {
	s, _ := newTestThrottle()
	entered := 0
	for range 100 { // before any of them is answered
		if s.enter(maria) == 0 {
			entered++
		}
	}
	require.Equal(t, freeTries, entered)
}

func TestMissesAreBounded(t *testing.T) {
	s, clock := newTestThrottle()
	for i := range maxTracked + 1 {
		s.enter(visitor{account: strconv.Itoa(i), address: strconv.Itoa(i)})
	}
	clock.Add(time.Hour)
	s.enter(maria)
	require.LessOrEqual(t, len(s.places), maxTracked)
	require.LessOrEqual(t, len(s.address.empty), maxTracked)
	require.LessOrEqual(t, len(s.account.empty), maxTracked)
}

func accountsFrom(address string, n int) (list []visitor) {
	for i := range n {
		list = append(list, visitor{account: "account " + strconv.Itoa(i), address: address})
	}
	return list
}

func placesAt(account string, n int) (list []visitor) {
	for i := range n {
		list = append(list, visitor{account: account, address: "203.0.113." + strconv.Itoa(i)})
	}
	return list
}

func lineAt(account, prefix string, n int) (list []visitor) {
	for i := range n {
		list = append(list, visitor{account: account, address: prefix + strconv.Itoa(i+1)})
	}
	return list
}
