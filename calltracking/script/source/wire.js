// The wire to the server: the site's table, the swap, beats and taps. Whatever fails, the page keeps its own number.

const tab = Math.random();
let table;
let visit = {}; // what is remembered: visitor, visit, current source, seen, held, tab, numbers
let left = true; // the lease is not ours, or not yet
let asking;

const pause = (time) => new Promise((done) => setTimeout(done, time));

const call = (path, body) => fetch(urlOf(path), body && { method: "POST", body: JSON.stringify(body) });

/** What comes in time. */
const soon = (answer, most = 800) => Promise.race([answer, pause(most)]);
/** An answer of the server; nothing for a refusal. */
const request = (path, body) => soon(call(path, body).then((got) => got.ok && got.json()), 1e4).catch(() => {});

const urlOf = (path) => `${options.base}/calltracking/v1/${path}`;
const send = (path, body) => navigator.sendBeacon(urlOf(path), JSON.stringify(body));
/** `at` rises, though a clock may be set back: by it the server knows what was said before. */
const whose = () => ({ site: options.site, visit: visit.visit, visitor: visit.visitor, at: (visit.said = Math.max(now(), visit.said + 1 || 0)) });

/** The table that was kept, at once; else the server's, if it comes in time. The fresh one is for the next page. */
async function loadTable() {
  const kept = recall("table");
  const fresh = request(`sites/${options.site}.json`);
  fresh.then((got) => got && pause().then(() => remember("table", { got, at: now() })));
  if (now() - kept.at < WEEK) return kept.got;
  return soon(fresh);
}

/** Of what is given the numbers that are numbers; where the server has leased none (`static`, `regional`), a rule of ours knows more. */
function accepted(given) {
  const good = {};
  for (const id in given)
    if (!(rules[id] ? /[cln]$/ : /n$/).test(given[id].kind) && /^\+\d{7,15}$/.test(given[id].number)) good[id] = given[id];
  return good;
}

/** Ask for the numbers of the dynamic placements, or count the visit; one tab at a time, so that tabs share one visit. */
async function take(counts) {
  if (asking || mode == "test" || !left || document.hidden) return;
  asking = true;
  let asked;
  const ask = async () => {
    const mine = (visit = { ...visit, ...recall("visit") });
    asked = request("swap", swapBody(counts)).then((got) => got && mine == visit && keep(got, counts));
    await soon(asked);
    if (counts) viewed.disconnect(); // what came in view meanwhile is looked at again
    show(counts ? numbers : { ...rules, ...held() });
    counts = true; // numbers that come now come too late, but who this is does not: else he would be another next time
  };
  await (navigator.locks ? navigator.locks.request("trunkline", ask) : ask());
  await asked;
  asking = false;
}

/** A visit begins with the page it landed on, however many pages later a phone comes in view. */
const swapBody = (counts) => ({
  ...whose(),
  placements: counts ? [] : table.dynamic,
  consent,
  // None of our numbers on the whole page: who swaps before us leaves none.
  clash: mode || phones ? clash : "absent",
  ...(consent == "full" && { ids: counters() }),
  ...(visit.visit ? { page: here() } : visit.current),
});

/** A number that we were given stays ours for the hold after the server last heard of us. */
const held = () => now() - visit.held < table.hold * 1e3 && visit.numbers;

function keep({ numbers, ...ids }, counts) {
  left = counts;
  visit = { ...visit, ...ids, ...(counts || { numbers: accepted(numbers), held: now(), tab }) };
  remember("visit", visit);
}

/** Here still, hidden, or gone. What is said on leaving goes by a beacon, which outlives the page. */
async function beat(leave) {
  if (left || !visit.visit) return;
  const kept = recall("visit");
  // Another tab that was seen last keeps the visit.
  const shared = kept.tab != tab && now() - kept.held < 4e4;
  const visible = !(leave || document.hidden);
  left = leave;
  const body = { ...whose(), visible, leave: !!leave && !shared, clash };
  if (!visible) return send("beat", body);
  visit.tab = tab;
  const { ok, status } = await call("beat", body).catch(() => kept);
  if (ok) visit.held = visit.seen = now();
  // Over, or none of ours. Whatever else goes wrong, the next beat may do better: two may be lost.
  if (/403|410/.test(status)) delete visit.visit;
  if (recall("visit").visit == body.visit) remember("visit", visit);
  if (!visit.visit) again();
}

/** A finger on a phone: the surest sign of whose call comes next. */
function onClick(event) {
  const link = event.composedPath().find((node) => DIALS.test(node.href));
  if (!link || !visit.visit) return;
  const digits = digitsOf(link.href.split(/[;,]/)[0]);
  for (const entry of book) {
    const number = numberFor(entry) || entry.number;
    if (digits.endsWith(partsOf(number)[1])) return send("tap", { ...whose(), placement: entry.id, number });
  }
}
