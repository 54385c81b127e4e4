// Draw every chart of the page, in the colours of the page. Vega evaluates expressions
// with its interpreter ("ast"), so that the page needs no permission to run made-up code.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("specs").textContent);
  const views = new Map();

  // Shapes can name the page's colours, and so follow it; pixels need the colours.
  const theme = (canvas) => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) =>
      canvas ? style.getPropertyValue(name).trim() : `var(${name})`;
    const font = style.getPropertyValue("--font").trim();
    return {
      background: null,
      font,
      view: { stroke: null },
      axis: {
        domainColor: colour("--line"),
        gridColor: colour("--grid"),
        labelColor: colour("--ink-soft"),
        labelFontSize: 11,
        tickColor: colour("--line"),
        titleColor: colour("--ink-soft"),
        titleFontSize: 11,
        titleFontWeight: "normal",
        titlePadding: 8,
      },
      axisBand: { domain: false, ticks: false, grid: false, labelPadding: 6 },
      bar: { stroke: null },
      style: {
        missing: {
          stroke: colour("--line"),
          strokeDash: [3, 2],
          strokeWidth: 1,
        },
        zero: { color: colour("--ink-soft"), strokeWidth: 1 },
        whisker: { color: colour("--ink"), opacity: 0.75 },
        segment: { stroke: colour("--paper"), strokeWidth: 1 },
        halo: { stroke: colour("--paper"), strokeWidth: 4, strokeJoin: "round" },
        ink: { color: colour("--ink") },
      },
    };
  };

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const knowsDark = ({ params = [] }) => params.some(({ name }) => name === "dark");
  // The cluster that stands out in all charts of clusters; picks.js shows it elsewhere.
  let picked = null;
  const column = (id) => charts[id].spec.usermeta?.pick;
  const pick = (cluster) =>
    document.dispatchEvent(new CustomEvent("zscwh:pick", { detail: cluster }));
  document.addEventListener("zscwh:pick", ({ detail }) => {
    picked = detail;
    for (const [id, { view }] of views)
      if (column(id)) view.signal("picked", picked).runAsync();
  });

  const embed = (target, spec, canvas, config) => {
    if (knowsDark(spec)) spec = { ...spec, params: [{ name: "dark", value: dark.matches }] };
    return vegaEmbed(target, spec, {
      actions: false,
      ast: true,
      config,
      mode: "vega-lite",
      renderer: canvas ? "canvas" : "svg",
      tooltip: { theme: "custom" },
    });
  };

  // A file stands alone: it cannot name the colours of the page.
  window.zscwhSvg = async (id) => {
    const box = document.createElement("div");
    const width = document.getElementById(id).clientWidth;
    const spec = { ...charts[id].spec, width };
    const result = await embed(box, spec, false, theme(true));
    const svg = await result.view.toSVG();
    result.finalize();
    return svg;
  };

  const draw = async (id) => {
    const { spec, canvas } = charts[id];
    views.get(id)?.finalize();
    const result = await embed(`#${id}`, spec, canvas, theme(canvas));
    views.set(id, result);
    if (column(id)) {
      result.view.addEventListener("click", (event, item) => {
        const cluster = item?.datum?.[column(id)];
        const text = cluster === undefined ? null : String(cluster);
        pick(text === picked ? null : text);
      });
      await result.view.signal("picked", picked).runAsync();
    }
    document.getElementById(id).dataset.drawn = "yes";
  };

  const drawAll = (ids) =>
    ids.reduce(
      (before, id) =>
        before.then(() => draw(id)).catch((error) => {
          console.error(error);
          document.getElementById(id).textContent =
            "This chart could not be drawn; its numbers are in the table below.";
        }),
      Promise.resolve(),
    );

  const fixed = Object.keys(charts).filter(
    (id) => charts[id].canvas || knowsDark(charts[id].spec),
  );
  dark.addEventListener("change", () => drawAll(fixed));
  drawAll(Object.keys(charts)).then(() => {
    document.documentElement.dataset.drawn = "yes";
  });
})();
