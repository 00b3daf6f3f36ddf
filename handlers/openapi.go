package handlers

import (
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

// openAPIDocument describes the API; tests compare the answers with it.
//
//go:embed openapi.yaml
var openAPIDocument []byte

func (a *app) openAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openAPIDocument)
}
