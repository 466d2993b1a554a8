/* Comforts of the form of a case; without them everything still works.
   A row copied from a spreadsheet and pasted into one cell goes on into the cells right of it, as it was written: the
   server reads it. */
(() => {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-amounts]")) {
      form.addEventListener("paste", (e) => {
        const cell = e.target, row = cell.closest?.(".grid-in tr"), text = e.clipboardData?.getData("text/plain") ?? "";
        const parts = text.replace(/\r?\n$/, "").split("\t");
        if (!row || parts.length < 2 || text.trim().includes("\n")) return;
        const cells = [...row.querySelectorAll('td.num input')], first = cells.indexOf(cell);
        if (first < 0) return;
        e.preventDefault();
        parts.slice(0, cells.length - first).forEach((part, n) => { cells[first + n].value = part.trim(); });
        cell.dispatchEvent(new Event("input", { bubbles: true }));
        cell.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  });
})();
