// Where a visitor came from, in words that static rules know, and what the browser remembers of it.

const now = () => Date.now();
const IDLE = 18e5;
const WEEK = 6048e5;
// The sold ones of calltracking/channels/click_ids.py: ysclid, clid and fbclid are on links that nobody paid for.
const CLICKED = /[?&#](?:ym?clid|[gd]clid|[gw]braid|msclkid|rb_clickid|ttclid|erid|_openstat)=/;
const SEARCH = /^(?:yandex|google|bing|mail|rambler|duckduckgo)$/;
const SOCIAL = /^(?:vk|ok|dzen|telegram|max|youtube|rutube)$/;

/** `https://www.yandex.ru/x` as `yandex.ru`. */
const domainOf = (address) => (/\/\/(?:[^/:]*\.)?([^./:]+\.[^./:]+)/.exec(address) || "")[1] || "";

/** Channel, source and campaign of a landing: enough for static rules; the server classifies with its whole table. */
function classify({ page, referrer }) {
  const tags = new URL(page).searchParams;
  const tag = (name) => tags.get(name) || "";
  const named = tag("utm_source") || domainOf(referrer).split(".")[0];
  const source = { ya: "yandex", t: "telegram" }[named] || named;
  const medium = tag("utm_medium");
  const paid = CLICKED.test(page) || /cp|ppc|paid/.test(medium);
  const kind = SEARCH.test(source) ? "search" : SOCIAL.test(source) ? "social" : "";
  const channel = kind || paid ? (paid ? "paid" : "organic") + (kind || "other") : medium || (source ? "referral" : "direct");
  return { channel, source, campaign: tag("utm_campaign"), city: options.city };
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

/** The advertisement that an address names, told from others as the server does (calltracking/channels/visits.py). */
function campaignOf(page = "") {
  const tags = page.replace(/[?#]/g, "&").toLowerCase();
  return String((tags.match(/&utm_(?:source|medium|campaign|id)=[^&]+/g) || tags.match(CLICKED) || []).sort());
}

/** The visit this page belongs to: a new one after half an hour or by another campaign; no referrer begins one. */
function arrive() {
  const kept = recall("visit");
  const { visitor, current = {} } = kept;
  const page = here();
  const { referrer } = document;
  const inside = referrer && domainOf(referrer) == domainOf(page);
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
