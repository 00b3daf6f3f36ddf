// Adds the requests that arrive while the page is open. What is already shown does not change; Pause stops the updates.

const every = 2000;
const kept = 50;
const list = document.getElementById('requests');
const count = document.getElementById('count');
const pause = document.getElementById('pause');
let paused = false;

pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.textContent = paused ? 'Go on' : 'Pause';
});

// Times come in UTC, and are shown in the reader's time zone.
function localTimes(within) {
  for (const time of within.querySelectorAll('time[datetime]')) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}
localTimes(document);

async function news() {
  if (paused || document.hidden) return;
  const response = await fetch('/').catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const newer = [...page.querySelectorAll('#requests > article')].filter((a) => !document.getElementById(a.id));
  const total = page.getElementById('count').textContent;
  if (count.textContent !== total) count.textContent = total;
  newer.forEach(localTimes);
  list.prepend(...newer);
  [...list.children].slice(kept).forEach((old) => old.remove());
}

setInterval(news, every);
