// Keeps the list of recent deliveries fresh, but not under the reader's focus.
import { fragment, onNews } from './live.js';

const list = document.getElementById('recent');

onNews(async () => {
  const newer = await fragment(list.dataset.url);
  if (!list.contains(document.activeElement)) list.replaceChildren(newer);
});
