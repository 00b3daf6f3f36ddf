// What the list shows: the query of its address. The address of the tab may be that of a delivery in the drawer.
export const list = { query: location.search };
