// Sends what visitors write into forms marked `data-trunkline`, beside the site's own sending, which it leaves alone.

const NEVER = /^(?:password|file|hidden|submit|button|reset|image)$/;
const TRAP = "trunkline-trap";

/** A field that people do not see, and robots fill in. Without a name the site's own server never hears of it. */
function arm(form) {
  if (form.querySelector(`[data-as=${TRAP}]`)) return;
  const trap = Object.assign(document.createElement("input"), { tabIndex: -1, autocomplete: "off", title: "website" });
  trap.dataset.as = TRAP;
  trap.setAttribute("aria-hidden", "true");
  trap.style.cssText = "position:absolute;left:-9999px;width:1px;height:1px;opacity:0";
  form.append(trap);
}

/** What a field is: said by `data-as`, else by its type, its autocomplete and its name. */
function kindOf(field) {
  const named = `${field.autocomplete} ${field.name} ${field.id}`.toLowerCase();
  if (field.dataset.as) return field.dataset.as;
  if (NEVER.test(field.type) || /cc-|one-time-code/.test(named)) return "skip";
  if (field.type == "tel" || /phone|tel\b|телефон/.test(named)) return "phone";
  if (field.type == "email" || /e-?mail|почта/.test(named)) return "email";
  if (/(?:^|[\s_-])(?:name|fio|имя|фио)\b/.test(named)) return "name";
  return "";
}

function read(form) {
  const words = { phone: "", agreed: form.dataset.agreed || tag.dataset.agreed || "", name: "", email: "", fields: {} };
  for (const field of form.elements) {
    const kind = kindOf(field);
    const value = (field.value || "").slice(0, 2e3);
    if (kind == TRAP) words.trap = value;
    else if (!value || kind == "skip" || (/radio|checkbox/.test(field.type) && !field.checked)) continue;
    else if (kind && !words[kind]) words[kind] = value;
    else if (field.name && Object.keys(words.fields).length < 30) words.fields[field.name.slice(0, 60)] = value;
  }
  return words;
}

const marked = (node) => node.closest && node.closest("form[data-trunkline]");

if (!window.trunklineForm) {
  // For forms that send by themselves: resolves to {status, error?, field?}.
  window.trunklineForm = (words) => post("form", { agreed: tag.dataset.agreed, ...words });
  const armAll = () => document.querySelectorAll("form[data-trunkline]").forEach(arm);
  if (document.readyState == "loading") document.addEventListener("DOMContentLoaded", armAll);
  else armAll();
  document.addEventListener("focusin", ({ target }) => marked(target) && arm(marked(target)));
  document.addEventListener("submit", ({ target }) => {
    if (marked(target)) window.trunklineForm(read(target));
  }, true);
}
