// Players of recordings. Without this script the browser's own controls are there.
// The waveform is a slider: arrows move by seconds; in the player a space plays and pauses, < and > change the speed.

const BACK = 5; // seconds an arrow moves

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** One side alone, or both: only then the browser's mixer is needed. */
function listenTo(audio, nodes, side) {
  if (!nodes.context) {
    if (side === "both") return nodes;
    const context = new AudioContext();
    const source = context.createMediaElementSource(audio);
    const splitter = context.createChannelSplitter(2);
    source.connect(splitter);
    nodes = { context, splitter, merger: context.createChannelMerger(2) };
    nodes.merger.connect(context.destination);
  }
  const { context, splitter, merger } = nodes;
  context.resume();
  splitter.disconnect();
  const heard = side === "both" ? [0, 1] : [Number(side), Number(side)];
  heard.forEach((from, to) => splitter.connect(merger, from, to));
  return nodes;
}

function begin(player) {
  const audio = player.parentElement.querySelector("audio");
  const find = (name) => player.querySelector(`[data-player="${name}"]`);
  const [button, slider, time, speed, skip, side] = ["toggle", "slider", "time", "speed", "skip", "side"].map(find);
  const seconds = Number(slider.max);
  const silences = JSON.parse(player.dataset.silences);
  let nodes = {};

  const show = () => {
    const at = Math.min(audio.currentTime, seconds);
    player.style.setProperty("--heard", `${(100 * at) / seconds}%`);
    slider.value = at;
    slider.setAttribute("aria-valuetext", clock(at));
    time.textContent = `${clock(at)} / ${clock(seconds)}`;
  };
  const told = () => {
    button.setAttribute("aria-label", audio.paused ? button.dataset.play : button.dataset.pause);
    button.querySelector("[data-icon=play]").hidden = !audio.paused;
    button.querySelector("[data-icon=pause]").hidden = audio.paused;
  };
  const go = (at) => {
    audio.currentTime = Math.max(0, Math.min(seconds, at));
    show();
  };
  const toggle = () => (audio.paused ? audio.play() : audio.pause());
  const step = (by) => {
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
    audio.playbackRate = Number(speed.value);
  };

  audio.addEventListener("timeupdate", () => {
    const silent = skip.checked && !audio.paused && silences.find(([from, to]) => audio.currentTime >= from && audio.currentTime < to);
    if (silent) go(silent[1]);
    else show();
  });
  audio.addEventListener("seeking", show);
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, told);
  button.addEventListener("click", toggle);
  slider.addEventListener("input", () => go(Number(slider.value)));
  speed.addEventListener("change", () => step(0));
  side?.addEventListener("change", () => (nodes = listenTo(audio, nodes, side.value)));
  player.addEventListener("keydown", (event) => {
    if (event.target.closest("select") || event.ctrlKey || event.altKey || event.metaKey) return;
    const does = {
      " ": event.target.closest("button, [type=checkbox]") ? null : toggle,
      ArrowLeft: () => go(audio.currentTime - BACK),
      ArrowRight: () => go(audio.currentTime + BACK),
      "<": () => step(-1),
      ">": () => step(1),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  audio.controls = false;
  player.hidden = false;
  show();
}

for (const player of document.querySelectorAll(".player[hidden]")) begin(player);
