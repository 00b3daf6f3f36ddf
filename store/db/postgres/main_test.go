package postgres_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// Each step of the store's model is a dozen round trips here. SQLite goes a hundred ways through the same rules and nearly the
	// same statements; each run goes other ways than the one before.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
