package handlers

import (
	"context"
	"fmt"
	"slices"

	"iozen/store"
	"iozen/views"
)

// addEndpoint says where a delivery goes and which others there are of its event, if its bot has or had several endpoints.
func (a *app) addEndpoint(ctx context.Context, page *views.DeliveryPage, d store.Delivery) error {
	names, err := a.everyEndpoint(ctx, d.BotID)
	if err != nil {
		return err
	}
	page.Endpoint = endpointOf(names, d.Webhook)
	if page.Gone = slices.ContainsFunc(names, func(n store.WebhookName) bool { return n.N == d.Webhook && n.Deleted }); page.Gone {
		page.Outcome.Edit = views.TestAction{}
	}
	if page.Endpoint == "" || d.Test {
		return nil
	}
	found, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: d.BotID, Query: d.EventID, Limit: store.MaxWebhooks})
	if err != nil {
		return fmt.Errorf("look for the event's other deliveries: %w", err)
	}
	for _, n := range names {
		for _, other := range found.Deliveries {
			if other.Webhook == n.N && other.EventID == d.EventID && other.ID != d.ID && !other.Test {
				page.Others = append(page.Others, otherDelivery(other, n.Label()))
			}
		}
	}
	return nil
}

func otherDelivery(d store.Delivery, endpoint string) views.OtherDelivery {
	o := views.OtherDelivery{ID: d.ID.String(), Endpoint: endpoint}
	o.Kind, o.Icon, o.Status = recentStatus(d.Status)
	return o
}
