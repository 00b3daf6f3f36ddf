// Keeps the list of recent deliveries fresh, while somebody is looking: not in a hidden tab, not after ten minutes
// without a sign of life (asking would also keep the session alive), and not under the reader's focus.

const list = document.getElementById('recent');
const every = 3000;
const attention = 10 * 60_000;
let seen = Date.now();
let shown;

async function refresh() {
  const response = await fetch(list.dataset.url).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const html = await response.text();
  if (html === shown || list.contains(document.activeElement)) return;
  list.innerHTML = shown = html;
}

for (const sign of ['pointermove', 'keydown', 'scroll']) addEventListener(sign, () => { seen = Date.now(); }, { passive: true });
document.addEventListener('webhook:tested', refresh);
setInterval(() => { if (!document.hidden && Date.now() - seen < attention) refresh(); }, every);
