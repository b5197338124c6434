// The live floor keeps itself level: it asks for its part of the page every two seconds while it is seen, and changes
// only what is different, so that the focus, a selection and an open menu stay. Timers tick in between.

const root = document.getElementById("floor");
const link = document.getElementById("floor-link");
const refresh = Number(root.dataset.refresh);
const PATIENCE = 10_000;
let ahead = Infinity; // how much this clock is ahead of the server's, at least
let heard = Date.now();
let over = false;

// --- what is different ------------------------------------------------------------------------------------------------

function morph(old, now) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.dataset.since) tick(old);
  else morphChildren(old, now);
}

// What stays is never moved: what stands before it goes, and comes again where it belongs.
function morphChildren(old, now) {
  const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = old.firstChild;
  const passTo = (node) => {
    while (place !== node) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  };
  for (const wanted of [...now.childNodes]) {
    const known = wanted.id ? named.get(wanted.id) : alike(place, wanted);
    if (!known) {
      old.insertBefore(wanted, place);
      continue;
    }
    if (known.parentNode === old) {
      passTo(known);
      place = known.nextSibling;
    } else old.insertBefore(known, place);
    morph(known, wanted);
  }
  passTo(null);
}

// The next node without a name that `wanted` can be made of; a text only where it stands.
function alike(place, wanted) {
  const fits = (node) => node.nodeName === wanted.nodeName && !node.id;
  if (wanted.nodeType !== Node.ELEMENT_NODE) return place && fits(place) ? place : undefined;
  for (let node = place; node; node = node.nextSibling) if (fits(node)) return node;
  return undefined;
}

// --- asking -----------------------------------------------------------------------------------------------------------

async function ask() {
  const answer = await fetch(root.dataset.url, {
    headers: { "HX-Request": "true", "HX-Target": "floor", Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status === 401) over = true;
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  take(await answer.text());
}

function take(html) {
  const now = document.createElement("div");
  now.innerHTML = html;
  const sent = now.querySelector("[data-now]");
  if (!sent) throw new Error("no floor");
  const focused = document.activeElement;
  morphChildren(root, now);
  // Whoever goes by keys goes on from the page, and not from its very top, where his button is gone.
  if (!focused.isConnected) document.getElementById("main").focus({ preventScroll: true });
  level();
  tell("told");
}

function level() {
  heard = Date.now();
  ahead = Math.min(ahead, heard - Number(root.querySelector("[data-now]").dataset.now));
  root.querySelectorAll("[data-since]").forEach(tick);
}

function tell(what) {
  const time = new Date(heard).toLocaleTimeString(document.documentElement.lang);
  const text = link.dataset[what].replace("{time}", time);
  if (link.textContent !== text) link.textContent = text;
  link.classList.toggle("floor-old", what !== "told");
  if (what === "over") link.append(" ", signIn());
}

// The page asks for the login when it is opened again, and comes back.
function signIn() {
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = link.dataset.signIn;
  return again;
}

async function keepLevel() {
  if (document.visibilityState === "visible" && !over) {
    try {
      await ask();
    } catch {
      tell(over ? "over" : "lost");
    }
  }
  if (!over) setTimeout(keepLevel, refresh);
}

// --- timers -----------------------------------------------------------------------------------------------------------

function tick(timer) {
  const seconds = Math.max(0, Math.round((Date.now() - ahead - Number(timer.dataset.since)) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, two(seconds % 60)];
  const text = hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  if (timer.textContent !== text) timer.textContent = text;
}

setInterval(() => {
  if (!link.classList.contains("floor-old")) root.querySelectorAll("[data-since]").forEach(tick);
}, 1000);

// --- orders about a call, in dialogs that no refresh touches ----------------------------------------------------------

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order]");
  if (!button) return;
  const { order, who, ...fields } = button.dataset;
  const asked = document.getElementById(order);
  const form = asked.querySelector("form[action]");
  form.reset();
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
  asked.querySelector("[data-who]").textContent = who;
  asked.showModal();
  form.querySelector("select").focus();
});

document.querySelectorAll("#floor-move form[action], #floor-listen form[action]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    order(form, event.submitter);
  });
});

// Said once: whatever became of an order whose answer is lost is seen on the floor.
async function order(form, button) {
  const busy = (now) => document.dispatchEvent(new CustomEvent("busy", { detail: { button, busy: now } }));
  busy(true);
  try {
    await send(form);
  } catch {
    form.closest("dialog").close();
    toast(document.getElementById("words").dataset.failed, "bad");
  }
  busy(false);
}

// What opened a dialog may be gone by its end: the caller does not wait there any more.
document.querySelectorAll("dialog[id^=floor-]").forEach((one) => {
  one.addEventListener("close", () => {
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  });
});

// --- somebody's presence, in a dialog that no refresh touches ---------------------------------------------------------

const dialog = document.getElementById("floor-presence");
const form = document.getElementById("floor-presence-form");

if (dialog) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-presence]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    form.action = button.getAttribute("href");
    form.elements.state.value = button.dataset.state;
    form.elements.reason.value = button.dataset.reason;
    form.elements.return_at.value = "";
    document.getElementById("floor-presence-who").textContent = button.dataset.name;
    dialog.showModal();
    form.elements.state.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form).catch(() => form.submit()); // what is wrong is told on his own page, where the form sends it again
  });
}

// --- what a dialog sends is answered with the floor as it then is ------------------------------------------------------

async function send(form) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const floor = page.getElementById("floor");
  if (!answer.ok || !floor) throw new Error(`status ${answer.status}`);
  take(floor.innerHTML);
  form.closest("dialog").close();
  const said = page.querySelector("[data-toast]");
  if (said) toast(said.textContent, said.classList.contains("toast-bad") ? "bad" : "ok");
}

function toast(text, kind) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
}

level();
setTimeout(keepLevel, refresh);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !over) ask().catch(() => tell(over ? "over" : "lost"));
});
