package handlers

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAnAPIKeyIsCalledOneWhereItActed(t *testing.T) {
	key, account := uuid.New(), uuid.New()
	names := actorNames{key: true}
	for _, c := range []struct {
		by   store.Actor
		want string
	}{
		{store.Actor{ID: key, Name: "seeding"}, "API key seeding"},
		{store.Actor{ID: key, Name: "maria@acme.example"}, "API key maria@acme.example"},
		{store.Actor{ID: account, Name: "maria@acme.example"}, "maria@acme.example"},
		{store.Actor{ID: account, Name: "seeding"}, "seeding"},
		{store.Actor{Name: "command line"}, "command line"},
		{store.Actor{Name: "ioZen"}, "ioZen"},
		{store.Actor{IP: "192.0.2.1"}, "Somebody"},
		{store.Actor{}, "Somebody"},
	} {
		require.Equal(t, c.want, names.of(c.by))
	}
}
