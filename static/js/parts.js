// Updates the parts of a page that are marked data-part in place, from the address in data-parts.
import { fragment, onNews, swap } from './live.js';

const box = document.querySelector('[data-parts]');

onNews(async () => (await fragment(box.dataset.parts)).querySelectorAll('[data-part]').forEach(swap), 1000);
