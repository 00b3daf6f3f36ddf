// The log: rows change in place, new ones are announced and never push the list down. A first one comes by itself. A filter
// applies as soon as it changes: the server is asked for the same page, and the part that follows the filter is taken from it.
import './leadkey.js';
import './rowkeys.js';
import './brush.js';
import './drawer.js';
import { fragment, onNews, swap } from './live.js';
import { list, plain } from './list.js';
import { pickAgain } from './pick.js';

const byId = (id) => document.getElementById(id);
const bench = byId('workbench');
const path = bench.dataset.list;

function newsAddress() {
  const asked = new URLSearchParams(list.query);
  asked.set('shown', [...document.querySelectorAll('#rows > tr')].map((row) => row.id.slice(2)).join(','));
  return `${path}/news?${asked}`;
}

// tell fills the announcement. The element itself stays: a screen reader listens to it.
function tell(newer) {
  const fresh = byId('fresh');
  if (fresh.textContent !== newer.textContent) fresh.replaceChildren(...newer.childNodes);
}

async function refreshFigures() {
  const asked = list.query;
  const figures = await fragment(`${path}/figures${asked}`);
  if (asked !== list.query || document.querySelector('.plot[data-busy]')) return; // another filter meanwhile, or a hand on the brush
  [...figures.children].forEach(swap);
}

async function refreshRows() {
  const asked = list.query;
  const news = await fragment(newsAddress());
  if (asked !== list.query) return;
  const paged = new URLSearchParams(asked).has('cursor');
  swap(news.getElementById('jobs'));
  const rows = [...news.querySelectorAll('#rows > tr')];
  if (byId('rows')) {
    rows.forEach(swap);
    pickAgain();
    if (!paged) tell(news.getElementById('fresh'));
  } else if (rows.length > 0 && !paged) {
    await show(path + asked);
  }
}

// show takes the part of a page that follows the filter. What has the focus keeps it.
async function show(url) {
  const focused = document.activeElement?.id;
  const typing = byId('filter')?.contains(document.activeElement);
  const newer = (await fragment(url)).getElementById('workbench');
  list.query = new URL(url, location.href).search;
  if (typing && newer.querySelector('#filter')) newer.querySelector('#filter').replaceWith(byId('filter'));
  byId('workbench').replaceChildren(...newer.childNodes);
  byId('workbench').className = newer.className;
  if (focused) byId(focused)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event('log:shown'));
  if (document.querySelector('#chart[data-later]')) refreshFigures().catch(() => {});
}

async function go(url) {
  try {
    await show(url);
    history.pushState({ list: list.query }, '', url);
  } catch {
    location.assign(url); // the whole page says what is wrong
  }
}

// formAddress is the address that the form asks for, without what is left empty.
function formAddress(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) asked.append(name, value);
  return asked.size ? `${path}?${asked}` : path;
}

document.addEventListener('submit', (event) => {
  if (event.target.id !== 'filter') return;
  event.preventDefault();
  go(formAddress(event.target));
});

let wait;
document.addEventListener('input', (event) => {
  if (event.target.form?.id !== 'filter') return;
  clearTimeout(wait);
  const pause = event.target.matches('[type=search], [type=datetime-local]') ? 500 : 0;
  wait = setTimeout(() => go(formAddress(event.target.form)), pause);
});

document.addEventListener('click', (event) => {
  const link = event.target.closest('#statuses a, #chart-clear, #filter-clear, #pager a, #fresh a, #log .empty-state a');
  if (!link || !plain(event)) return;
  const url = new URL(link.href);
  if (url.pathname !== path) return;
  event.preventDefault();
  go(url.pathname + url.search).then(() => {
    if (link.closest('#pager')) byId('log').scrollIntoView({ block: 'start' });
  });
});

addEventListener('popstate', () => {
  if (location.pathname !== path) return;
  if (location.search !== list.query) show(location.pathname + location.search).catch(() => location.reload());
});

onNews(refreshFigures, 10_000);
onNews(refreshRows);
if (document.querySelector('#chart[data-later]')) refreshFigures().catch(() => {});
document.addEventListener('log:filter', () => go(formAddress(byId('filter'))));
