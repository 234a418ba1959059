// A row's drawer: a click beside the row's links or "p" opens it, Escape closes it; the address says which is open.
import { isTyping } from "./keys.js";

const WIDE = matchMedia("(min-width: 900px)");
let before = null;

export function start() {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event)) return;
    if (event.key === "Escape") close();
    else if (event.key === "p") peek(document.querySelector("table[data-drawer] tr.is-current"));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-close-drawer]");
    if (!link) return;
    event.preventDefault();
    close();
  });
}

// Whether the row's drawer was opened instead of its page.
export function peek(row) {
  const place = document.getElementById("drawer");
  if (!row?.dataset.href || !place || !WIDE.matches || !row.closest("table[data-drawer]")) return false;
  before ??= document.activeElement;
  const here = new URL(location.href);
  here.searchParams.set(row.closest("table").dataset.drawer, row.dataset.href.split("/").at(-2));
  for (const other of document.querySelectorAll("tr.is-current")) other.classList.remove("is-current");
  row.classList.add("is-current");
  window.htmx.ajax("GET", `${row.dataset.href}drawer/`, { target: place, swap: "innerHTML" }).then(() => {
    history.replaceState(null, "", here);
    place.querySelector("h2")?.focus({ preventScroll: true });
  });
  return true;
}

function close() {
  const place = document.getElementById("drawer");
  if (!place?.firstElementChild) return;
  place.replaceChildren();
  const here = new URL(location.href);
  const name = document.querySelector("table[data-drawer]")?.dataset.drawer;
  const shown = CSS.escape(here.searchParams.get(name));
  here.searchParams.delete(name);
  history.replaceState(null, "", here);
  // The keys go back to the row that it was of, however it was opened.
  const link = document.querySelector(`table[data-drawer] tr[data-href$="/${shown}/"] a`);
  (link ?? before)?.focus({ preventScroll: true });
  before = null;
}
