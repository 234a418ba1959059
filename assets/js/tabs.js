// Tabs that do not fit scroll sideways; the one that is open is in sight.
export function start() {
  for (const tab of document.querySelectorAll(".fw-tabs [aria-current]")) {
    const tabs = tab.parentElement;
    tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
  }
}
