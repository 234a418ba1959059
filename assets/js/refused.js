// A form that was refused is shown again: the keys go to the first field that has to be corrected.
export function start() {
  document.querySelector("main form[method=post] [aria-invalid=true]")?.focus();
}
