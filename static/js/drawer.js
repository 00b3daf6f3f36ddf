// Shows a delivery beside the log: the server's page of it, without its frame. Its address is the delivery's own, so that it can
// be shared. The arrows walk through the rows, Esc closes it, and the focus goes back to the row.
import { single } from './keys.js';
import { fragment } from './live.js';
import { list, plain } from './list.js';
import './parts.js';

const drawer = document.getElementById('drawer');
const body = document.getElementById('drawer-body');
const path = document.getElementById('workbench').dataset.list;
let shown; // the id of the delivery

const rowOf = (id) => document.getElementById(`d-${id}`);
const linkOf = (row) => row?.querySelector('td a');
const idOf = (url) => /^\/deliveries\/([0-9a-f-]{36})$/.exec(new URL(url, location.href).pathname)?.[1];

function mark() {
  document.querySelectorAll('#rows > tr[aria-selected]').forEach((row) => row.removeAttribute('aria-selected'));
  rowOf(shown)?.setAttribute('aria-selected', 'true');
  document.getElementById('drawer-previous').disabled = !rowOf(shown)?.previousElementSibling;
  document.getElementById('drawer-next').disabled = !rowOf(shown)?.nextElementSibling;
}

async function load(url) {
  const content = await fragment(url);
  body.replaceChildren(content);
  const title = body.querySelector('.title');
  drawer.setAttribute('aria-label', `Delivery: ${title.innerText.replace(/\s+/g, ' ').trim()}`);
  document.getElementById('drawer-page').href = url;
}

async function open(url, walking) {
  const id = idOf(url);
  try {
    await load(url);
  } catch {
    location.assign(url);
    return;
  }
  const first = drawer.hidden;
  shown = id;
  drawer.hidden = false;
  drawer.scrollTop = 0;
  mark();
  rowOf(id)?.scrollIntoView({ block: 'nearest' });
  drawer.focus({ preventScroll: true });
  const state = { drawer: url, list: list.query };
  if (first && !walking) history.pushState(state, '', url);
  else history.replaceState(state, '', url);
}

function hide() {
  const id = shown;
  drawer.hidden = true;
  body.replaceChildren();
  shown = undefined;
  mark();
  linkOf(rowOf(id))?.focus();
}

function close() {
  if (drawer.hidden) return;
  hide();
  history.pushState({ list: list.query }, '', path + list.query);
}

function walk(step) {
  const row = rowOf(shown);
  const next = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  if (next) open(linkOf(next).href, true);
}

document.addEventListener('click', (event) => {
  if (!plain(event)) return;
  const link = event.target.closest('#rows a, #drawer-body .atts a');
  if (!link) return;
  event.preventDefault();
  if (link.closest('#rows')) open(link.href);
  else load(link.href).catch(() => location.assign(link.href));
});

document.getElementById('drawer-close').addEventListener('click', close);
document.getElementById('drawer-previous').addEventListener('click', () => walk(-1));
document.getElementById('drawer-next').addEventListener('click', () => walk(1));

document.addEventListener('keydown', (event) => {
  if (drawer.hidden || !plain(event) || document.querySelector(':popover-open')) return;
  if (event.key === 'Escape') close();
  else if (event.target.matches('input, select, textarea, pre, [role=tab]')) return;
  else if (event.key === 'ArrowDown' || (event.key.toLowerCase() === 'j' && single(event))) walk(1);
  else if (event.key === 'ArrowUp' || (event.key.toLowerCase() === 'k' && single(event))) walk(-1);
  else return;
  event.preventDefault();
});

// A form in the drawer acts, and the drawer then shows what became of it.
body.addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    const sent = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: 'POST', headers: { 'X-Fragment': 'true' }, body: sent });
    if (!answer.ok) throw new Error(answer.status);
    const here = document.querySelector('#drawer-body [data-parts]').dataset.parts;
    const said = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-flash]');
    await load(here);
    if (said) document.body.append(said);
  } catch {
    form.submit(); // the page says what is wrong
  }
});

addEventListener('popstate', (event) => {
  if (event.state?.drawer) open(event.state.drawer, true);
  else if (!drawer.hidden) hide();
});
document.addEventListener('log:shown', mark);
