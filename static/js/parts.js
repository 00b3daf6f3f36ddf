// Parts of a page that change in place: those marked data-part, asked for at the address in data-parts.
import { fragment, onNews, swap } from './live.js';

const box = document.querySelector('[data-parts]');

onNews(async () => (await fragment(box.dataset.parts)).querySelectorAll('[data-part]').forEach(swap), 1000);
