// Parts of a page that change in place: those marked data-part, asked for at the address in data-parts of what holds them.
import { fragment, onNews, swap } from './live.js';

async function refreshParts() {
  const parts = document.querySelector('[data-parts]')?.dataset.parts;
  if (parts) (await fragment(parts)).querySelectorAll('[data-part]').forEach(swap);
}

onNews(refreshParts, 1000);
