// The overlay of `?trunkline=explain`: what the script found on this page, what it wrote there, and why.
// It lives in a shadow root and styles itself by a constructed sheet, so a strict policy of the page allows it.

const ru = document.documentElement.lang.startsWith("ru") || (!document.documentElement.lang && navigator.language.startsWith("ru"));
const say = (russian, english) => (ru ? russian : english);
const KINDS = {
  exclusive: say("только этому посетителю", "this visitor's alone"),
  cooling: say("только этому посетителю, недавно был у другого", "this visitor's alone, another's a short while ago"),
  shared: say("общий с другими посетителями", "shared with other visitors"),
  regional: say("номер города", "the city's number"),
  static: say("номер источника", "the source's number"),
};
// Others that swap numbers, by the hosts their scripts come from.
const TRACKERS = {
  Calltouch: "calltouch.ru", CoMagic: "comagic.ru", UIS: "uiscom.ru", Roistat: "roistat.com", "Mango Office": "mango-office.ru",
  Callibri: "callibri.ru", Alloka: "alloka.ru", Ringostat: "ringostat.com",
};
const CSS = `
:host{all:initial;position:fixed;z-index:2147483647;inset:auto 16px 16px auto}
section{box-sizing:border-box;width:min(420px,calc(100vw - 32px));max-height:60vh;overflow:auto;padding:16px;border:1px solid #c9ccd3;border-radius:12px;background:#fff;color:#1b1e24;font:14px/1.45 system-ui,sans-serif;box-shadow:0 8px 32px #0003;overflow-wrap:anywhere}
h2{margin:0 0 4px;padding-right:32px;font-size:16px}p{margin:0 0 8px}ul{margin:0;padding:0;list-style:none}
li{padding:8px 0;border-top:1px solid #e6e8ec}b{font-weight:600}small{display:block;color:#5b6270}
.warn{padding:8px;border-radius:8px;background:#fff3d6;color:#5c4100}
button{all:unset;cursor:pointer}button:focus-visible{outline:2px solid #2563eb;outline-offset:2px;border-radius:4px}
.close{position:sticky;top:0;float:right;padding:0 6px;font-size:20px;line-height:24px}.found{color:#1d4ed8;text-decoration:underline}
@media(prefers-color-scheme:dark){section{background:#1b1e24;color:#e8eaee;border-color:#3a3f4a}li{border-color:#31353e}small{color:#a3a9b5}.found{color:#8ab4ff}.warn{background:#4a3a10;color:#ffe2a0}}
`;

const host = document.createElement("trunkline-explain");
host.dataset.trunkline = "off";
const shadow = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
shadow.adoptedStyleSheets = [sheet];

function make(name, text, parent, kind) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (kind) element.className = kind;
  if (parent) parent.append(element);
  return element;
}

/** Each place once, as it is now; what has left the page is not told of. */
function places(log) {
  const found = new Map();
  for (const [element, from, to, placement, attribute] of log) {
    const key = `${placement} ${attribute || "text"} ${from.replace(/\D/g, "")}`;
    const known = found.get(element) || new Map();
    known.set(key, { element, from: from.replace(/\uffff/g, ""), to: to.replace(/\uffff/g, ""), placement, attribute });
    if (element.isConnected) found.set(element, known);
  }
  return [...found.values()].flatMap((known) => [...known.values()]);
}

/** Other trackers at work on this page, as far as we know them. */
function others() {
  const loaded = [...document.scripts, ...performance.getEntriesByType("resource")].map(({ src, name }) => `//${(src || name || "").split("/")[2]}`);
  return Object.keys(TRACKERS).filter((name) => loaded.some((host) => host.endsWith(`.${TRACKERS[name]}`) || host == `//${TRACKERS[name]}`));
}

function reason({ from, to, placement }, numbers, table, visit) {
  const given = numbers[placement];
  if (given && from != to) return KINDS[given.kind] || given.kind;
  if (!given && table.dynamic.includes(placement) && !visit.numbers)
    return say("номер ещё не взят: телефон не на виду или сервер не ответил вовремя", "no number yet: the phone is out of view, or the server was late");
  return say("остаётся номер сайта", "the site's own number stays");
}

const CONSENTS = {
  full: say("полное", "full"),
  cookieless: say("без хранения в браузере", "nothing is kept in the browser"),
  none: say("не дано: без идентификатора посетителя", "not given: no visitor id"),
};

function draw() {
  const [log, numbers, table, visit, consent, clash] = window.trunkline();
  const panel = make("section");
  panel.setAttribute("role", "complementary");
  panel.setAttribute("aria-label", "Trunkline");
  const close = make("button", "×", panel, "close");
  close.setAttribute("aria-label", say("Закрыть", "Close"));
  close.onclick = () => {
    clearInterval(timer);
    host.remove();
  };
  const list = places(log);
  make("h2", say(`Телефоны на странице: ${list.length}`, `Phones on this page: ${list.length}`), panel);
  make("p", `${say("Согласие", "Consent")}: ${CONSENTS[consent]}. ${say("Визит", "Visit")}: ${visit.visit || "—"}`, panel);
  if (clash == "fight")
    make("p", say("Другой скрипт переписывает те же номера снова и снова: Trunkline отступил.", "Another script rewrites the same numbers again and again: Trunkline has backed off."), panel, "warn");
  if (clash == "foreign")
    make("p", say("На месте нашего номера появился чужой: на странице работает другая подмена.", "A number that is not ours took the place of one of ours: another tracker swaps on this page."), panel, "warn");
  const names = others().join(", ");
  if (names)
    make("p", say(`На странице работает и ${names}. Номер, который он подменил раньше, Trunkline не узнаёт: оставьте одну подмену, другой укажите только измерять.`, `${names} is at work here too. A number that it swapped first is none that Trunkline knows: let one of them swap, and the other measure only.`), panel, "warn");
  for (const { selectors, id } of table.placements)
    for (const selector of selectors || [])
      if (!matches(selector)) make("p", say(`${id}: селектор «${selector}» ничего не находит.`, `${id}: the selector “${selector}” finds nothing.`), panel, "warn");
  if (!list.length)
    make("p", say("Ни одного номера сайта не найдено. Проверьте, те ли номера у площадок.", "None of the site's numbers was found. Check the numbers of its placements."), panel);
  const items = make("ul", "", panel);
  for (const place of list) {
    const item = make("li", "", items);
    const link = make("button", place.from == place.to ? place.from : `${place.from} → ${place.to}`, item, "found");
    link.onclick = () => place.element.scrollIntoView({ block: "center" });
    make("small", `${place.placement}${place.attribute ? `, ${place.attribute}` : ""}: ${reason(place, numbers, table, visit)}`, item);
  }
  const { scrollTop } = shadow.firstElementChild || {};
  shadow.replaceChildren(panel);
  panel.scrollTop = scrollTop || 0;
}

function matches(selector) {
  try {
    return document.querySelector(selector);
  } catch {
    return null;
  }
}

/** Drawn again only when something differs: whoever reads by keyboard keeps his place. */
let drawn = "";
function follow() {
  const [log, numbers, , visit, consent, clash] = window.trunkline();
  const state = JSON.stringify([log.length, numbers, visit.visit, consent, clash, others()]);
  if (state == drawn) return;
  drawn = state;
  draw();
}

document.body.append(host);
follow();
const timer = setInterval(follow, 500);
