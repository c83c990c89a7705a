// The panel: its tables, its language, and its size.
function listen() {
  document.querySelectorAll("tr.corridor").forEach((row) => row.addEventListener("click", () => showMap(() => choose(Number(row.dataset.corridor), null, true))));
  document.querySelectorAll("button[data-site]").forEach((button) => button.addEventListener("click", () => showMap(() => sites.get(button.dataset.site)?.())));
  document.querySelectorAll("button[data-speak]").forEach((button) => button.addEventListener("click", () => {
    map.closePopup();
    setLanguage(button.dataset.speak);
    placeLabels();
  }));
  document.querySelectorAll("table.corridors").forEach((table) => {
    table.querySelectorAll("[data-sort]").forEach((button) => button.addEventListener("click", () => sortTable(table, button.closest("th"))));
    joinRepeats(table);
  });
  const fold = document.getElementById("fold"), panel = fold.parentElement;
  fold.addEventListener("click", () => {
    fold.setAttribute("aria-expanded", String(!panel.classList.toggle("folded")));
    showFold();
    map.invalidateSize();
  });
  const showFold = () => { fold.textContent = format(panel.classList.contains("folded") ? "show_list" : "hide_list"); };
  onLanguage(showFold);
}

function showMap(then) {
  if (phone) map.getContainer().scrollIntoView({ block: "nearest" });
  then();
}

// Sorts by a column, in descending order if it is sorted by that column already; equal rows keep their order.
function sortTable(table, head) {
  const column = head.cellIndex, down = head.getAttribute("aria-sort") === "ascending";
  const value = (row) => row.cells[column].dataset.value;
  const body = table.tBodies[0], rows = [...body.rows];
  const compare = head.classList.contains("number") ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b), texts.lang, { numeric: true });
  rows.sort((a, b) => (down ? -1 : 1) * compare(a, b));
  body.append(...rows);
  table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  joinRepeats(table);
}

// Rows with the same destination share one cell.
function joinRepeats(table) {
  let first = null;
  for (const row of table.tBodies[0].rows) {
    const cell = row.cells[0], again = first !== null && cell.textContent === first.textContent;
    cell.hidden = again;
    cell.rowSpan = 1;
    if (again) first.rowSpan += 1;
    else first = cell;
  }
}
