// Filter bars send themselves when a choice changes and leave empty fields out of the address.
// Of a stretch of days and of days themselves, the one touched last takes the other away.
function keepOne(field) {
  const either = field.closest("[data-either]");
  if (!either || !field.value && field.type === "date") return;
  const others = field.type === "date" ? "[type=radio]" : "[type=date]";
  for (const other of either.querySelectorAll(others)) {
    if (other.type === "radio") other.checked = other.value === "";
    else other.value = "";
  }
}

export function start() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-filters]");
    if (form) keepOne(event.target);
    if (!form || event.target.matches("[type=search], [type=date], [type=text]")) return;
    // A menu of several boxes is sent when it closes, so that three choices are one page load.
    const menu = event.target.closest("details.fw-menu");
    if (!menu || event.target.type === "radio") return form.requestSubmit();
    menu.addEventListener("toggle", () => form.requestSubmit(), { once: true });
  });
  document.addEventListener("keydown", (event) => {
    // In a field of several lines Enter sends all the same, as it does in the others.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.("[data-lines]")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-filters], form[data-tidy]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}
