package handlers

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// entityTags is the form of If-Match: tags in quotes, perhaps weak, separated by commas.
var entityTags = regexp.MustCompile(`^\s*(W/)?"[^"]*"\s*(,\s*(W/)?"[^"]*"\s*)*$`)

// noVersion matches no settings: it stands for an If-Match that names only tags that were never ours.
const noVersion = -1

// ifMatch is the version that If-Match demands; nil without the header, or with *. From a list it takes the present
// version, if that is among them; the store compares again when it writes.
func (a *app) ifMatch(c echo.Context, bot store.Bot) (*int64, error) {
	text := strings.Join(c.Request().Header.Values("If-Match"), ",")
	if text == "" || strings.TrimSpace(text) == "*" {
		return nil, nil
	}
	versions, ok := taggedVersions(text)
	if !ok {
		return nil, &Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: `If-Match must hold the ETag as it was read, with its quotes: If-Match: "7"`}
	}
	w, err := a.webhook(c, bot.ID)
	if err != nil {
		return nil, fmt.Errorf("compare with If-Match: %w", err)
	}
	version := int64(noVersion)
	if slices.Contains(versions, w.Version) {
		version = w.Version
	}
	return &version, nil
}

// taggedVersions reads the versions out of entity tags. Contrary to RFC 9110, a weak tag counts like a strong one:
// proxies weaken the tags of what they compress, and a version names the same settings however they were packed.
func taggedVersions(text string) (versions []int64, ok bool) {
	if !entityTags.MatchString(text) {
		return nil, false
	}
	for _, tag := range strings.Split(text, ",") {
		tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
		if version, err := strconv.ParseInt(tag, 10, 64); err == nil {
			versions = append(versions, version)
		}
	}
	return versions, true
}
