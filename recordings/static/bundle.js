// A zip of recordings with its progress. Without this script the browser downloads it by itself.

async function download(link, bar, told) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(answer.status);
  bar.max = Number(answer.headers.get("Trunkline-Bytes")) || 1;
  const [parts, reader] = [[], answer.body.getReader()];
  for (let got = 0; ; bar.value = Math.min(got, bar.max)) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    got += value.length;
  }
  const saved = document.createElement("a");
  saved.href = URL.createObjectURL(new Blob(parts, { type: "application/zip" }));
  saved.download = answer.headers.get("Content-Disposition").match(/filename="(.+)"/)[1];
  saved.click();
  setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  told.textContent = told.dataset.done;
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-bundle]");
  if (!link) return;
  event.preventDefault();
  const place = link.parentElement;
  const [bar, told] = [place.querySelector("progress"), place.querySelector("[role=status]")];
  if (!bar.hidden) return;
  [bar.hidden, bar.value, told.textContent] = [false, 0, told.dataset.begun];
  try {
    await download(link, bar, told);
  } catch {
    told.textContent = told.dataset.failed;
  }
  bar.hidden = true;
});
