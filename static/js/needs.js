// What needs attention, kept true while a page is open: the bell, the title and icon, a bot's own banners. The page asks
// when there is news (where it has a stream), when it is looked at again, and every half minute in between; not while
// nobody has moved for a while, because asking keeps the session alive.
import { fragment, inView, onNews, swap } from './live.js';

const mark = '● ';
const every = 30_000;
const bell = document.getElementById('bell');
const icon = document.querySelector('link[rel=icon]');

function show(failing) {
  if (document.title.startsWith(mark) === failing) return;
  document.title = failing ? mark + document.title : document.title.slice(mark.length);
  [icon.href, icon.dataset.other] = [icon.dataset.other, icon.href];
}

async function refresh() {
  const news = await fragment(bell.dataset.needs);
  [...news.children].forEach(swap);
  show('failing' in bell.dataset);
}

const look = () => { if (inView()) refresh().catch(() => {}); };

if (bell) {
  document.addEventListener('visibilitychange', look);
  setInterval(look, every);
  onNews(refresh, 2000);
}
