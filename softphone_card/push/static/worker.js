// The card's service worker: shows that a call rings when no page is seen, and leads back to the card. It keeps nothing.

const TAG = "call-";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// One after the other: what ends a ring must not look for its notification before that is shown, and Chromium forgets
// a notification that is looked for in the moment it is shown.
let turn = Promise.resolve();
self.addEventListener("push", (event) => {
  turn = turn.then(() => told(event.data)).catch(() => {});
  event.waitUntil(turn);
});

async function told(data) {
  const letter = read(data);
  const tag = TAG + letter.call;
  // A card that is seen tells it already, and better.
  if (letter.kind === "over" && (await seen())) {
    for (const shown of await self.registration.getNotifications({ tag })) shown.close();
    return;
  }
  await self.registration.showNotification(letter.title, {
    body: letter.body,
    tag,
    renotify: letter.kind === "ring",
    silent: letter.kind === "over",
    requireInteraction: letter.kind === "ring",
    icon: "/static/0/app/icon-192.png",
    badge: "/static/0/app/badge-96.png",
    data: { url: letter.url },
  });
}

// What cannot be read is told as a ring: a browser punishes a message without a notification.
function read(data) {
  const unknown = { kind: "ring", call: "", title: "Trunkline", body: "", url: "/card" };
  try {
    return { ...unknown, ...data.json() };
  } catch {
    return unknown;
  }
}

async function seen() {
  return (await pages()).some((page) => page.visibilityState === "visible");
}

async function pages() {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((page) => /^\/card\/?$/.test(new URL(page.url).pathname));
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

async function open(url) {
  const [card] = await pages();
  if (card) return card.focus();
  return self.clients.openWindow(new URL(url, self.location.origin).href);
}
