// A delivery: what happened and what can be done about it change in place.
import { fragment, onNews, swap } from './live.js';

const pause = 2000; // the bot's other deliveries are news too

onNews(async () => {
  const newer = await fragment(location.href);
  newer.querySelectorAll('[data-part]').forEach(swap);
}, pause);
