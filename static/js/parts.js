// Updates the parts of a page that are marked data-part in place, from the address in data-parts.
import { fragment, onNews, swap } from './live.js';

const { parts } = document.querySelector('[data-parts]').dataset;

onNews(async () => (await fragment(parts)).querySelectorAll('[data-part]').forEach(swap), 1000);
