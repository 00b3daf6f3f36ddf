// The choice of a tool: its address and header have a shape, which the empty fields show, and an address that is known
// chooses its tool.
const radios = [...document.querySelectorAll('[name=tool]')];
const url = document.getElementById('webhook-url');
const headers = document.getElementById('custom-headers');

function shape() {
  const chosen = radios.find((r) => r.checked);
  if (!chosen) return;
  url.placeholder = chosen.dataset.url;
  headers.placeholder = chosen.dataset.headers || ' '; // never none: the style sheet asks whether it shows
}

const pattern = (text) => new RegExp(`^${text.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`);

function recognize() {
  const { hostname } = URL.parse?.(url.value) ?? {};
  const known = hostname && radios.find((r) => r.dataset.hosts.split(' ').some((h) => h && pattern(h).test(hostname)));
  if (known) known.checked = true;
  shape();
}

export function tools(form) {
  if (radios.length === 0) return;
  radios.forEach((r) => r.addEventListener('change', shape));
  form.element.addEventListener('webhook:saved', (e) => e.detail.field === 'url' && recognize());
  shape();
}
