// Reviews beside a player: a comment's time moves the sound there, and a new one takes the second the player is at.

const audioOf = (element) => element.closest(".recording")?.querySelector("audio");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function take(form) {
  const audio = audioOf(form);
  if (audio) form.elements.at.value = clock(audio.currentTime);
}

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-quality-at]");
  const audio = place && audioOf(place);
  if (audio) {
    event.preventDefault(); // elsewhere it leads to the call's page at that second
    audio.currentTime = Number(place.dataset.qualityAt);
    audio.dispatchEvent(new Event("timeupdate")); // the sound that is not loaded yet tells nothing
  }
  if (event.target.closest("[data-quality-now]")) take(event.target.closest("form"));
});
document.addEventListener("focusin", (event) => {
  const form = event.target.closest("[data-quality-moment]");
  if (form && event.target.name === "text" && !event.target.value) take(form);
});
document.addEventListener("toggle", (event) => {
  const button = event.target.open && event.target.querySelector("[data-quality-now]");
  if (button) button.hidden = !audioOf(button);
}, true);
