// A new API key goes straight into the ready command above it.

const place = document.getElementById('key-place');

function fill() {
  const key = place.querySelector('#new-key');
  const command = document.getElementById('lead-curl');
  if (key) command.textContent = command.textContent.replace(/Bearer [^']+/, `Bearer ${key.textContent.trim()}`);
}

if (place) {
  new MutationObserver(fill).observe(place, { childList: true, subtree: true });
  fill(); // the key may have come before this script
}
