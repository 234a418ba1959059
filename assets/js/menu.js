// <details> menus: one open at a time, closed by Escape or a click elsewhere; the tenant list can be searched.
export function start() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.fw-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  // Leaving a menu by Tab closes it, but for choices of a filter, which are sent when it closes.
  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details.fw-menu[open]:not(form[data-filters] *)")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.fw-menu[open]");
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      move(menu, event);
    }
  });
  document.addEventListener("input", (event) => {
    const list = event.target.closest?.("[data-narrow]");
    if (list) narrow(list, event.target);
  });
  for (const field of document.querySelectorAll("[data-narrow] input[type=search]")) field.hidden = false;
}

function move(menu, event) {
  if (event.target.matches("input:not([type=checkbox], [type=radio], [type=search]), select, textarea")) return;
  const items = [...menu.querySelectorAll("summary, .fw-menu-panel :is(a, button, input)")].filter((item) => item.checkVisibility());
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = items[(items.indexOf(document.activeElement) + step + items.length) % items.length];
  event.preventDefault();
  next?.focus();
}

function narrow(list, field) {
  if (field.type !== "search") return;
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const item of list.querySelectorAll("li")) {
    item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
  }
}
