// A tip for each part of a chart, from the JSON block beside it. The links and the table say the same.
let tip;

export function start() {
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, show);
  for (const name of ["pointerout", "focusout"]) document.addEventListener(name, hide);
}

function show(event) {
  const part = event.target.closest?.("[data-tip]");
  const block = part && document.getElementById(part.closest("[data-tips]").dataset.tips);
  if (!block) return;
  block.parsed ??= JSON.parse(block.textContent);
  const [title, rows] = block.parsed[Number(part.dataset.tip)];
  hide();
  tip = document.createElement("div");
  tip.className = "fw-tip";
  tip.append(Object.assign(document.createElement("strong"), { textContent: title }));
  for (const [label, value] of rows) {
    const row = document.createElement("span");
    row.append(label, Object.assign(document.createElement("b"), { textContent: value }));
    tip.append(row);
  }
  document.body.append(tip);
  place(part.getBoundingClientRect());
}

function place(at) {
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - width / 2, 8), innerWidth - width - 8);
  const top = at.top - height - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${top < 8 ? Math.min(at.bottom + 8, innerHeight - height - 8) : top}px`;
}

function hide() {
  tip?.remove();
  tip = undefined;
}
