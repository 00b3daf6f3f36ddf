package handlers

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"iozen/store"
)

// endpointNames are those of a bot's webhooks that there are.
func (a *app) endpointNames(ctx context.Context, botID uuid.UUID) ([]store.WebhookName, error) {
	names, err := a.everyEndpoint(ctx, botID)
	return slices.DeleteFunc(names, func(n store.WebhookName) bool { return n.Deleted }), err
}

// everyEndpoint are they and those that were deleted, to which deliveries and acts still belong.
func (a *app) everyEndpoint(ctx context.Context, botID uuid.UUID) ([]store.WebhookName, error) {
	names, err := a.Store.WebhookNames(ctx, botID)
	if err != nil {
		return nil, fmt.Errorf("name webhooks: %w", err)
	}
	return names, nil
}

// everyEndpointOnce is everyEndpoint for a page whose rows are of several bots: it reads those of each bot once.
func (a *app) everyEndpointOnce(ctx context.Context) func(botID uuid.UUID) ([]store.WebhookName, error) {
	known := map[uuid.UUID][]store.WebhookName{}
	return func(botID uuid.UUID) (names []store.WebhookName, err error) {
		names, ok := known[botID]
		if !ok {
			names, err = a.everyEndpoint(ctx, botID)
			known[botID] = names
		}
		return names, err
	}
}

// endpointOf is what a webhook is called among all that its bot ever had; "" where the bot never had another.
func endpointOf(names []store.WebhookName, n int) string {
	if len(names) < 2 {
		return ""
	}
	return endpointLabel(names, n)
}

func endpointLabel(names []store.WebhookName, n int) string {
	for _, name := range names {
		if name.N == n {
			return name.Label()
		}
	}
	return ""
}

// endpointIn names a webhook for people who see several bots.
func (a *app) endpointIn(ctx context.Context, id store.WebhookID) (string, error) {
	state, err := a.Store.BotState(ctx, id)
	if err != nil {
		return "", fmt.Errorf("name webhook: %w", err)
	}
	return state.Label(), nil
}
