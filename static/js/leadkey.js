// Puts a new API key into the prepared command above it.

const place = document.getElementById('key-place');

function fill() {
  const key = place.querySelector('#new-key');
  const command = document.getElementById('lead-curl');
  if (key) command.textContent = command.textContent.replace(/Bearer [^']+/, `Bearer ${key.textContent.trim()}`);
}

if (place) {
  new MutationObserver(fill).observe(place, { childList: true, subtree: true });
  fill(); // the key may have been added before this script was loaded
}
