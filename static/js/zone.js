// Puts the browser's time zone beside boxes for a date and time, so that they are local like all other times on a page. The
// server has written them in the zone of the address, with the instant of each in data-instant.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// box writes an instant in the form of a datetime-local box.
function box(instant) {
  const at = new Date(instant);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

for (const hidden of zone ? document.querySelectorAll('input[type=hidden][name=zone]') : []) {
  const form = hidden.form;
  if (hidden.value !== zone) {
    hidden.value = zone;
    hidden.disabled = false;
    for (const label of form.querySelectorAll('[data-zone]')) label.textContent = zone;
    for (const input of form.querySelectorAll('input[data-instant]')) {
      if (input.dataset.instant) input.value = box(input.dataset.instant);
    }
  }
  // The address stays short: without a time no zone is needed.
  form.addEventListener('formdata', ({ formData }) => {
    if (!formData.get('from') && !formData.get('to')) formData.delete('zone');
  });
}
