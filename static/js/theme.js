/* Theme: system, light or dark. Loaded in <head> without defer so that no page flashes. */
(() => {
  "use strict";
  const root = document.documentElement, KEY = "throughline-theme", order = ["system", "light", "dark"];
  const read = () => { try { const t = localStorage.getItem(KEY); return order.includes(t) ? t : "system"; } catch { return "system"; } };
  const apply = (t) => {
    if (t === "system") root.removeAttribute("data-theme"); else root.dataset.theme = t;
    for (const b of document.querySelectorAll("[data-theme-button]")) {
      b.hidden = false; b.setAttribute("aria-label", `Theme: ${t}. Change`); b.title = `Theme: ${t}`;
    }
  };
  let chosen = read();
  apply(chosen);
  document.addEventListener("DOMContentLoaded", () => {
    apply(chosen);
    document.addEventListener("click", (e) => {
      if (!e.target.closest("[data-theme-button]")) return;
      chosen = order[(order.indexOf(chosen) + 1) % order.length];
      try { localStorage.setItem(KEY, chosen); } catch { /* private mode: the choice lasts for this page */ }
      apply(chosen);
    });
  });
})();
