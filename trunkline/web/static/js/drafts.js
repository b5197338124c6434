// What is being written under [data-drafts] outlives a part that is swapped, a page that is left and a session that
// ends: it stays in the tab until it is kept, for the person whose id data-drafts is, and for nobody else.

const PREFIX = "draft.";
const all = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const keyOf = (field) => `${PREFIX}${field.closest("[data-drafts]").dataset.drafts}.${field.id}`;
const FIELDS = "[data-drafts] :is(input:not([type=file], [type=password]), textarea, select)[id]";

const written = (field) =>
  field.matches("select")
    ? ![...field.options].some((one) => one.defaultSelected && one.selected)
    : field.value !== field.defaultValue;

document.addEventListener("input", ({ target }) => {
  if (!target.matches(FIELDS)) return;
  try {
    if (written(target)) sessionStorage.setItem(keyOf(target), target.value);
    else sessionStorage.removeItem(keyOf(target));
  } catch {
    // The browser keeps no more: the words still stand in their field.
  }
});

function restore(root) {
  const whose = document.querySelector("[data-drafts]")?.dataset.drafts;
  if (!whose) return;
  for (const key of all()) if (!key.startsWith(`${PREFIX}${whose}.`)) sessionStorage.removeItem(key);
  for (const field of root.querySelectorAll(FIELDS)) {
    const draft = sessionStorage.getItem(keyOf(field));
    if (draft !== null) field.value = draft;
  }
}

// --- a form of a card is sent: what it took is no draft any more, and the focus stays where it was -------------------

let asking = null; // the form that was sent with the focus in it: its button, at work, loses it where the answer is slow
let last = null; // the form whose answer is shown, and where the focus was

document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt.matches("[data-drafts] form")) asking = elt.contains(document.activeElement) ? elt : null;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig?.elt;
  if (!form?.matches?.("[data-drafts] form")) return;
  const { activeElement: focused, body } = document;
  last = { action: form.getAttribute("action"), inside: form.contains(focused) || (focused === body && asking === form) };
  if (detail.xhr.status !== 200) return;
  for (const field of form.querySelectorAll(FIELDS)) sessionStorage.removeItem(keyOf(field));
});

document.addEventListener("htmx:load", ({ target }) => restore(target.parentElement ?? target));

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (last?.inside && document.activeElement === document.body && !target.querySelector("[data-focus]")) {
    const form = [...target.querySelectorAll("form")].find((one) => one.getAttribute("action") === last.action);
    const seen = [...target.querySelectorAll("button, a[href]")].find((one) => one.checkVisibility());
    (form?.querySelector("button:not([type=button])") ?? seen ?? document.getElementById("main"))?.focus();
  }
  last = null;
});
