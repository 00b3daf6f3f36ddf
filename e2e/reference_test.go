package e2e

import "testing"

// TestTheReferenceIsReadAndSearched: the API as a page, with commands to copy, filtered while one types.
func TestTheReferenceIsReadAndSearched(t *testing.T) {
	t.Parallel()
	_, p := sharedSettings(t)
	p.open("/help/api")
	p.sees("Post one event, or an array of 1 to 1,000")
	p.inspect("api-reference")
	p.fillIn("searchbox", "Search the API", "erase")
	p.until("the other calls to go", `document.querySelector('#postEvents').hidden && !document.querySelector('#erasePerson').hidden`)
	p.fillIn("searchbox", "Search the API", "zebra")
	p.sees("No call has all of these words.")
	p.open("/workspace")
	p.inspect("workspace")
	p.open("/keys")
	p.inspect("keys")
}
