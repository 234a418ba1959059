// Notification Center by keys: j and k move, Enter opens, r marks as read, z opens the choice of a snooze.
import { isTyping } from "./keys.js";

export function start() {
  document.addEventListener("keydown", (event) => {
    const notes = [...document.querySelectorAll("#notes .fw-note")];
    if (!notes.length || isTyping(event)) return;
    const at = notes.findIndex((note) => note.contains(document.activeElement));
    if (event.key === "j" || event.key === "k") notes[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), notes.length - 1)].focus();
    else if (at < 0) return;
    else if (event.key === "Enter" && document.activeElement === notes[at]) notes[at].querySelector(".fw-note-title a")?.click();
    else if (event.key === "r") notes[at].querySelector("[data-read]")?.click();
    else if (event.key === "z") {
      const menu = notes[at].querySelector("details");
      if (menu) menu.open = true;
      menu?.querySelector("button")?.focus();
    }
  });
}
