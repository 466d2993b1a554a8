/* Draws every <div class="chart" data-spec="ID"> from <script type="application/json" id="ID">.
   Specs carry the light hex of a token (valid Plotly, valid for print). Here each is swapped for the token's value
   in the theme now shown, so CSS stays the only place where a colour is decided. */
(() => {
  "use strict";
  const ROLES = ["paper", "surface", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3", "neutral", "accent", "accent-soft", "good", "good-soft",
    "warn", "warn-soft", "bad", "bad-soft", "unknown", "unknown-soft", "hatch"];
  const NARROW = 520, printing = matchMedia("print");

  /* Plotly writes style="" attributes, which the page's policy refuses. The same text through the style object is
     allowed, and without it a heat map's cells would blur into a gradient, which would be wrong data. */
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style" && this.style) this.style.cssText = value; else setAttribute.call(this, name, value);
  };

  function palette() {
    const probe = document.createElement("span"); probe.hidden = true; document.body.append(probe);
    const value = (role, scheme) => { probe.style.colorScheme = scheme; probe.style.color = `var(--${role})`; return getComputedStyle(probe).color; };
    const swap = new Map(), now = {};
    for (const role of ROLES) {
      const light = value(role, "light"); now[role] = printing.matches ? light : value(role, "");
      const hex = "#" + light.match(/\d+/g).slice(0, 3).map((n) => Number(n).toString(16).padStart(2, "0")).join("");
      swap.set(hex, now[role]);
    }
    probe.remove(); return { swap, now };
  }
  const paint = (v, swap) => typeof v === "string" ? (swap.get(v.toLowerCase()) ?? v)
    : Array.isArray(v) ? v.map((x) => paint(x, swap))
    : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, paint(x, swap)])) : v;
  const merge = (a, b) => { const o = { ...a }; for (const [k, v] of Object.entries(b ?? {})) o[k] = v && typeof v === "object" && !Array.isArray(v) ? merge(o[k] ?? {}, v) : v; return o; };

  function theme(c) {
    const font = getComputedStyle(document.body).fontFamily;
    const axis = { color: c["ink-3"], gridcolor: c.line, linecolor: c["line-strong"], zerolinecolor: c["line-strong"], zerolinewidth: 1, tickfont: { size: 11, color: c["ink-3"] },
      title: { font: { size: 11, color: c["ink-2"] }, standoff: 8 }, automargin: true, fixedrange: true, ticks: "" };
    return { font: { family: font, size: 12, color: c["ink-2"] }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 44, r: 12, t: 8, b: 40 }, showlegend: false,
      hoverlabel: { bgcolor: c.ink, bordercolor: c.ink, font: { family: font, size: 12, color: c.paper } }, hovermode: "closest", dragmode: false, separators: ".,", xaxis: axis, yaxis: axis };
  }
  /* The words shown in the chart's place; the data table under it has the same numbers. */
  function failed(el) { el.classList.add("chart-failed"); el.textContent = el.dataset.failed ?? "The chart could not be drawn. The data table below has the same numbers."; }

  async function draw(el, p) {
    const source = document.getElementById(el.dataset.spec); if (!source) return;
    try {
      const spec = JSON.parse(source.textContent), narrow = el.clientWidth < NARROW;
      let layout = merge(theme(p.now), paint(spec.layout ?? {}, p.swap));
      for (const axis of Object.keys(layout)) if (/^[xy]axis\d+$/.test(axis)) layout[axis] = merge(theme(p.now).xaxis, layout[axis]);
      if (narrow) layout = merge(layout, paint(spec.narrow ?? {}, p.swap));
      el.dataset.narrow = narrow ? "1" : "";
      await window.Plotly.react(el, paint(spec.data, p.swap), { ...layout, autosize: true }, { displaylogo: false, displayModeBar: false, responsive: true, showSendToCloud: false });
      for (const s of el.querySelectorAll("svg")) { s.setAttribute("aria-hidden", "true"); s.setAttribute("focusable", "false"); }
      el.dataset.drawn = "1";
    } catch { failed(el); }
  }
  const charts = () => document.querySelectorAll(".chart[data-spec]:not(.chart-failed)");
  function all() { if (!charts().length) return; const p = palette(); for (const el of charts()) draw(el, p); }
  const widths = new ResizeObserver((entries) => {
    const crossed = entries.filter((e) => e.target.dataset.drawn && (e.contentRect.width < NARROW) !== (e.target.dataset.narrow === "1"));
    if (crossed.length) { const p = palette(); for (const e of crossed) draw(e.target, p); }
  });
  document.addEventListener("DOMContentLoaded", () => {
    all();
    for (const el of charts()) widths.observe(el);
    new MutationObserver(all).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
    printing.addEventListener("change", all);
    document.body.addEventListener("htmx:afterSwap", all);
  });
})();
