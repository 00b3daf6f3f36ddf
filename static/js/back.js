// A delivery that was opened beside the log and then loaded again is a page of its own, but the browser takes it and the log for
// one document: Back changes the address and nothing else. What the address names is loaded.
const shown = location.pathname;
addEventListener('popstate', () => { if (location.pathname !== shown) location.reload(); });
