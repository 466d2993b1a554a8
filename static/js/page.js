/* Small comforts on every page; without them everything still works.
   Menus: one open at a time, Escape closes and gives the focus back. Forms: after a refusal the list of what went
   wrong is read first. Tables: "select all" and the count of rows chosen. */
(() => {
  "use strict";
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  const close = (menu, focus) => { menu.open = false; if (focus) menu.querySelector("summary").focus(); };
  const count = (table) => {
    const boxes = [...table.querySelectorAll("input[data-row]")], chosen = boxes.filter((b) => b.checked).length;
    for (const b of boxes) b.closest("tr").dataset.chosen = String(b.checked);
    const bar = document.getElementById(table.dataset.bulk ?? "");
    if (bar) { bar.hidden = chosen === 0; const out = bar.querySelector("[data-chosen]"); if (out) out.textContent = String(chosen); }
    const all = table.querySelector("input[data-all]");
    if (all) { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
  };
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") for (const m of openMenus()) close(m, m.contains(document.activeElement)); });
  document.addEventListener("click", (e) => { for (const m of openMenus()) if (!m.contains(e.target)) close(m, false); });
  document.addEventListener("change", (e) => {
    const table = e.target.closest("table[data-bulk]"); if (!table) return;
    if (e.target.matches("[data-all]")) for (const b of table.querySelectorAll("input[data-row]")) b.checked = e.target.checked;
    count(table);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector('form[method="post"] [data-error-summary], .signin [data-error-summary]')?.focus();
    for (const table of document.querySelectorAll("table[data-bulk]")) count(table);
    // On a phone the tabs go on beyond the edge: the one that is open is brought into view.
    for (const tab of document.querySelectorAll('.tabs [aria-current="page"]')) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 24;
  });
})();
