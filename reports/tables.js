// Let readers sort and filter every table, save its rows as CSV and its chart as SVG, and
// see in the contents where they are. The page reads well without any of it.
"use strict";
(() => {
  const answers = JSON.parse(document.getElementById("answers").textContent);
  const ROWS_TO_FILTER = 8;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const button = (text, press) => {
    const element = make("button", { type: "button", textContent: text });
    element.addEventListener("click", press);
    return element;
  };

  // ------------------------------------------------------------------ files
  const save = (name, type, text) => {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([text], { type })),
      download: name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const field = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csv = ({ columns, rows }) =>
    [columns, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("");

  // ------------------------------------------------------------------ tables
  // What a field is sorted by: its number where the column holds numbers.
  const key = (cell) => {
    const text = cell.textContent;
    if (!cell.classList.contains("number")) return text.toLocaleLowerCase();
    const [, number, unit] = /^(-?[\d,.]+(?:e[+-]?\d+)?)\s*(\S*)/.exec(text) ?? [];
    if (number === undefined) return null;
    return Number(number.replaceAll(",", "")) * (UNITS[unit] ?? 1);
  };
  const UNITS = {
    ms: 1e-3, min: 60, h: 3600, d: 86400,
    KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40,
    kJ: 1e3, MJ: 1e6, GJ: 1e9,
  };
  const compare = (a, b) => {
    const one = key(a), other = key(b);
    if (one === null || other === null) return (one === null) - (other === null);
    if (typeof one === "number") return one - other;
    return one.localeCompare(other, undefined, { numeric: true });
  };

  const enliven = (box) => {
    const table = box.querySelector("table");
    const body = table.tBodies[0];
    const note = box.querySelector(".note");
    const heads = [...table.tHead.rows[0].cells];
    // rows that were held back come when somebody looks for one
    const all = () => {
      const rest = box.querySelector("template");
      if (!rest) return;
      body.append(rest.content);
      rest.remove();
      const total = /of ([\d,]+) rows/.exec(note.textContent)[1];
      if (body.rows.length === Number(total.replaceAll(",", ""))) note.remove();
      else note.textContent = `The first ${body.rows.length} of ${total} rows; the CSV file and the query give all.`;
      document.dispatchEvent(new Event("zscwh:rows"));
    };
    box.addEventListener("zscwh:all", all);
    heads.forEach((head, place) => {
      const press = button(head.textContent, () => {
        all();
        const falling = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => compare(a.cells[place], b.cells[place]));
        // what has no value stays last either way
        const known = rows.filter((row) => key(row.cells[place]) !== null);
        const unknown = rows.filter((row) => key(row.cells[place]) === null);
        body.append(...(falling ? known.reverse() : known), ...unknown);
      });
      head.replaceChildren(press);
    });
    if (body.rows.length < ROWS_TO_FILTER) return;
    const count = make("span", { className: "count" });
    count.setAttribute("role", "status");
    const search = make("input", { type: "search", placeholder: "Filter rows" });
    search.setAttribute("aria-label", `Filter rows of ${table.caption.textContent}`);
    search.addEventListener("input", () => {
      all();
      const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of body.rows) {
        const text = row.textContent.toLocaleLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = words.length ? `${shown} of ${body.rows.length} rows` : "";
    });
    box.prepend(make("div", { className: "filter" }, search, count));
  };

  for (const box of document.querySelectorAll(".table")) enliven(box);

  for (const [id, answer] of Object.entries(answers)) {
    const sources = document.querySelector(`#${CSS.escape(id)} .sources`);
    const files = make("div", { className: "files" });
    files.append(
      button("CSV", () => save(`${id}-${answer.name}.csv`, "text/csv", csv(answer))),
    );
    const charts = document.querySelectorAll(`#${CSS.escape(id)} .chart`);
    if (charts.length) {
      files.append(
        button("SVG", async () => {
          for (const chart of charts)
            save(`${chart.id}.svg`, "image/svg+xml", await window.zscwhSvg(chart.id));
        }),
      );
    }
    sources?.prepend(files);
  }

  // ------------------------------------------------------------------ contents
  const links = new Map(
    [...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]),
  );
  const visible = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries)
      visible[isIntersecting ? "add" : "delete"](target.id);
    const here = [...links.keys()].find((id) => visible.has(id));
    for (const [id, link] of links)
      if (id === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  });
  for (const id of links.keys()) watcher.observe(document.getElementById(id));
})();
