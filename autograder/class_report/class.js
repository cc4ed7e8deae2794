"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("students"), body = table.tBodies[0], rows = [...body.rows];
  const search = byId("search"), status = byId("status"), section = byId("section"), failed = byId("failed");
  const heads = [...table.tHead.rows[0].cells];
  const texts = rows.map((row) => row.textContent.normalize("NFKC").toLowerCase());
  const order = new Intl.Collator(undefined, { numeric: true });
  byId("controls").hidden = false;

  function filter() {
    const words = search.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = words.every((word) => texts[place].includes(word))
        && (!status.value || row.classList.contains(status.value))
        && (!section || !section.value || row.dataset.section === section.value)
        && (!failed || !failed.value || row.dataset.failed.split(" ").includes(failed.value));
      row.hidden = !fits;
      shown += fits;
    });
    byId("count").textContent = shown === rows.length ? `${shown} students` : `${shown} of ${rows.length} students`;
  }

  function reset() {
    [search, status, section, failed].forEach((control) => { if (control) control.value = ""; });
    filter();
  }

  function key(row, column) {
    const cell = row.cells[column];
    return "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
  }

  function compare(one, other, numeric) {
    if (one === "" || other === "") return (one === "") - (other === "");
    return numeric ? Number(one) - Number(other) : order.compare(one, other);
  }

  function sort(column) {
    const head = heads[column], down = head.getAttribute("aria-sort") === "ascending";
    const numeric = rows.some((row) => "key" in row.cells[column].dataset);
    const keys = new Map(rows.map((row) => [row, key(row, column)]));
    const sorted = [...rows].sort((a, b) => {
      const one = keys.get(a), other = keys.get(b);
      const result = compare(one, other, numeric);
      return one === "" || other === "" || !down ? result : -result; // nothing stands last both ways
    });
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...sorted);
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });
  search.addEventListener("input", filter);
  [status, section, failed].forEach((control) => control && control.addEventListener("change", filter));
  byId("reset").addEventListener("click", reset);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    if ("show" in link.dataset) {
      reset();
      failed.value = link.dataset.show;
      filter();
    } else {
      const row = byId(link.getAttribute("href").slice(1));
      if (row && row.hidden) reset();
    }
  });
  filter(); // a browser may have kept what was typed before a reload
})();
