package handlers

import (
	"net/http"
)

// sameOrigin lets an unsafe request through only if the browser says that one of our own pages made it.
// http.CrossOriginProtection passes requests with neither Sec-Fetch-Site nor Origin, taking them for programs. Programs
// have the API, so routes opened by a cookie require one of the two.
func (a *app) sameOrigin(next http.Handler) http.Handler {
	denied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.plainProblem(w, r, &Problem{Status: http.StatusForbidden, Title: "Refused", Detail: "This request did not come from one of our own pages. Go back, reload the page and try again."})
	})
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(denied)
	if a.PublicURL != "" {
		if err := protection.AddTrustedOrigin(a.PublicURL); err != nil {
			a.Log.Warn("IOZEN_PUBLIC_URL is no origin", "error", err)
		}
	}
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !safe(r.Method) && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
			denied.ServeHTTP(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
