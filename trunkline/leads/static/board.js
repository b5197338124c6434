// A card is dragged to another column: its own form is filled in and sent, as by hand.

const board = document.getElementById("lead-board");
let dragged = null;

board.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-lead]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});

board.addEventListener("dragend", () => {
  dragged = null;
  light(null);
});

board.addEventListener("dragover", (event) => {
  const column = aim(event);
  light(column);
  if (column) event.preventDefault();
});

board.addEventListener("drop", (event) => {
  const column = aim(event);
  if (!column) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  form.elements.stage.value = column.dataset.stage;
  form.requestSubmit();
});

// The column under the pointer, if the card may go there.
function aim(event) {
  const column = dragged && event.target.closest("[data-stage]");
  return column && !column.contains(dragged) ? column : null;
}

function light(column) {
  for (const each of board.querySelectorAll(".lead-over")) each.classList.remove("lead-over");
  column?.classList.add("lead-over");
}
