// The bell learns by itself of what is new: a tab that is looked at asks every half minute, and tells the other tabs, which
// then need not ask. On the Notification Center itself the list comes anew with it.
const EVERY = 30_000;
const KEY = "fleetward-bell";

export function start() {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const address = bell.dataset.bell;
  let asked = Date.now();
  const ask = async () => {
    if (document.hidden || Date.now() - asked < EVERY - 1_000) return;
    asked = Date.now();
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const told = { address, asked, html: await answer.text() };
    show(bell, told.html);
    try { localStorage.setItem(KEY, JSON.stringify(told)); } catch { /* A full or closed store: each tab asks for itself. */ }
  };
  addEventListener("storage", (event) => {
    if (event.key !== KEY || !event.newValue) return;
    const told = JSON.parse(event.newValue);
    if (told.address !== address) return;
    asked = told.asked;
    show(bell, told.html);
  });
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, EVERY);
}

function show(bell, html) {
  const told = new DOMParser().parseFromString(html, "text/html").querySelector("[data-latest]");
  if (!told || told.dataset.latest === bell.querySelector("[data-latest]")?.dataset.latest) return;
  bell.replaceChildren(...told.parentElement.childNodes);
  const list = document.getElementById("notes");
  // Not under the hands of somebody who has a menu of it open.
  if (list && !list.querySelector("details[open]")) {
    window.htmx.ajax("GET", location.href, { target: list, select: "#notes", swap: "outerHTML" });
  }
}
