// Copy buttons: shown only where the clipboard can be written.
export function start() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.querySelector("[role=status]");
    button.classList.add("is-done");
    words.textContent = button.dataset.copied;
    setTimeout(() => {
      button.classList.remove("is-done");
      words.textContent = "";
    }, 2000);
  });
  show(document);
  // What came later, such as a row's drawer.
  document.addEventListener("htmx:load", (event) => show(event.target));
}

function show(part) {
  if (navigator.clipboard) for (const button of part.querySelectorAll("[data-copy]")) button.hidden = false;
}
