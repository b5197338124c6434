// The order of things: nothing before consent, nothing in a prerendered page, nothing before hydration.

const own = document.currentScript;
const tagOf = own && own.dataset.site ? own : document.querySelector("script[data-site][src*='/t']");
const options = { ...tagOf.dataset, base: new URL(tagOf.src).origin };
const mode = (/[?&]trunkline=(test|explain)\b/.exec(location.search) || [])[1] || options.mode;
const ROBOTS = /[^u]bot|crawl|spider|lighthouse|headless|yandex[mid]/i;
const FRAMEWORKS = ":is(#__next,#__nuxt,#root,#app,[data-server-rendered])>*";
const log = []; // for the overlay: [element, what stood there, what stands there, placement, attribute]
const watched = new Set();
let consent = "";
let rules = {};
let started;

function show(given) {
  numbers = given;
  // A copy of what we wrote is known as ours.
  for (const id in given) book.push(entryOf({ id, number: given[id].number }));
  pattern = patternOf(book);
  sweep();
}

const viewed = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && need());

/** A phone was found that a leased number may take the place of: it is taken when somebody sees it. */
function onPhone(place, entry) {
  if (!left || watched.has(place) || !table.dynamic.includes(entry.id)) return;
  watched.add(place);
  if (table.take == "load") need();
  else viewed.observe(place);
}

function need() {
  viewed.disconnect();
  take();
}

/** Looked at again: the lease goes on, or another is asked for. */
function back() {
  if (!left && now() - visit.held < table.hold * 500) return beat(true);
  left = true;
  if (visit.visit || watched.size) take();
}

/** When a framework has taken over what the server rendered: it complains of what was changed before. */
async function settled() {
  for (let tries = 0; tries < 75; tries += document.readyState == "complete") {
    const rendered = document.querySelector(FRAMEWORKS);
    if (document.readyState != "loading") {
      if (!rendered) return;
      if (Object.keys(rendered.parentNode).some((key) => key[0] == "_")) break;
    }
    await pause(20);
  }
  await new Promise((done) => (window.requestIdleCallback || setTimeout)(done, { timeout: 500 }));
}

/** Of what the visitor and the site agree to the less; what was kept under more is gone then. */
function stricter() {
  const less = ["none", "cookieless", "full"].find((one) => one == consent || one == table.consent);
  if (less != "full") forget();
  return less;
}

async function run() {
  started = true;
  table = await loadTable();
  if (!table) return;
  consent = stricter();
  visit = arrive();
  remember("visit", visit);
  book = table.placements.map(entryOf);
  rules = byRules(classify(visit.current));
  // What a lease may take the place of waits for it; a number that is still ours is shown at once.
  const sure = { ...rules };
  table.dynamic.forEach((id) => delete sure[id]);
  await settled();
  roots.add(document.documentElement);
  show({ ...sure, ...held() });
  if (mode == "measure") take();
  listen();
}

function listen() {
  const on = (name, then) => addEventListener(name, then, { capture: true, passive: true });
  on("pointerover", ({ target }) => left && [...watched].some((one) => one.contains(target)) && need());
  setInterval(() => document.hidden || beat(true), table.beat * 1e3);
  on("click", onClick);
  on("pagehide", () => beat(false, true));
  on("pageshow", (event) => event.persisted && back());
  on("visibilitychange", () => (document.hidden ? beat(false) : back()));
  if (mode != "explain") return;
  const pinned = { src: options.base + "/t/explain.js", integrity: "__EXPLAIN__", crossOrigin: "", nonce: tagOf.nonce };
  document.head.append(Object.assign(document.createElement("script"), pinned));
}

/** What the visitor agreed to, now or later; less than before takes back what was kept. */
function allow(given) {
  const had = !left;
  if (given && given != "full") {
    forget();
    visit = { current: visit.current };
  }
  consent = given;
  left = true;
  if (!started) return run();
  if (table) consent = stricter();
  remember("visit", visit);
  if (had) take();
}

// Put in twice, it runs once.
if (!window.trunkline && (options.robots == "on" || !(navigator.webdriver || ROBOTS.test(navigator.userAgent)))) {
  window.trunkline = () => [log, numbers, table, visit, consent, clash];
  const given = options.consent || window.trunklineConsent;
  const begin = () => allow(given || "");
  document.addEventListener("trunkline:consent", (event) => allow(event.detail));
  if (document.prerendering) document.addEventListener("prerenderingchange", begin);
  else if (given != "wait") begin();
}
