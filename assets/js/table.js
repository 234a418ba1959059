// Data tables: rows are links, j/k move, Enter opens, x ticks; the selection is counted.
import { peek } from "./drawer.js";
import { isTyping } from "./keys.js";

export function start() {
  document.addEventListener("click", openRow);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-everything]")) count(event.target.form);
    else if (event.target.matches?.("[data-pick-all], .fw-pick")) pick(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (!isTyping(event)) step(event);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-clear-picks]");
    if (!button) return;
    for (const box of button.form.querySelectorAll("[data-pick-all], .fw-pick")) box.checked = box.indeterminate = false;
    setEverything(button.form, false);
    count(button.form);
  });
  for (const form of document.querySelectorAll("form:has(.fw-pick)")) count(form);
}

function openRow(event) {
  const row = event.target.closest?.("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, summary") || getSelection().toString()) return;
  if (event.metaKey || event.ctrlKey) window.open(row.dataset.href, "_blank", "noopener");
  else if (!peek(row)) location.assign(row.dataset.href);
}

function pick(box) {
  const form = box.form;
  const boxes = [...form.querySelectorAll("tbody .fw-pick")];
  const all = form.querySelector("[data-pick-all]");
  if (box === all) for (const other of boxes) other.checked = all.checked;
  const ticked = boxes.filter((other) => other.checked).length;
  if (all) {
    all.checked = ticked === boxes.length && ticked > 0;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  if (!all?.checked) setEverything(form, false);
  count(form);
}

function setEverything(form, isOn) {
  const field = form.querySelector("input[data-everything]");
  if (field) field.checked = isOn;
}

// The words come from the server with the number left out, so that they are in the reader's language.
function count(form) {
  const ticked = form.querySelectorAll("tbody .fw-pick:checked").length;
  const all = form.querySelector("[data-pick-all]");
  const everything = form.querySelector("input[data-everything]");
  const shown = everything?.checked ? everything.dataset.everything : ticked.toLocaleString(document.documentElement.lang);
  for (const place of form.querySelectorAll("[data-picked]")) place.textContent = shown;
  if (everything) everything.closest("[data-everything-label]").hidden = !all?.checked;
}

function step(event) {
  const rows = [...document.querySelectorAll("table[data-keys] tbody tr")];
  const at = rows.findIndex((row) => row.classList.contains("is-current"));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
    rows[at]?.classList.remove("is-current");
    next?.classList.add("is-current");
    next?.scrollIntoView({ block: "nearest" });
    (next?.querySelector("a") ?? next?.querySelector("input"))?.focus({ preventScroll: true });
  } else if (event.key === "Enter" && at >= 0 && event.target.matches("body, .fw-pick")) {
    // On a box, Enter would send the form around the table.
    event.preventDefault();
    rows[at].querySelector("a")?.click();
  } else if (event.key === "x" && at >= 0) {
    rows[at].querySelector(".fw-pick")?.click();
  }
}
