// A button that asks for a phone number and has the visitor called back: now, or at a time he chooses.

const SLOT = 18e5;
const SOON = 9e5;
const WORDS = {
  ru: {
    open: "Перезвоните мне", title: "Перезвоним вам", phone: "Ваш телефон", name: "Как к вам обращаться", when: "Когда",
    now: "сейчас", send: "Жду звонка", close: "Закрыть", optional: "необязательно", closed: "Сейчас мы не работаем: выберите время.",
    agree: "Нажимая кнопку, вы соглашаетесь на обработку данных", terms: "условия",
    taken: "Звоним вам. Не занимайте телефон.", later: "Перезвоним:", wrong: "Нужен полный номер, например +7 916 123-45-67",
    refused: "На этот номер позвонить не можем. Позвоните нам, пожалуйста, сами.",
    often: "Слишком много просьб. Попробуйте позже или позвоните нам.", broken: "Не получилось отправить. Проверьте связь и повторите.",
  },
  en: {
    open: "Call me back", title: "We will call you", phone: "Your phone", name: "Your name", when: "When",
    now: "now", send: "Call me", close: "Close", optional: "optional", closed: "We are closed now: choose a time.",
    agree: "By pressing the button you agree to your data being processed", terms: "terms",
    taken: "We are calling you. Keep your phone free.", later: "We will call:", wrong: "A full number is needed, e.g. +7 916 123-45-67",
    refused: "We cannot call this number. Please call us yourself.",
    often: "Too many requests. Try later, or call us.", broken: "It could not be sent. Check the connection and try again.",
  },
};
const language = (tag.dataset.lang || document.documentElement.lang || navigator.language).startsWith("ru") ? "ru" : "en";
const words = WORDS[language];
const STYLE = `
:host{all:initial;--b:#0b57d0;--t:#1b1b1f;--f:#fff;--l:#74777f;--e:#b3261e;font:16px/1.4 system-ui,sans-serif;color-scheme:light dark}
@media(prefers-color-scheme:dark){:host{--b:#a8c7fa;--t:#e3e2e6;--f:#1f1f23;--l:#8e9099;--e:#f2b8b5}}
*{box-sizing:border-box;font:inherit}
.open{position:fixed;right:20px;bottom:20px;z-index:2147483000;height:56px;min-width:56px;padding:0 20px 0 16px;border:0;border-radius:28px;display:flex;gap:10px;align-items:center;background:var(--b);color:var(--f);cursor:pointer;box-shadow:0 4px 14px #0005}
svg{width:24px;height:24px;fill:currentColor;flex:none}
dialog{border:0;padding:24px;border-radius:16px;width:min(400px,calc(100vw - 24px));max-height:calc(100dvh - 24px);color:var(--t);background:var(--f);box-shadow:0 12px 48px #0006;overflow:auto}
dialog::backdrop{background:#0007}
h2{font-size:22px;font-weight:600;margin:0 40px 16px 0}
label{display:block;margin:0 0 12px}
small,p{font-size:14px;margin:8px 0 0;overflow-wrap:anywhere}
form>small{display:block}
input,select{display:block;width:100%;height:48px;margin-top:4px;padding:0 12px;border:1px solid var(--l);border-radius:8px;background:transparent;color:var(--t)}
option{background:var(--f);color:var(--t)}
input[aria-invalid=true]{border-color:var(--e)}
.send{width:100%;min-height:48px;margin-top:8px;border:0;border-radius:24px;background:var(--b);color:var(--f);font-weight:600;cursor:pointer}
.send:disabled{opacity:.6}
.close{position:absolute;right:12px;top:12px;width:44px;height:44px;border:0;border-radius:22px;background:transparent;color:var(--t);font-size:24px;cursor:pointer}
.trap{position:absolute;left:-9999px;width:1px}
.wrong{color:var(--e)}
a{color:var(--b)}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
@media(max-width:480px){.open span{display:none}.open{padding:0 16px}dialog{margin:auto auto 12px}}
@media(prefers-reduced-motion:no-preference){dialog[open]{animation:in .15s}@keyframes in{from{opacity:0;transform:translateY(8px)}}}`;

/** An element with its properties, attributes (`aria-…`) and children. */
function make(name, traits, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(traits)) key in node ? (node[key] = value) : node.setAttribute(key, value);
  node.append(...children.filter(Boolean));
  return node;
}

const field = (text, input, note) => make("label", {}, text, note ? make("small", {}, ` (${note})`) : "", input);

function icon() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M6.6 10.8a15.1 15.1 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.57a1 1 0 0 1-.25 1z");
  svg.append(path);
  return svg;
}

let told; // what the server says of this site: windows, agreed, terms, ticket
let ahead = 0; // its clock less ours

async function ask(cache) {
  const got = await fetch(urlOf(`callback/${site}.json`), { cache }).catch(() => ({}));
  if (!got.ok) return;
  told = await got.json();
  ahead = told.at - Date.now();
}

const clock = () => Date.now() + ahead;
const isOpen = (now) => told.windows.some(([from, until]) => from <= now && now < until);
const inWords = (at) =>
  new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at);

/** Half hours in which we work, the nearest first. */
function times() {
  const found = [];
  for (const [from, until] of told.windows)
    for (let at = Math.ceil(Math.max(from, clock() + SOON) / SLOT) * SLOT; at < until; at += SLOT) found.push(at);
  return found;
}

function show() {
  const host = make("trunkline-callback", {});
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const button = make("button", { className: "open", type: "button", "aria-haspopup": "dialog", "aria-label": words.open }, icon(), make("span", {}, words.open));
  const phone = make("input", { type: "tel", autocomplete: "tel", required: true, maxLength: 40, name: "phone", "aria-describedby": "said" });
  const person = make("input", { autocomplete: "name", maxLength: 200, name: "name" });
  const when = make("select", { name: "when" });
  const trap = make("input", { className: "trap", tabIndex: -1, autocomplete: "off", "aria-hidden": "true", title: "website" });
  const send = make("button", { className: "send" }, words.send);
  const close = make("button", { className: "close", type: "button", "aria-label": words.close }, "×");
  const said = make("p", { id: "said", role: "status" });
  const terms = told.terms && make("a", { href: told.terms, target: "_blank", rel: "noopener" }, words.terms);
  const small = make("small", {}, `${words.agree}${terms ? " · " : "."}`, terms);
  const form = make("form", { noValidate: true }, field(words.phone, phone), field(words.name, person, words.optional), field(words.when, when), trap, send, small);
  const dialog = make("dialog", { "aria-labelledby": "title" }, close, make("h2", { id: "title" }, words.title), form, said);

  const say = (text, wrong) => {
    said.textContent = text;
    said.className = wrong ? "wrong" : "";
    phone.setAttribute("aria-invalid", wrong == "phone");
    if (wrong == "phone") phone.focus();
  };
  button.onclick = () => {
    const open = isOpen(clock());
    when.replaceChildren(...(open ? [make("option", { value: "" }, words.now)] : []), ...times().map((at) => make("option", { value: at }, inWords(at))));
    form.hidden = false;
    say(open ? "" : words.closed);
    dialog.showModal();
    phone.focus();
  };
  close.onclick = () => dialog.close();
  // A handler that returned false would cancel the click.
  dialog.onclick = ({ target }) => void (target == dialog && dialog.close());
  dialog.onclose = () => button.focus();
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (phone.value.replace(/\D/g, "").length < 10) return say(words.wrong, "phone");
    send.disabled = true;
    const body = { phone: phone.value, name: person.value, agreed: told.agreed, trap: trap.value };
    if (when.value) body.wanted_at = new Date(+when.value).toISOString();
    let got = await post("callback", { ...body, ticket: told.ticket });
    if (got.field == "ticket") {
      await ask("reload");
      got = await post("callback", { ...body, ticket: told.ticket });
    }
    send.disabled = false;
    if (got.status == 200) {
      form.hidden = true;
      say(got.wanted_at ? `${words.later} ${inWords(new Date(got.wanted_at))}` : words.taken);
      return close.focus();
    }
    const why = { 400: words.wrong, 409: words.refused, 429: words.often }[got.status] || words.broken;
    say(got.field == "wanted_at" ? words.closed : why, got.field == "phone" ? "phone" : "all");
  };
  root.append(button, dialog);
  document.body.append(host);
}

if (!window.trunklineCallback) {
  window.trunklineCallback = true;
  const begin = () => ask().then(() => told && told.windows.length && show());
  if (document.readyState == "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
}
