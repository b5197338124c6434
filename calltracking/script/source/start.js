// The order of things: nothing before consent, nothing in a prerendered page, nothing before hydration.

const own = document.currentScript;
const tagOf = own && own.dataset.site ? own : document.querySelector("[data-site][src*='/t']") || {};
const options = { base: tagOf.src && new URL(tagOf.src).origin, ...window.trunklineSite, ...tagOf.dataset };
const mode = (/[?&]trunkline=(test|explain)\b/.exec(location.search) || [])[1] || options.mode;
const FRAMEWORKS = ":is(#__next,#__nuxt,#root,#app,[data-server-rendered])>*";
const driven = options.robots == "on"; // a robot that is to see what visitors see
const log = []; // for the overlay: [element, what stood there, what stands there, placement, attribute]
let consent = "";
let rules = {};
let started;

function show(given) {
  // A copy of what we wrote is known as ours.
  for (const id in given) if (numbers[id] != given[id]) book.push(entryOf({ id, ...given[id] }));
  numbers = given;
  pattern = patternOf(book);
  sweep();
}

const viewed = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && take());

/** A phone was found that a leased number may take the place of: it is taken when somebody sees it. */
function onPhone(place, entry) {
  if (!left || !table.dynamic.includes(entry.id)) return;
  if (table.take == "load") take();
  else viewed.observe(place);
}

const idle = () => new Promise((done) => (window.requestIdleCallback || setTimeout)(done, { timeout: 500 }));

/** A visit without a number is counted too, when the page has asked for none and is at rest. */
async function count() {
  await pause(1e3);
  await idle();
  if (!("visit" in visit) && consent != "none") take(true);
}

/** Whatever phone is in view asks for its number. */
function again() {
  left = true;
  viewed.disconnect();
  sweep();
  count();
}

/** Looked at still, or again: the lease goes on, or another is asked for. */
const back = () => (!left && now() - visit.held < table.hold * 500 ? beat() : again());

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
  await idle();
}

/** Of what the visitor and the site agree to the less; what was kept under more is gone then. */
function stricter() {
  const less = ["none", "cookieless", "full"].find((one) => one == consent || one == table.consent);
  if (less != "full") forget();
  return less;
}

async function run() {
  const got = await loadTable();
  // Robots go by the server's list: without a table nothing begins for them.
  if (!got || (!driven && got.robots && RegExp(got.robots, "i").test(navigator.userAgent))) return;
  table = got;
  consent = stricter();
  visit = arrive();
  remember("visit", visit);
  book = table.placements.map(entryOf);
  rules = byRules(classify(visit.current));
  // What a lease may take the place of waits for it; a number that is still ours is shown at once.
  const sure = { ...rules };
  table.dynamic.forEach((id) => delete sure[id]);
  await settled();
  if (mode != "measure") roots.add(document.documentElement);
  show({ ...sure, ...held() });
  listen();
  count();
}

function listen() {
  const on = (name, then) => addEventListener(name, then, true);
  setInterval(() => document.hidden || back(), table.beat * 1e3);
  on("click", onClick);
  on("pagehide", () => beat(true));
  on("pageshow", (event) => event.persisted && back());
  on("visibilitychange", () => (document.hidden ? beat() : back()));
  if (mode != "explain") return;
  const integrity = "__EXPLAIN__";
  const pinned = { src: options.base + "/t/explain.js?" + integrity, integrity, crossOrigin: "", nonce: tagOf.nonce };
  document.head.append(Object.assign(document.createElement("script"), pinned));
}

/** What the visitor agreed to, now or later; less than before takes back what was kept. */
function allow(given) {
  if (given && given != "full") {
    forget();
    visit = { current: visit.current };
  }
  consent = given;
  left = true;
  started = started || run();
  if (!table) return;
  consent = stricter();
  remember("visit", visit);
  again();
}

if (!options.site) console.warn("Trunkline: no data-site");
// Put in twice, it runs once.
else if (!window.trunkline && (driven || !navigator.webdriver)) {
  window.trunkline = () => [log, numbers, table, visit, consent, clash];
  const given = options.consent || window.trunklineConsent;
  const begin = () => allow(given || "");
  document.addEventListener("trunkline:consent", (event) => allow(event.detail));
  if (given != "wait") document.prerendering ? document.addEventListener("prerenderingchange", begin) : begin();
}
