// Home: the list is searched while one types, "/" goes to the search, the arrow keys walk the bots.
import { single } from './keys.js';
import { fragment } from './live.js';
import './parts.js';

const search = document.querySelector('#bot-search input');
const box = document.querySelector('[data-parts]');
const rows = () => [...document.querySelectorAll('.bots > a')];
const pause = 200;
let timer;
let asked = 0;

async function find() {
  const query = search.value.trim();
  const url = query ? `/?q=${encodeURIComponent(query)}` : '/';
  const mine = ++asked;
  const news = await fragment(url);
  if (mine !== asked) return; // another key was faster
  box.dataset.parts = url;
  history.replaceState(null, '', url);
  for (const part of [...news.children]) document.getElementById(part.id).replaceWith(part);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => find().catch(() => {}), pause);
}

function walk(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== search) return false;
  const next = at + step;
  (next < 0 ? search ?? all[0] : all[Math.min(next, all.length - 1)])?.focus();
  return true;
}

search?.addEventListener('input', later);
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && single(event) && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    if (walk(event.key === 'ArrowDown' ? 1 : -1)) event.preventDefault();
  }
});
