package handlers

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"iozen/store"
)

// actorNames says who acted. An API key is called one: its name alone could be anybody's. The map has the ids of all keys.
type actorNames map[uuid.UUID]bool

func (a *app) actorNames(ctx context.Context) (actorNames, error) {
	keys, err := a.Store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return actorNamesOf(keys), nil
}

func actorNamesOf(keys []store.Key) actorNames {
	names := actorNames{}
	for _, k := range keys {
		names[k.ID] = true
	}
	return names
}

// of names an actor: "maria@acme.example", "API key website". Whoever has no name was not signed in.
func (n actorNames) of(by store.Actor) string {
	switch {
	case n[by.ID]:
		return "API key " + by.Name
	case by.Name == "":
		return "Somebody"
	}
	return by.Name
}
