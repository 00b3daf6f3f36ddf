// The content of one field's controls, read and written as a form would send it.

const isChoice = (el) => el.type === 'checkbox' || el.type === 'radio';

const preset = (select) => ([...select.options].find((o) => o.defaultSelected) ?? select.options[0]).value;

export const chosen = (event) => isChoice(event.target);
export const encoded = (pairs) => new URLSearchParams(pairs).toString();

export class Content {
  constructor(box) { this.box = box; }

  get controls() { return [...this.box.querySelectorAll('input, textarea, select')]; }

  // value is what a form would send now; initial is what it would have sent when the page was loaded.
  get value() { return this.encode((el) => el.checked, (el) => el.value); }

  get initial() { return this.encode((el) => el.defaultChecked, (el) => (el.options ? preset(el) : el.defaultValue)); }

  encode(checked, text) {
    const kept = this.controls.filter((el) => !isChoice(el) || checked(el));
    return encoded(kept.map((el) => [el.name, isChoice(el) ? el.value : text(el)]));
  }

  // isSwitch reports whether the field is a single checkbox.
  get isSwitch() { return this.controls.length === 1 && isChoice(this.controls[0]); }

  // put writes values: of several texts with one name each gets its own. A text with data-rest gets the values of that name
  // without a checkbox.
  put(pairs) {
    const put = {};
    const named = (name) => pairs.filter(([other]) => other === name).map(([, value]) => value);
    for (const el of this.controls) {
      if (isChoice(el)) el.checked = named(el.name).includes(el.value);
      else if (el.dataset.rest) el.value = named(el.dataset.rest).filter((value) => !this.hasBox(el.dataset.rest, value)).join(', ');
      else {
        put[el.name] = (put[el.name] ?? -1) + 1;
        el.value = named(el.name)[put[el.name]] ?? '';
      }
    }
    this.box.dispatchEvent(new Event('field:put'));
  }

  hasBox(name, value) { return this.controls.some((el) => isChoice(el) && el.name === name && el.value === value); }
}
