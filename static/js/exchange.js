// A form or button with data-into="#place" puts the answer into that place instead of showing it as a page. Without
// JavaScript the same request (without X-Fragment) is answered with the whole page. Nothing is sent again while its answer is
// on the way.
const asking = new WeakSet();

document.addEventListener('submit', async (event) => {
  const { target: form, submitter } = event;
  const into = submitter?.dataset.into ?? form.dataset.into;
  if (!into) return;
  event.preventDefault();
  if (asking.has(form)) return;
  asking.add(form);
  const place = document.querySelector(into);
  const url = submitter?.hasAttribute('formaction') ? submitter.formAction : form.action;
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const response = await fetch(url, { method: 'POST', headers: { 'X-Fragment': 'true' }, body });
    place.innerHTML = await response.text();
    form.closest('[popover]')?.hidePopover(); // it has been answered
    place.querySelector('[autofocus]')?.focus(); // what was pressed may be gone
  } catch {
    place.textContent = 'The server cannot be reached. Try again.';
  } finally {
    asking.delete(form);
  }
});
