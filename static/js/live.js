// One stream for each page (server-sent events): the server says that there is news, and the parts of the page ask for what
// they show. The stream is closed while the tab is hidden or unused (asking keeps the session alive). Opened again, it
// reports at once whether anything has happened meanwhile.

const state = document.getElementById('live');
const attention = 10 * 60_000;
const again = 15_000;
let seen = state?.dataset.seen;
let lastSign = Date.now(); // of a person at the page
let source;
let told = false; // there was news since the page came
let over = false; // the session has ended

function show(kind, text) {
  const dot = Object.assign(document.createElement('span'), { className: `dot ${kind}` });
  state.replaceChildren(dot, text);
  state.hidden = false;
}

function close(kind, text) {
  source?.close();
  source = undefined;
  show(kind, text);
}

function open() {
  if (!state || source || over || document.hidden) return;
  source = new EventSource(`${state.dataset.live}?seen=${encodeURIComponent(seen)}`);
  source.onopen = () => show('live', 'Live');
  source.onmessage = (event) => {
    seen = event.lastEventId;
    told = true;
    document.dispatchEvent(new Event('live:news'));
  };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return show('warn', 'Reconnecting…');
    close('warn', 'Not live. Reload to see news.'); // refused: the browser does not retry, but we do
    setTimeout(open, again);
  };
  source.addEventListener('end', () => {
    over = true;
    close('bad', 'Signed out. Reload to sign in.');
  });
}

function sign() {
  lastSign = Date.now();
  open();
}

// inView reports whether somebody looks at the page, or did a moment ago.
export const inView = () => !document.hidden && Date.now() - lastSign < attention;

// onNews calls refresh for news, one call at a time, with at least some time between two.
export function onNews(refresh, pause = 0) {
  let busy = false;
  let more = false;
  const refreshed = async () => {
    more = true;
    if (busy) return;
    busy = true;
    while (more) {
      more = false;
      await refresh().catch(() => {}); // the next news brings it
      await new Promise((done) => setTimeout(done, pause));
    }
    busy = false;
  };
  document.addEventListener('live:news', refreshed);
  if (told) refreshed(); // a module that came later than the first news
}

// fragment asks the server for a piece of a page.
export async function fragment(url) {
  const response = await fetch(url, { headers: { 'X-Fragment': 'true' } });
  if (!response.ok || response.redirected) throw new Error(`${url}: ${response.status}`);
  const page = document.createElement('template');
  page.innerHTML = await response.text();
  return page.content;
}

// face is a piece of a page as the server sends it, to compare two of them: scripts have since made times local and shown
// copy buttons, and people have opened and closed details.
function face(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll('time').forEach((time) => time.replaceChildren());
  copy.querySelectorAll('[data-copy]').forEach((button) => button.removeAttribute('hidden'));
  copy.querySelectorAll('details').forEach((details) => details.removeAttribute('open'));
  return copy.outerHTML;
}

const inUse = (element) => element.contains(document.activeElement) || element.querySelector(':popover-open');

// become updates a piece to a newer one. Nodes that both have stay, so that a button that is being pressed is still there
// when it is released. What scripts and people changed stays too; times are replaced, and made local again.
function become(there, newer) {
  if (there.nodeName !== newer.nodeName || there.nodeName === 'TIME' || there.childNodes.length !== newer.childNodes.length) {
    if (!there.isEqualNode(newer)) there.replaceWith(newer);
    return;
  }
  if (there.nodeType !== Node.ELEMENT_NODE) {
    if (there.data !== newer.data) there.data = newer.data;
    return;
  }
  const kept = (name) => name === 'open' || name === 'aria-selected' || (name === 'hidden' && there.matches('[data-copy]'));
  for (const { name } of [...there.attributes]) if (!newer.hasAttribute(name) && !kept(name)) there.removeAttribute(name);
  for (const { name, value } of newer.attributes) if (there.getAttribute(name) !== value && !kept(name)) there.setAttribute(name, value);
  [...newer.childNodes].forEach((child, i) => become(there.childNodes[i], child));
}

// swap updates the piece with the same id, unless it is unchanged, of the same version, or somebody is using it.
export function swap(newer) {
  const there = document.getElementById(newer.id);
  if (newer.dataset.version && newer.dataset.version === there?.dataset.version) return;
  if (there && !inUse(there) && face(there) !== face(newer)) become(there, newer);
}

for (const type of ['pointermove', 'keydown', 'scroll', 'focus']) addEventListener(type, sign, { passive: true });
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) sign();
  else if (source) close('idle', 'Paused');
});
setInterval(() => {
  if (source && !inView()) close('idle', 'Paused until you move');
}, 30_000);
open();
