// "Tell me when this tab is hidden": asked for only by a click; afterwards the browser itself knows whether it is agreed.

const button = document.getElementById("card-push");
const words = button.dataset;
const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
const SCOPE = "/card";
const MINE = "card.push"; // whose agreement this browser holds: another person who signs in here is asked anew

const send = (path, body) =>
  fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
  });

async function subscription() {
  return (await navigator.serviceWorker.getRegistration(SCOPE))?.pushManager.getSubscription() ?? null;
}

function show(state) {
  button.hidden = false;
  button.disabled = state === "denied";
  button.setAttribute("aria-pressed", String(state === "on"));
  button.querySelector("span").textContent = words[state];
}

function say(text, kind) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
}

async function begin() {
  if ((await Notification.requestPermission()) !== "granted") return show(Notification.permission === "denied" ? "denied" : "off");
  await navigator.serviceWorker.register("/card/worker.js", { scope: SCOPE });
  const registration = await navigator.serviceWorker.ready;
  const { key } = await (await fetch("/card/push")).json();
  const agreed = await subscribed(registration, key);
  const answer = await send("/card/push", agreed);
  if (!answer.ok) throw new Error(String(answer.status));
  localStorage.setItem(MINE, words.person);
  show("on");
  say(words.said, "ok");
}

async function subscribed(registration, key) {
  const wanted = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await registration.pushManager.subscribe(wanted);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    await (await registration.pushManager.getSubscription())?.unsubscribe(); // it was made with another key of ours
    return registration.pushManager.subscribe(wanted);
  }
}

async function finish() {
  const agreed = await subscription();
  localStorage.removeItem(MINE);
  if (agreed) {
    await send("/card/push/end", { endpoint: agreed.endpoint });
    await agreed.unsubscribe();
  }
  show("off");
}

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await (button.getAttribute("aria-pressed") === "true" ? finish() : begin());
  } catch (error) {
    console.warn(error);
    show("off");
    say(words.failed, "bad");
  } finally {
    button.disabled = Notification.permission === "denied";
  }
});

// Once a load the server is told again: a session that began since has to know the browser.
async function resume() {
  const agreed = Notification.permission === "granted" ? await subscription() : null;
  if (!agreed || localStorage.getItem(MINE) !== words.person) return show(Notification.permission === "denied" ? "denied" : "off");
  const { key } = await (await fetch("/card/push")).json();
  const same = agreed.options.applicationServerKey && key === encoded(agreed.options.applicationServerKey);
  const answer = same ? await send("/card/push", agreed) : { ok: false };
  if (!same) await agreed.unsubscribe();
  show(answer.ok ? "on" : "off");
}

function encoded(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) resume().catch(() => show("off"));
