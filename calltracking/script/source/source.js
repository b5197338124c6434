// Where a visitor came from, in words that static rules know, and what the browser remembers of it.

const now = () => Date.now();
const IDLE = 18e5;
const WEEK = 6048e5;
const hostOf = (address) => address.replace(/^.*?\/\/(?:www\.)?|[/:].*/g, "");

/** `https://shop.yandex.ru/x` as `yandex` and `ru`. */
const domainOf = (address) => hostOf(address).split(".").slice(-2);

const tagsOf = (page) => page.replace(/[?#]/g, "&").toLowerCase();

/** The advertisement that an address names: by the first of the table's expressions that finds something. */
const campaignOf = (page = "") =>
  (table.campaigns || []).map((one) => "" + (tagsOf(page).match(RegExp(one, "g")) || []).sort()).find(String);

/** What static rules ask of a landing. How a channel is told the table says, where its rules name one: as the server does. */
function classify({ page, referrer }) {
  const { marks, sites, rules } = table.channels || {};
  const find = (rows, ...texts) => (rows || []).find(([pattern]) => RegExp(pattern).test(texts.join("\n"))) || [];
  const tags = new URLSearchParams(tagsOf(page));
  const tag = (name) => tags.get("utm_" + name) || "";
  const host = hostOf(referrer);
  const named = tag("source");
  const campaign = tag("campaign") || tag("id");
  const [, sold, cost] = find(marks, host, tagsOf(page));
  const source = named || sold || host || (campaignOf(page) ? "" : "(direct)");
  const [, category, listed] = find(sites, source);
  const medium = tag("medium") || cost || listed || (host && !named ? "referral" : "");
  return {
    channel: find(rules, category, source, medium, campaign)[1],
    source: named || domainOf(referrer)[0],
    campaign,
    city: options.city,
  };
}

const here = () => location.href.slice(0, 4e3);
const plain = (text) => String(text).toLowerCase().replace(/[\s_-]/g, "");

/** The numbers that static rules give to this visitor: the first rule that knows a placement decides on it. */
function byRules(facts) {
  const found = {};
  for (const { when, numbers } of table.static)
    if (Object.keys(when).every((key) => plain(facts[key]) == plain(when[key])))
      for (const id in numbers) found[id] = found[id] || { number: numbers[id], kind: "static" };
  return accepted(found);
}

const keyOf = (name) => `trunkline.${options.site}.${name}`;

/** What is kept in the browser, and only with full consent: else it lives as long as the page. */
function recall(name) {
  try {
    return ((!consent || consent == "full") && JSON.parse(localStorage[keyOf(name)])) || {};
  } catch {
    return {};
  }
}

function remember(name, value) {
  try {
    if (consent == "full") localStorage[keyOf(name)] = JSON.stringify(value);
  } catch {
    // full or forbidden: the page lives without
  }
}

/** Who takes his consent back leaves nothing behind, whatever the page was opened with. */
function forget() {
  try {
    ["visit", "table"].map((name) => localStorage.removeItem(keyOf(name)));
  } catch {
    // forbidden: there is nothing
  }
}

/** The visit this page belongs to: a new one after half an hour or by another campaign; no referrer begins one. */
function arrive() {
  const kept = recall("visit");
  const { visitor, current = {} } = kept;
  const page = here();
  const referrer = document.referrer;
  const inside = referrer && domainOf(referrer) + "" == domainOf(page);
  const named = campaignOf(page);
  const seen = now();
  if (seen - kept.seen < IDLE && (!named || named == campaignOf(current.page))) return { ...kept, seen };
  // A tab that was left open keeps what brought him.
  return { visitor, current: inside && !named && current.page ? current : { page, referrer: inside ? "" : referrer }, seen };
}

/** Cookies of the counters as they are, for the exports; the server reads them (calltracking/leases/counters.py). */
function counters() {
  return { cookies: document.cookie.match(/\b_(ym_uid|ga(_\w+)?)=[^;]{1,99}/g) };
}
