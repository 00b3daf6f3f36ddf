// Parts of a page that change in place: those marked data-part, asked for at the address in data-parts.
import { fragment, onNews, swap } from './live.js';

const { parts } = document.querySelector('[data-parts]').dataset;

onNews(async () => (await fragment(parts)).querySelectorAll('[data-part]').forEach(swap), 1000);
