"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const folds = all("details.program");

  // The theme: as the system has it, or the other way round.
  const themes = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
  let theme = 0;
  const button = find("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = (theme + 1) % themes.length;
    document.documentElement.dataset.theme = themes[theme][0];
    button.textContent = `Theme: ${themes[theme][1]}`;
  });

  // A link to a program unfolds it.
  const unfold = () => {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    const fold = target?.closest("details");
    if (!fold) return;
    fold.hidden = false;
    fold.open = true;
    fold.scrollIntoView();
    target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", unfold);
  unfold();

  if (find("folds")) {
    find("folds").hidden = false;
    find("folds").addEventListener("click", (event) => {
      const wanted = event.target.dataset?.fold;
      if (wanted === undefined) return;
      for (const fold of folds) if (!fold.hidden) fold.open = wanted === "open";
    });
  }

  // The filter: rows of the matrix, columns of it, and programs below.
  const grid = find("grid");
  if (!grid) return;
  const filter = find("filter");
  const columns = document.head.appendChild(document.createElement("style"));
  const rows = [...grid.tBodies[0].rows].map((row) => ({
    row,
    fold: find(`${row.dataset.p}-fold`),
    text: row.cells[0].textContent.toLowerCase() + " " +
      row.cells[0].firstChild.title.toLowerCase(),
    marks: [...row.cells].slice(1).map((cell) => cell.textContent),
  }));
  const apply = () => {
    const words = find("text").value.toLowerCase().split(/\s+/);
    const chosen = find("verdict").selectedOptions[0].dataset.mark;
    const system = Number(find("system").value);
    let count = 0;
    for (const { row, fold, text, marks } of rows) {
      const looked = system ? [marks[system - 1]] : marks;
      const kept = words.every((word) => text.includes(word)) &&
        (chosen ? looked.includes(chosen) : !system || looked[0] !== "");
      row.hidden = fold.hidden = !kept;
      count += kept;
    }
    columns.textContent = system
      ? `#grid tr > :not(:first-child):not(:nth-child(${system + 1})) { display: none }`
      : "";
    find("found").textContent = `${count} of ${rows.length} programs`;
  };
  filter.hidden = false;
  filter.addEventListener("input", apply);
  filter.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
