// File drop: the whole area takes the file; the name and size show where the hint was.
export function start() {
  for (const area of document.querySelectorAll("[data-drop]")) live(area);
}

function live(area) {
  const field = area.querySelector("input[type=file]");
  const name = area.querySelector("[data-drop-name]");
  area.classList.add("is-live");
  const over = (isOver) => area.classList.toggle("is-over", isOver);
  field.addEventListener("dragenter", () => over(true));
  for (const leave of ["dragleave", "drop"]) field.addEventListener(leave, () => over(false));
  field.addEventListener("change", () => {
    name.textContent = [...field.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
  });
}

function size(bytes) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  const style = { style: "unit", unit, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(value);
}
