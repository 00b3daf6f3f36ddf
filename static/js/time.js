// Turns <time datetime data-style> from the server's UTC text into local time; the exact UTC stays in the title.
// Styles: "day" (today 14:20:11, Sun 22 Nov, 14:02:11) in sentences, "row" (14:02:11, or 22 Nov 14:02:11) in lists, "ago" (12 s
// ago, 3 days ago), "until" (in 4:12), and for charts "minute" (14:02), "weekday" (Fri 14:02), "date" (22 Nov), "newday" (Today, Sun;
// nothing on the day of the one before).

const format = (options) => new Intl.DateTimeFormat('en-GB', { hourCycle: 'h23', ...options });
const two = '2-digit';
const minute = format({ hour: two, minute: two });
const seconds = format({ hour: two, minute: two, second: two });
const weekday = format({ weekday: 'short' });
const date = format({ day: 'numeric', month: 'short' });
const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
const daysFrom = (at, now) => Math.round((midnight(at) - midnight(now)) / 864e5);
const padded = (n) => String(n).padStart(2, '0');

function day(at, now) {
  const days = daysFrom(at, now);
  if (days === 0) return `today ${seconds.format(at)}`;
  if (days === 1) return `tomorrow ${seconds.format(at)}`;
  if (days === -1) return `yesterday ${seconds.format(at)}`;
  const parts = { weekday: 'short', day: 'numeric', month: 'short' };
  if (at.getFullYear() !== now.getFullYear()) parts.year = 'numeric';
  return `${format(parts).format(at).replace(',', '')}, ${seconds.format(at)}`;
}

function ago(at, now) {
  const s = Math.max(0, Math.round((now - at) / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86400)} days ago`;
}

function row(at, now) {
  if (daysFrom(at, now) === 0) return seconds.format(at);
  const year = at.getFullYear() === now.getFullYear() ? '' : ` ${at.getFullYear()}`;
  return `${date.format(at)}${year} ${seconds.format(at)}`;
}

function until(at, now) {
  const s = Math.round((at - now) / 1000);
  if (s <= 0) return 'now';
  if (s < 3600) return `in ${Math.floor(s / 60)}:${padded(s % 60)}`;
  if (s < 48 * 3600) return `in ${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `in ${Math.round(s / 86400)} days`;
}

function newday(at, now, el) {
  const before = el.closest('li')?.previousElementSibling?.querySelector('time');
  if (before && daysFrom(at, new Date(before.dateTime)) === 0) return '';
  return daysFrom(at, now) === 0 ? 'Today' : weekday.format(at);
}

const styles = {
  day,
  ago,
  row,
  until,
  newday,
  minute: (at) => minute.format(at),
  weekday: (at) => `${weekday.format(at)} ${minute.format(at)}`,
  date: (at) => date.format(at),
};

function localise(times) {
  const now = new Date();
  for (const el of times) {
    const text = styles[el.dataset.style](new Date(el.dateTime), now, el);
    if (el.textContent !== text) el.textContent = text;
  }
}

const all = () => localise(document.querySelectorAll('time[datetime][data-style]'));
all();
new MutationObserver((changes) => {
  if (changes.some((c) => c.addedNodes.length)) all();
}).observe(document.body, { childList: true, subtree: true });
setInterval(() => document.hidden || all(), 10_000);
setInterval(() => document.hidden || localise(document.querySelectorAll('time[data-style=until]')), 1000);
