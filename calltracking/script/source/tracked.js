// What form.js and callback.js share: their tag, the visit that t.js knows, and sending. They work without t.js too.

const tag = document.currentScript;
const site = tag.dataset.site;
const base = new URL(tag.src).origin;
const urlOf = (path) => `${base}/calltracking/v1/${path}`;

/** A random id of ours; pages without https have no randomUUID. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The visit of this page, as far as t.js has one. */
function tracked() {
  const told = window.trunkline ? window.trunkline() : [];
  const visit = told[3] || {};
  const came = visit.current || {};
  return {
    visit: visit.visit && visit.visitor ? visit.visit : undefined,
    visitor: visit.visitor,
    landing: came.page,
    referrer: came.referrer,
    consent: told[4] || undefined,
  };
}

/** The same words sent twice are one: they keep their id. */
const ids = new Map();

function idOf(words) {
  const key = JSON.stringify(words);
  if (!ids.has(key)) ids.set(key, newId());
  return ids.get(key);
}

/** What the server says: `{status, error?, field?, …}`; status 0 where it cannot be reached. */
async function post(path, words) {
  const page = location.href.slice(0, 4e3);
  const body = JSON.stringify({ site, id: idOf(words), page, at: Date.now(), ...tracked(), ...words });
  try {
    const got = await fetch(urlOf(path), { method: "POST", keepalive: true, body });
    return { ...(await got.json()), status: got.status };
  } catch {
    return { status: 0 };
  }
}
