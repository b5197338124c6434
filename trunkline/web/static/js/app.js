// What pages need beyond htmx: toasts, questions before harm, the theme, copying, rows that lead somewhere.
// Every page works without it; it only saves steps.

const words = document.getElementById("words").dataset;
const TOAST_MILLISECONDS = 6000;

// --- toasts -------------------------------------------------------------------------------------------------------

function say(text, kind = "info") {
  const shown = [...document.querySelectorAll(".toast")];
  if (shown.some((toast) => toast.firstChild.textContent === text)) return;
  const toast = document.createElement("div");
  toast.className = `toast toast-${kind}`;
  toast.append(document.createTextNode(text));
  document.getElementById("toasts").append(toast);
  keepFor(toast, kind);
}

function keepFor(toast, kind) {
  const dismiss = document.createElement("button");
  dismiss.type = "button";
  dismiss.className = "icon-button";
  dismiss.ariaLabel = words.dismiss;
  dismiss.textContent = "×";
  dismiss.addEventListener("click", () => toast.remove());
  toast.append(dismiss);
  // What went wrong stays until it was read.
  if (kind !== "bad") setTimeout(() => toast.remove(), TOAST_MILLISECONDS);
}

document.addEventListener("toast", (event) => say(event.detail.text, event.detail.kind));
document.addEventListener("htmx:sendError", (event) => {
  if (event.target.dataset.polls !== "quiet") say(words.offline, "bad");
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.target.dataset.polls === "quiet") return;
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")) say(words.failed, "bad");
});

// --- parts that look again by themselves do so only while somebody can see them --------------------------------------

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.dataset.polls !== undefined && document.hidden) event.preventDefault();
});

// --- questions before harm: data-confirm on a form or its button, hx-confirm on anything -----------------------------

function ask(question) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector(".dialog-question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question).then((yes) => {
    if (!yes) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  });
}, { capture: true });

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
});

// --- buttons that say they are at work, so that nobody presses twice -------------------------------------------------

document.addEventListener("submit", (event) => {
  const button = event.submitter ?? event.target.querySelector("button[data-busy]");
  if (event.defaultPrevented || !button?.dataset.busy) return;
  // After the form was read: a disabled button would not be sent with it.
  setTimeout(() => setBusy(button, true));
});

document.addEventListener("busy", (event) => setBusy(event.detail.button, event.detail.busy));

function setBusy(button, busy) {
  const text = button.querySelector("span");
  if (busy === (button.ariaBusy === "true")) return;
  button.disabled = busy;
  button.ariaBusy = String(busy);
  [text.textContent, button.dataset.busy] = [button.dataset.busy, text.textContent];
}

// A file on its way: a form sent by htmx with a <progress data-upload hidden> inside.
document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.querySelector?.("progress[data-upload]");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.max = event.detail.total;
  bar.value = event.detail.loaded;
});

// Back in the browser shows the page as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("[aria-busy=true]").forEach((button) => setBusy(button, false));
});

// --- light or dark, at once; the server remembers --------------------------------------------------------------------

function chooseTheme(button) {
  document.documentElement.dataset.theme = button.value;
  document.querySelectorAll("[data-theme-choice]").forEach((choice) => {
    choice.ariaPressed = String(choice.value === button.value);
  });
  const body = new URLSearchParams(new FormData(button.form, button));
  fetch(button.form.action, { method: "POST", body, redirect: "manual" }).catch(() => say(words.offline, "bad"));
}

// --- clicks ----------------------------------------------------------------------------------------------------------

const CLICKS = [
  ["[data-theme-choice]", (button, event) => {
    event.preventDefault();
    chooseTheme(button);
  }],
  ["[data-copy]", (button) => copy(button)],
  ["[data-unfold]", (button) => delete button.form.dataset.folded],
  ["[data-dialog]", (button) => document.getElementById(button.dataset.dialog).showModal()],
  ["a, button, input, select, textarea, label, summary", () => undefined],
  [".row-link", (row, event) => openRow(row, event)],
];

document.addEventListener("click", (event) => {
  for (const [selector, act] of CLICKS) {
    const found = event.target.closest(selector);
    if (found) return act(found, event);
  }
});

function openRow(row, event) {
  if (getSelection().toString()) return;
  const { href } = row.querySelector(".row-target");
  if (event.ctrlKey || event.metaKey) open(href);
  else location.assign(href);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.copied, "ok");
  } catch {
    // Plain http in an office network has no clipboard: choose the text, so that Ctrl+C is all that is left.
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
  }
}

// --- menus: a <details data-menu> closes by Escape, and when somebody goes on elsewhere --------------------------------

function closeMenus(except) {
  const open = [...document.querySelectorAll("details[data-menu][open]")].filter((menu) => !menu.contains(except));
  open.forEach((menu) => { menu.open = false; });
  return open;
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus().forEach((menu) => menu.querySelector("summary").focus());
});

// --- keys: "/" goes to the search, as in every tool of this kind -----------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
  const search = document.querySelector("main input[type=search]");
  if (search) {
    event.preventDefault();
    search.select();
  }
});

// --- what a page or a swapped part wants at its arrival --------------------------------------------------------------

function arrive(root) {
  root.querySelector("[data-focus]")?.focus();
  root.querySelectorAll("[data-toast]").forEach((toast) => {
    delete toast.dataset.toast;
    keepFor(toast, toast.classList.contains("toast-bad") ? "bad" : "info");
  });
}

// On a phone a long bar of filters is folded (filters.css), unless one beyond the first is in use.
document.querySelectorAll(".filters").forEach((form) => {
  const [, ...others] = form.querySelectorAll(".input");
  if (others.length > 1 && others.every((input) => !input.value)) form.dataset.folded = "";
});

document.addEventListener("htmx:afterSettle", (event) => arrive(event.target));
arrive(document);
