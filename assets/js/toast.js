// Toasts go away by themselves, unless they hold an action, tell of a failure, or are being read.
export function start() {
  document.addEventListener("click", (event) => event.target.closest?.("[data-close]")?.closest(".fw-toast")?.remove());
  for (const toast of document.querySelectorAll(".fw-toast[data-fades]")) fade(toast);
  document.addEventListener("htmx:load", (event) => {
    if (event.target.matches?.(".fw-toast[data-fades]")) fade(event.target);
  });
}

function fade(toast) {
  let timer;
  const go = () => { timer = setTimeout(() => toast.remove(), 7000); };
  for (const stay of ["mouseenter", "focusin"]) toast.addEventListener(stay, () => clearTimeout(timer));
  for (const leave of ["mouseleave", "focusout"]) toast.addEventListener(leave, go);
  go();
}
