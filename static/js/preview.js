/* What a KPI's status would be, while somebody types: asks the calculator and shows its answer. Without this script the
   Preview button does the same. Numbers are sent as they were typed; what cannot be read yet is not sent. */
(() => {
  "use strict";
  const WHOLE = ["cadence_days", "settle_days", "confirm_worse", "stale_after_days"];
  const EXACT = ["baseline", "target", "lower", "upper", "warn_margin"];
  const SHARES = ["amber", "red", "hysteresis", "warn_fraction", "required_compliance"];
  const DAYS = ["baseline_on", "target_on"];
  const number = (text) => (/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) && text.length < 40 ? text : undefined);
  const day = (text) => (/^(19|20|21)\d\d-\d\d-\d\d$/.test(text) ? text : undefined);
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const told = (iso) => { const [y, m, d] = iso.split("-").map(Number); return `${d} ${MONTHS[m - 1]} ${y}`; };
  const whole = (text) => (/^\d{1,4}$/.test(text) ? Number(text) : undefined);
  const percent = (share) => `${(Number(share) * 100).toFixed(1).replace(/\.0$/, "").replace("-", "−")}\u00a0%`;
  const points = (share) => (Math.abs(Number(share)) * 100).toFixed(1).replace(/\.0$/, "");

  /* A relative target as its number: the baseline and so many percent of its size. Exact: whole numbers, then the point. */
  const moved = (baseline, percent) => {
    const places = (text) => (text.split(".")[1] ?? "").length, whole = (text) => BigInt(text.replace(".", "").replace("+", ""));
    const [b, p, hundred] = [whole(baseline), whole(percent), 100n * 10n ** BigInt(places(percent))];
    const sum = b * hundred + (b < 0n ? -b : b) * p, size = (sum < 0n ? -sum : sum).toString();
    const after = places(baseline) + places(percent) + 2, text = size.padStart(after + 1, "0");
    return `${sum < 0n ? "-" : ""}${text.slice(0, -after)}.${text.slice(-after)}`;
  };

  const read = (form) => {
    const typed = (name) => (form.elements[name]?.value ?? "").trim();
    const one = (name, as) => (typed(name) === "" ? null : as(typed(name)));
    const stored = document.getElementById("preview-case");
    if (stored) {
      const known = JSON.parse(stored.textContent), value = one("value", number), on = one("observed_on", day);
      if (!value || !on) return null;
      const next = { ...known.next, observed_on: on, value };
      return { kpi: known.kpi, measurements: [...known.measurements, next], as_of: known.as_of };
    }
    const kpi = { shape: typed("shape"), direction: typed("direction") };
    const said = [...EXACT.map((n) => [n, one(n, number)]), ...DAYS.map((n) => [n, one(n, day)]),
      ...WHOLE.map((n) => [n, one(n, whole)]), ...SHARES.map((n) => [n, one(n, number)])];
    for (const [name, value] of said) {
      if (value === undefined || (value === null && (SHARES.includes(name) || ["cadence_days", "settle_days", "confirm_worse"].includes(name)))) return null;
      kpi[name] = value;
    }
    if (kpi.confirm_worse < 1) return null;
    const lines = typed("curve").split("\n").map((l) => l.trim()).filter(Boolean);
    const curve = lines.map((l) => l.replace(";", ",").split(",").map((part) => number(part.trim())));
    if (curve.some((p) => p.length !== 2 || p.includes(undefined))) return null;
    if (curve.length) kpi.curve = curve;
    const change = typed("target_change") === "" ? null : number(typed("target_change"));
    if (change === undefined) return null;
    if (change !== null && kpi.target === null && kpi.baseline !== null) kpi.target = moved(kpi.baseline, change);
    const value = one("try_value", number), on = typed("try_on") === "" ? form.dataset.asOf : day(typed("try_on")), there = document.getElementById("preview-readings");
    const measurements = there ? JSON.parse(there.textContent) : [];
    if (value && on) measurements.push({ id: measurements.length + 1, observed_on: on, value });
    return { kpi, measurements, as_of: form.dataset.asOf };
  };

  const sentence = (answer, words, band) => {
    const out = [];
    if (answer.progress !== null && band) out.push(`Held in ${percent(answer.progress)} of its periods so far.`);
    else if (answer.progress !== null) {
      const gap = Number(answer.shortfall);
      const where = `${percent(answer.progress)} of the way, ${percent(answer.expected)} expected`;
      out.push(gap > 0 ? `${points(gap)} points behind plan, ${where}.` : gap < 0 ? `${points(gap)} points ahead of plan, ${where}.` : `On plan, ${where}.`);
    }
    if (answer.reason && words[answer.reason]) out.push(words[answer.reason]);
    if (answer.pending) out.push(words.pending);
    for (const flag of answer.flags) if (words[flag]) out.push(words[flag]);
    return out.join(" ");
  };

  const show = (form, answer, band) => {
    const out = form.querySelector("[data-preview-out]");
    const words = JSON.parse(document.getElementById("preview-words").textContent);
    const key = answer.reason === "awaiting_first_measurement" ? answer.reason : answer.status;
    const head = document.createElement("p"), text = document.createElement("p"), until = document.createElement("p");
    head.append(form.querySelector(`template[data-status="${key}"]`).content.cloneNode(true));
    text.className = "finding";
    text.textContent = sentence(answer, words, band);
    until.className = "small muted";
    until.textContent = answer.valid_until ? `Stays so through ${told(answer.valid_until)}, if nothing else is recorded.` : "Stays so until a new fact arrives.";
    out.replaceChildren(head, text, until);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-preview]")) {
      const url = form.dataset.preview, shapes = form.querySelectorAll("[data-shape]");
      let waiting = 0, asking = null, last = "";
      const fold = () => { for (const part of shapes) part.hidden = part.dataset.shape !== form.elements.shape.value; };
      const ask = async () => {
        const wanted = read(form), body = wanted && JSON.stringify([wanted]);
        if (!body || body === last) return;
        last = body;
        asking?.abort();
        asking = new AbortController();
        try {
          const response = await fetch(url, {
            method: "POST", body, credentials: "same-origin", signal: asking.signal,
            headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
          });
          if (response.ok) show(form, (await response.json())[0], wanted.kpi.shape === "band");
        } catch (error) { if (error.name !== "AbortError") last = ""; }
      };
      if (shapes.length) fold();
      if (!url) continue;
      form.addEventListener("input", () => { if (shapes.length) fold(); clearTimeout(waiting); waiting = setTimeout(ask, 350); });
    }
  });
})();
