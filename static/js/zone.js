// Puts the browser's time zone beside boxes for a date and time, so that they are local as all other times on a page.
// The server has written them in the zone of the address, and the instant that each stands for in data-instant.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// box writes an instant as a datetime-local box has it.
export function box(instant) {
  const at = new Date(instant);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function local(hidden) {
  const { form } = hidden;
  hidden.dataset.local = '';
  if (hidden.value !== zone) {
    hidden.value = zone;
    hidden.disabled = false;
    for (const label of form.querySelectorAll('[data-zone]')) label.textContent = zone;
    for (const input of form.querySelectorAll('input[data-instant]')) {
      if (input.dataset.instant) input.value = box(input.dataset.instant);
    }
  }
  // The address stays short: without a time there is nothing to be in a zone.
  form.addEventListener('formdata', ({ formData }) => {
    if (!formData.get('from') && !formData.get('to')) formData.delete('zone');
  });
}

const localAll = () => zone && document.querySelectorAll('input[type=hidden][name=zone]:not([data-local])').forEach(local);
localAll();
document.addEventListener('log:shown', localAll);
