// One panel a call of mine: opened and closed by what the socket tells, filled from /card/calls/{id} where there is one.
// A ring that ends takes its panel with it; a talk with a client leaves it, until it is closed by hand.

import { follow } from "./socket.js";

const root = document.getElementById("caller");
const words = root.dataset;
const panels = document.getElementById("caller-panels");
const idle = document.getElementById("caller-idle");
const spoken = document.getElementById("caller-spoken");
const link = document.getElementById("caller-link");
const title = document.title;
const KINDS = { ringing: "info", calling: "plain", talking: "ok", ended: "plain" };
const LINK_KINDS = { connecting: "plain", connected: "ok", lost: "warn", stopped: "bad" };
const MOST_ENDED = 5;
const MOST_NOTICES = 5;
const ENDED = `card.ended.${words.extension}`;

const shown = new Map(); // call_id → { call, node, parts, since }

// --- what the socket tells -----------------------------------------------------------------------------------------

function told(message) {
  if (message.type === "state") {
    const now = new Set(message.calls.map((call) => call.call_id));
    for (const [id, { call }] of shown) if (call.state !== "ended" && !now.has(id)) leave(id);
  }
  for (const call of message.calls) {
    if (call.state === "gone") leave(call.call_id);
    else show(call);
  }
  settle();
}

function show(call) {
  const known = shown.get(call.call_id);
  const panel = known ?? open(call);
  if (known?.cardOf === null) fill(panel); // it could not be had before: the server was away, or he saw it not yet
  const isNews = known?.call.state !== call.state;
  panel.call = call;
  panel.since = performance.now() - call.seconds * 1000;
  write(panel);
  if (isNews && call.state !== "ended") spoken.textContent = `${words[call.state]}: ${who(call)}`;
}

function leave(id) {
  const panel = shown.get(id);
  if (!panel || panel.call.state === "ended") return;
  const talkedWithClient = panel.call.state === "talking" && !/^\d{2,6}$/.test(panel.call.other);
  if (!talkedWithClient) return close(id);
  panel.call = { ...panel.call, state: "ended", seconds: (performance.now() - panel.since) / 1000 };
  write(panel);
  const ended = [...shown.values()].filter(({ call }) => call.state === "ended");
  ended.slice(0, -MOST_ENDED).forEach(({ call }) => close(call.call_id));
}

function close(id) {
  shown.get(id)?.node.remove();
  shown.delete(id);
}

function settle() {
  const calls = [...shown.values()].map(({ call }) => call);
  idle.hidden = calls.length > 0;
  const first = calls.find(({ state }) => state === "ringing") ?? calls.find(({ state }) => state === "talking");
  document.title = first ? `${first.state === "ringing" ? "☎ " : ""}${who(first)} · ${title}` : title;
  sessionStorage.setItem(ENDED, JSON.stringify(calls.filter(({ state }) => state === "ended")));
}

// --- a panel -------------------------------------------------------------------------------------------------------

function open(call) {
  const node = document.getElementById("caller-panel").content.cloneNode(true).firstElementChild;
  const parts = Object.fromEntries([...node.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const panel = { call, node, parts, since: 0, cardOf: null, asking: false };
  node.dataset.call = call.call_id;
  parts.who.id = `who-${call.call_id}`;
  node.setAttribute("aria-labelledby", parts.who.id);
  parts.call.href = words.calls + call.call_id;
  parts.close.addEventListener("click", () => {
    close(call.call_id);
    settle();
    document.getElementById("main").focus();
  });
  panels.prepend(node);
  shown.set(call.call_id, panel);
  fill(panel);
  return panel;
}

function write({ call, node, parts, since, cardOf }) {
  node.dataset.state = call.state;
  node.toggleAttribute("data-known", cardOf === call.other); // its card says who it is, and which line he called
  parts.state.className = `badge badge-${KINDS[call.state]}`;
  parts.state.textContent = words[call.state];
  tick({ call, parts, since });
  parts.who.textContent = call.other_shown || words.hidden;
  parts.name.textContent = call.other_name;
  for (const field of ["line", "queue"]) parts[`${field}-row`].hidden = !call[field];
  parts.line.textContent = call.line_shown;
  parts.queue.textContent = call.queue_shown;
  parts.call.hidden = !words.calls || call.state === "ringing" || call.state === "calling";
  parts.close.hidden = call.state !== "ended";
  if (!parts.back) return; // he may not call
  parts.back.hidden = call.state !== "ended" || !/^\+\d+$/.test(call.other);
  parts.back.href = `tel:${call.other}`;
}

function tick({ call, parts, since }) {
  parts.clock.textContent = clock(call.state === "ended" ? call.seconds : (performance.now() - since) / 1000);
}

// What we know of the caller, where the card of a call is served; without it the panel says what the PBX said.
async function fill(panel) {
  if (panel.asking) return; // a second answer would take the place of a form that somebody writes in by then
  panel.asking = true;
  const { parts, call } = panel;
  const address = `/card/calls/${call.call_id}`;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "card-call" }, redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const body = page.querySelector("main") ?? page.body;
    parts.more.replaceChildren(...body.childNodes);
    htmx.process(parts.more);
    htmx.trigger(parts.more, "htmx:load"); // what was being written there comes back
    panel.cardOf = call.other;
    write(panel);
  } catch {
    // The socket tells whether the server answers; a panel without more is still a panel.
  } finally {
    panel.asking = false;
  }
}

function who(call) {
  return [call.other_name, call.other_shown || words.hidden].filter(Boolean).join(", ");
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

setInterval(() => {
  for (const panel of shown.values()) if (panel.call.state !== "ended") tick(panel);
}, 1000);

// --- what I said of myself, here or elsewhere ----------------------------------------------------------------------

// An open menu is left alone: somebody may be writing in it. It is looked at again once it is closed.
function presence() {
  const part = document.getElementById("own-presence");
  const menu = part?.querySelector("details");
  if (!menu) return;
  if (menu.open) menu.addEventListener("toggle", presence, { once: true });
  else refresh(part);
}

async function refresh(part) {
  try {
    const headers = { "HX-Request": "true", "HX-Target": "own-presence" };
    const answer = await fetch(words.presence, { headers, redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("own-presence");
    if (!fresh || part.querySelector("details")?.open) return;
    const focused = part.contains(document.activeElement);
    part.replaceWith(fresh);
    htmx.process(fresh);
    if (focused) fresh.querySelector("summary")?.focus();
  } catch {
    // The server is away; the socket comes back and tells it again.
  }
}

// --- what else I am told --------------------------------------------------------------------------------------------

// A question, an answer or a visit for me: said at once; the number in the navigation says it until it is done.
function noticed({ text, href }) {
  const line = document.createElement("a");
  line.href = href;
  line.className = "note note-info ring-notice";
  line.textContent = text;
  const notices = document.getElementById("caller-notices");
  notices.prepend(line);
  while (notices.children.length > MOST_NOTICES) notices.lastElementChild.remove();
  document.dispatchEvent(new CustomEvent("notice"));
}

// --- the beginning -------------------------------------------------------------------------------------------------

function state(name) {
  link.className = `state state-${LINK_KINDS[name]}`;
  link.textContent = words[name];
}

function stopped(goodbye) {
  if (!goodbye || goodbye.code === 4401) {
    location.assign("/login?next=/card");
    return;
  }
  const note = document.getElementById("caller-goodbye");
  note.querySelector(".note div div").textContent = goodbye.message;
  note.hidden = false;
  for (const id of [...shown.keys()]) close(id);
  settle();
}

for (const call of JSON.parse(sessionStorage.getItem(ENDED) ?? "[]")) show(call);
told(JSON.parse(words.told));
follow({ told, noticed, state, stopped, presence });
