// Keyboard: "/" search, "?" help, "g" then a letter goes to a page (data-go on its link), "s" to what can be done with
// the selected rows, "u" to what was just done and the way back from it.
const PLACES = { s: ".fw-selection-actions button", u: ".fw-toast button" };
let waitingForPlace = false;

export function isTyping(event) {
  return (
    event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented ||
    event.target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") ||
    document.querySelector("dialog[open]") !== null
  );
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event)) return;
    if (waitingForPlace) {
      waitingForPlace = false;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "/") {
      const fields = [...document.querySelectorAll("[data-search]")].filter((field) => field.checkVisibility());
      event.preventDefault();
      (fields.find((field) => field.closest("main")) ?? fields[0])?.focus();
    } else if (event.key === "?") {
      document.getElementById("shortcuts")?.showModal();
    } else if (event.key in PLACES) {
      [...document.querySelectorAll(PLACES[event.key])].find((button) => button.checkVisibility())?.focus();
    } else if (event.key === "g") {
      waitingForPlace = true;
      setTimeout(() => { waitingForPlace = false; }, 1200);
    }
  });
}
