// Let readers pick a cluster in a table, a chart or among the samples: it stands out in
// all of them, until it is picked again or Escape is pressed.
"use strict";
(() => {
  let picked = null;
  const pick = (cluster) =>
    document.dispatchEvent(new CustomEvent("zscwh:pick", { detail: cluster }));

  // What can be pressed becomes a button, so that the keyboard reaches it.
  const enliven = () => {
    for (const holder of document.querySelectorAll("[data-pick]:not(:has(.pick))")) {
      const cell = holder.cells?.[0] ?? holder.querySelector(".pick-name");
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "pick", textContent: cell.textContent });
      button.setAttribute("aria-pressed", holder.dataset.pick === picked);
      cell.replaceChildren(button);
    }
  };
  document.addEventListener("zscwh:rows", () => {
    enliven();
    mark();
  });

  const note = document.createElement("div");
  note.className = "picked-note";
  note.setAttribute("role", "status");
  const say = document.createElement("span");
  const all = document.createElement("button");
  Object.assign(all, { type: "button", textContent: "Show all" });
  all.addEventListener("click", () => pick(null));

  const mark = () => {
    for (const holder of document.querySelectorAll("[data-pick]")) {
      const isPicked = holder.dataset.pick === picked;
      holder.classList.toggle("picked", isPicked);
      holder.querySelector(".pick").setAttribute("aria-pressed", isPicked);
    }
    if (picked === null) note.replaceChildren();
    else note.replaceChildren(say, all);
    say.textContent = picked === "-1" ? "Noise stands out" : `Cluster ${picked} stands out`;
  };

  document.addEventListener("zscwh:pick", ({ detail }) => {
    picked = detail;
    // a row that was held back comes when it is picked
    for (const template of document.querySelectorAll("template"))
      if (picked !== null && [...template.content.children].some((row) => row.dataset.pick === picked))
        template.parentElement.dispatchEvent(new Event("zscwh:all"));
    mark();
    // in boxes that scroll alone, without moving the page
    for (const row of document.querySelectorAll("tr.picked")) {
      const box = row.closest(".scroll");
      if (box.scrollHeight > box.clientHeight)
        box.scrollTop = row.offsetTop - box.clientHeight / 2;
    }
  });
  document.addEventListener("click", ({ target }) => {
    const holder = target.closest("[data-pick]");
    if (holder) pick(holder.dataset.pick === picked ? null : holder.dataset.pick);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && picked !== null) pick(null);
  });

  enliven();
  if (document.querySelector("[data-pick], .chart")) document.body.append(note);
})();
