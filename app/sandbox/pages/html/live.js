// Keeps an open issue fresh: the server says that something changed, the page reads itself again. Without JavaScript
// the page works too; it has to be reloaded by hand.
"use strict";
const paint = (root) => {
  for (const label of root.querySelectorAll(".label[data-color]")) {
    const hex = label.dataset.color;
    if (!/^[0-9a-f]{6}$/i.test(hex)) continue;
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
    label.style.backgroundColor = "#" + hex;
    label.style.color = 0.299 * r + 0.587 * g + 0.114 * b > 150 ? "#1f2328" : "#fff";
  }
};
paint(document);
const holder = document.querySelector("[data-live]");
if (holder && !new URLSearchParams(location.search).has("edit")) {
  const live = document.getElementById("live");
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname, { headers: { "X-Fragment": "1" } });
      if (answer.ok) {
        const open = [...live.querySelectorAll("details")].map((d) => d.open);
        live.innerHTML = await answer.text();
        live.querySelectorAll("details").forEach((d, i) => { if (open[i]) d.open = true; });
        paint(live);
      }
    } catch { /* the event source reconnects and asks again */ }
    busy = false;
    if (again) { again = false; setTimeout(refresh, 150); }
  };
  const source = new EventSource(holder.dataset.live);
  source.addEventListener("change", refresh);
  source.addEventListener("open", refresh);
}
