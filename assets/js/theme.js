// Light, dark or as the system says: kept in a cookie, so that the server draws the next page right at once.
export function start() {
  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  document.addEventListener("change", (event) => {
    const choice = event.target.closest?.("input[data-theme-choice]");
    if (!choice) return;
    const isAuto = choice.value === "auto";
    document.cookie = `theme=${isAuto ? "" : choice.value}; path=/; max-age=${isAuto ? 0 : 31536000}; samesite=lax`;
    if (isAuto) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice.value;
  });
}
