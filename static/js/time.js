// Turns <time datetime data-style> from the server's UTC text into local time; the exact UTC stays in the title.
// Styles: "day" (today 14:20, Sun 22 Nov, 14:02), "clock" (14:02:11), "ago" (12 s ago).

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat(undefined,
  { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());

function day(at, now) {
  const days = Math.round((midnight(at) - midnight(now)) / 864e5);
  if (days === 0) return `today ${clock.format(at)}`;
  if (days === 1) return `tomorrow ${clock.format(at)}`;
  if (days === -1) return `yesterday ${clock.format(at)}`;
  const parts = { weekday: 'short', day: 'numeric', month: 'short' };
  if (at.getFullYear() !== now.getFullYear()) parts.year = 'numeric';
  return `${new Intl.DateTimeFormat('en-GB', parts).format(at).replace(',', '')}, ${clock.format(at)}`;
}

function ago(at, now) {
  const s = Math.max(0, Math.round((now - at) / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 6 * 3600) return `${Math.floor(s / 3600)} h ago`;
  return day(at, now);
}

const styles = { day, ago, clock: (at) => seconds.format(at) };

function localise(root) {
  const now = new Date();
  for (const el of root.querySelectorAll('time[datetime][data-style]')) {
    const text = styles[el.dataset.style](new Date(el.dateTime), now);
    if (el.textContent !== text) el.textContent = text;
  }
}

localise(document);
new MutationObserver((changes) => {
  if (changes.some((c) => c.addedNodes.length)) localise(document);
}).observe(document.body, { childList: true, subtree: true });
setInterval(() => document.hidden || localise(document), 10_000);
