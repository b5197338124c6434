// What was said, beside its player: it follows the sound, and a click on a word or a line's time moves the sound there.
// In the lines arrows go from line to line, Home and End to the first and the last; Enter moves the sound.

/** The last of `starts` that is not after `at`; -1 before the first. */
function lastBefore(starts, at) {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function begin(text) {
  const audio = text.parentElement.querySelector("audio");
  const box = text.querySelector("[data-transcript=lines]");
  const follow = text.querySelector("[data-transcript=follow]");
  const times = [...box.querySelectorAll(".transcript-at")];
  const words = [...box.querySelectorAll("p [data-at]")].sort((one, other) => one.dataset.at - other.dataset.at);
  const starts = words.map((word) => Number(word.dataset.at));
  let now;

  const see = (line) => {
    const top = line.offsetTop; // the box is its place
    const hidden = top < box.scrollTop || top + line.offsetHeight > box.scrollTop + box.clientHeight;
    if (hidden) box.scrollTop = top - box.clientHeight / 3;
  };
  const show = () => {
    const next = words[lastBefore(starts, audio.currentTime)];
    if (next === now) return;
    const [before, line] = [now?.closest("li"), next?.closest("li")];
    now?.classList.remove("transcript-now");
    next?.classList.add("transcript-now");
    now = next;
    if (before === line) return;
    before?.removeAttribute("aria-current");
    line?.setAttribute("aria-current", "true");
    if (line && follow.checked) see(line);
  };
  const go = (at) => {
    audio.currentTime = Number(at);
    audio.dispatchEvent(new Event("timeupdate")); // the sound that is not loaded yet tells nothing
  };
  const stop = (one) => {
    for (const time of times) time.tabIndex = time === one ? 0 : -1;
  };

  for (const time of times) time.disabled = false;
  stop(times[0]);
  box.addEventListener("click", (event) => {
    const place = event.target.closest("[data-at]");
    if (place && getSelection().isCollapsed) go(place.dataset.at);
  });
  box.addEventListener("focusin", (event) => {
    if (times.includes(event.target)) stop(event.target);
  });
  box.addEventListener("keydown", (event) => {
    const here = times.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: times.length - 1 }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    times[Math.max(0, Math.min(times.length - 1, to))].focus();
  });
  audio.addEventListener("timeupdate", show);
  audio.addEventListener("seeking", show);
  follow.addEventListener("change", () => follow.checked && now && see(now.closest("li")));
  follow.parentElement.hidden = false;
  if (audio.dataset.begins) go(audio.dataset.begins);
  text.dataset.begun = "yes";
}

for (const text of document.querySelectorAll(".transcript:not([data-begun])")) begin(text);
