// The card's socket: comes back by itself, later each time, and says what it knows already.

const FIRST_DELAY = 300;
const LONGEST_DELAY = 3000; // a telephone rings 20 seconds
const FINAL = new Set([4401, 4409]); // the session is over; the extension is somebody else's
const KEY = "card.last";

async function isSignedOut() {
  try {
    return (await fetch("/card", { method: "HEAD", redirect: "manual" })).status === 401;
  } catch {
    return false; // nobody answers at all
  }
}

export function follow({ told, noticed, state, stopped, presence }) {
  let delay = FIRST_DELAY;
  let timer = 0;
  let socket = null;
  let last = Number(sessionStorage.getItem(KEY)) || 0;
  let goodbye = null;

  function open() {
    timer = 0;
    goodbye = null;
    const address = new URL("/card/ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("last", String(last));
    address.searchParams.set("presence", "yes");
    socket = new WebSocket(address);
    socket.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      tellSeen();
    });
    socket.addEventListener("close", ({ code }) => closed(code, opened));
  }

  function hear(message) {
    if (message.type === "goodbye") {
      goodbye = message;
      return;
    }
    if (message.type === "presence") {
      presence();
      return;
    }
    if (message.type === "notice") {
      noticed(message);
      return;
    }
    if (message.type === "state") {
      delay = FIRST_DELAY;
      last = message.event_id;
      state("connected");
    } else {
      last = Math.max(last, message.event_id);
    }
    sessionStorage.setItem(KEY, String(last));
    told(message);
  }

  async function closed(code, opened) {
    socket = null;
    // A browser never says why a socket was refused: the session may have ended while the server was away.
    if (!opened && (await isSignedOut())) {
      stopped(null);
      return;
    }
    if (FINAL.has(goodbye?.code ?? code)) {
      state("stopped");
      stopped(goodbye);
      return;
    }
    state("lost");
    // Some sooner, some later: a server that was restarted is not asked by everybody at once.
    timer = setTimeout(open, delay * (0.5 + Math.random()));
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }

  // Where no card of his is seen, a person is told of rings by a notification.
  function tellSeen() {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "seen", visible: !document.hidden }));
  }

  function hurry() {
    if (!timer) return;
    clearTimeout(timer);
    delay = FIRST_DELAY;
    open();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    tellSeen();
    if (!document.hidden) hurry();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) hurry();
  });
  open();
}
