// What the list shows: the query of its address. The address of the tab may be that of a delivery in the drawer.
export const list = { query: location.search };

// plain reports whether a click or key asks for no more than what its target does: not for a new tab, nor for something a
// script has done already.
export const plain = (event) => !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.button;
