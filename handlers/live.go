package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/views"
)

// botLive and allLive are the streams of a bot's pages and of the pages of all bots.
func (a *app) botLive(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.live(c, bot.ID)
}

func (a *app) allLive(c echo.Context) error { return a.live(c, uuid.Nil) }

// liveOf is what a page needs to open its stream. It must be taken before the page reads what it shows.
func (a *app) liveOf(botID uuid.UUID) views.Live {
	url := "/deliveries/live"
	if botID != uuid.Nil {
		url = views.BotURL(botID.String(), "live")
	}
	return views.Live{URL: url, Seen: a.Store.News()}
}

// live is the one stream of a page (server-sent events). It says only that there is news: the page then asks for what it
// shows, with its own filter. A page that reconnects names the last news it has seen, and hears at once if it missed any.
// The stream ends with the page, the session or the server.
func (a *app) live(c echo.Context, botID uuid.UUID) error {
	account := accountOf(c).ID
	if !a.streams.enter(account) {
		return &Problem{Status: http.StatusTooManyRequests, Title: "Too many live pages", Detail: "Close some of them. This one shows news when it is loaded again.", RetryAfter: time.Minute}
	}
	defer a.streams.leave(account)
	signal, end := a.Store.Watch(botID)
	defer end()
	out, err := openEventStream(c)
	if err != nil {
		return nil // the browser has gone
	}
	seen := c.Request().Header.Get("Last-Event-ID")
	if seen == "" {
		seen = c.QueryParam("seen")
	}
	a.follow(c.Request().Context(), out, signal, seen)
	return nil
}

// follow sends news as it comes, but leaves a pause after each: what comes meanwhile is one piece of news.
func (a *app) follow(ctx context.Context, out *eventStream, signal <-chan struct{}, seen string) {
	beat := time.NewTicker(a.streams.beat)
	defer beat.Stop()
	if a.Store.NewsSince(seen) && !a.sendNews(ctx, out) {
		return
	}
	for {
		var goesOn bool
		select {
		case <-signal:
			goesOn = a.sendNews(ctx, out) && a.pause(ctx, a.streams.pause)
		case <-beat.C: // shows a proxy, and us, that the other side is still there
			goesOn = a.stillSignedIn(ctx, out) && out.beat() == nil
		case <-ctx.Done():
		case <-a.Stopping:
		}
		if !goesOn {
			return
		}
	}
}

func (a *app) sendNews(ctx context.Context, out *eventStream) bool {
	return a.stillSignedIn(ctx, out) && out.news(a.Store.News()) == nil
}

// stillSignedIn looks up again the session that the stream was opened with, and notifies the page when it has ended.
func (a *app) stillSignedIn(ctx context.Context, out *eventStream) bool {
	_, _, ok, err := a.sessions.Current(ctx)
	if err != nil {
		return false // the browser asks again
	}
	if !ok {
		_ = out.end() // nothing follows
	}
	return ok
}

// pause waits, unless the stream is to end.
func (a *app) pause(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
	case <-a.Stopping:
	}
	return false
}
