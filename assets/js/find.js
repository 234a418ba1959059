// The command bar: Ctrl-K or Cmd-K opens it, arrows move among what was found, Enter goes there.
export function start() {
  const dialog = document.getElementById("find");
  if (!dialog) return;
  const field = dialog.querySelector("[data-finds]");
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open(dialog, field);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-find]")) open(dialog, field);
  });
  dialog.addEventListener("keydown", (event) => move(dialog, field, event));
}

function open(dialog, field) {
  if (document.querySelector("dialog[open]")) return;
  dialog.showModal();
  field.value = "";
  field.focus();
  field.dispatchEvent(new Event("look"));
}

function move(dialog, field, event) {
  const items = [...dialog.querySelectorAll("#finds a")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? field : items[Math.min(next, items.length - 1)])?.focus();
  } else if (event.key === "Enter" && document.activeElement === field) {
    event.preventDefault();
    items[0]?.click();
  } else if (event.key === "Escape") {
    // A field of a search would only be emptied.
    event.preventDefault();
    dialog.close();
  }
}
