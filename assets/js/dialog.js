// <dialog>: `command="show-modal" commandfor="id"` opens without script in present browsers; this serves the
// older ones. A confirm dialog's button waits until the shown security code has been typed.
const native = "commandForElement" in HTMLButtonElement.prototype;

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[commandfor]");
    if (button && !native) obey(button);
    if (event.target.matches?.("dialog.fw-dialog")) event.target.close();
  });
  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("input[data-code]");
    if (field) guard(field);
  });
  for (const field of document.querySelectorAll("input[data-code]")) guard(field);
}

function obey(button) {
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "show-modal") dialog?.showModal();
  else dialog?.close();
}

function guard(field) {
  const button = field.form?.querySelector("[data-needs-code]");
  if (button) button.disabled = field.value.trim().toUpperCase() !== field.dataset.code.toUpperCase();
}
