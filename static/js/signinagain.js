// Signs in again without leaving the page after a session has ended: shows the sign-in page's own form in a dialog, step by
// step as the server asks (a wrong password, a second factor), until it leads back to this page.

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

function open() {
  const dialog = make('dialog', { className: 'confirm' });
  const title = make('h2', { id: 'signin-title', textContent: 'Sign in again' });
  const close = make('button', { type: 'button', className: 'btn', textContent: 'Cancel' });
  close.dataset.variant = 'ghost';
  close.addEventListener('click', () => dialog.close());
  dialog.setAttribute('aria-labelledby', title.id);
  dialog.step = make('div', {});
  dialog.append(title, dialog.step, close);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// show puts the form of an answer, with the text above it, into the dialog.
function show(dialog, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const parts = [page.querySelector('[role=alert]'), page.querySelector('main form')].filter(Boolean);
  if (parts.length === 0) throw new Error('no form to sign in with');
  dialog.step.replaceChildren(...parts);
  const email = dialog.step.querySelector('[name=email]');
  if (email && !email.value) email.value = document.querySelector('.who .cut')?.textContent ?? '';
  (dialog.step.querySelector('[type=password]') ?? dialog.step.querySelector('input:not([type=hidden])'))?.focus();
}

// submit sends the form and returns whether the answer led back to this page.
async function submit(dialog, form) {
  const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  if (response.ok && new URL(response.url).pathname === location.pathname) return true;
  show(dialog, await response.text());
  return false;
}

// signInAgain resolves to whether somebody signed in. Where the dialog does not work it opens a tab; the page notices the
// return from there by its focus.
export async function signInAgain() {
  const address = `/signin?next=${encodeURIComponent(location.pathname)}`;
  const dialog = open();
  const closed = new Promise((resolve) => { dialog.addEventListener('close', () => resolve(dialog.returnValue === 'in')); });
  const orTab = () => { dialog.close(); window.open(address); };
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(dialog, event.target).then((done) => done && dialog.close('in')).catch(orTab);
  });
  fetch(address).then((response) => response.text()).then((html) => show(dialog, html)).catch(orTab);
  const signedIn = await closed;
  dialog.remove();
  return signedIn;
}
