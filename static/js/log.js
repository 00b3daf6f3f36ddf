// The log: rows change in place; new ones are announced and never push the list down. In an empty log the first row appears
// by itself.
import './leadkey.js';
import { fragment, onNews, swap } from './live.js';

const log = document.getElementById('log');

function address() {
  const asked = new URLSearchParams(location.search);
  asked.set('shown', [...log.querySelectorAll('#rows > tr')].map((row) => row.id.slice(2)).join(','));
  return `${log.dataset.news}?${asked}`;
}

const chartsAddress = () => log.dataset.news.replace(/news$/, 'charts') + location.search;

// announce fills the announcement. The element itself stays, because a screen reader listens to it.
function announce(newer) {
  const fresh = document.getElementById('fresh');
  if (fresh.textContent !== newer.textContent) fresh.replaceChildren(...newer.childNodes);
}

onNews(async () => swap((await fragment(chartsAddress())).getElementById('charts')), 10_000);

onNews(async () => {
  const news = await fragment(address());
  const paged = new URLSearchParams(location.search).has('cursor');
  swap(news.getElementById('jobs'));
  const rows = [...news.querySelectorAll('#rows > tr')];
  if (document.getElementById('rows')) {
    rows.forEach(swap);
    if (!paged) announce(news.getElementById('fresh'));
  } else if (rows.length > 0 && !paged) {
    log.replaceChildren(news);
  }
});
