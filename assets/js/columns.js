// Columns of a table: their order in the chooser by drag or Alt with the arrows, their widths by dragging a head's edge.
export function start() {
  for (const list of document.querySelectorAll("[data-order]")) order(list);
  for (const table of document.querySelectorAll("table[data-sizes]")) sizes(table);
}

function order(list) {
  let held = null;
  list.addEventListener("dragstart", (event) => {
    held = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!held || !over || over === held) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](held);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => (held = null));
  // Without script the arrow asks the server; here the row moves at once.
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=up]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    row.previousElementSibling?.before(row);
    button.focus();
  });
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("li");
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "ArrowUp") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    event.target.focus();
  });
}

function sizes(table) {
  const heads = [...table.tHead.rows[0].cells].filter((head) => !head.classList.contains("is-pick"));
  const columns = [...table.querySelectorAll("col[data-key]")];
  heads.forEach((head, number) => {
    const grip = document.createElement("span");
    grip.className = "fw-grip";
    head.append(grip);
    grip.addEventListener("click", (event) => event.stopPropagation());
    grip.addEventListener("pointerdown", (event) => drag(event, table, heads, columns, number));
  });
}

function drag(event, table, heads, columns, number) {
  event.preventDefault();
  const grip = event.currentTarget;
  const widths = heads.map((head) => Math.round(head.getBoundingClientRect().width));
  const from = event.clientX;
  const before = widths[number];
  columns.forEach((column, index) => (column.width = widths[index]));
  table.classList.add("is-sized");
  grip.setPointerCapture(event.pointerId);
  grip.onpointermove = (move) => {
    widths[number] = Math.max(60, before + Math.round(move.clientX - from));
    columns[number].width = widths[number];
  };
  grip.onpointerup = () => {
    grip.onpointermove = grip.onpointerup = null;
    if (widths[number] !== before) keep(table, columns, widths);
  };
}

function keep(table, columns, widths) {
  const form = document.getElementById("columns");
  const body = new URLSearchParams({
    csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    next: form.elements.next.value,
    widths: columns.map((column, index) => `${column.dataset.key}-${widths[index]}`).join("."),
  });
  fetch(table.dataset.sizes, { method: "POST", body, redirect: "manual" });
}
