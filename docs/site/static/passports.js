// Above every long table of the page of parameters a box: rows that hold all of its words stay.
document.addEventListener("DOMContentLoaded", () => {
  if (!document.title.startsWith("Parameters")) return;
  for (const table of document.querySelectorAll("article table")) {
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    const box = document.createElement("input");
    const count = document.createElement("output");
    box.type = "search";
    box.placeholder = "words of a name, a source, a status, an animal";
    box.setAttribute("aria-label", "Search this table");
    const search = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = `${shown} of ${rows.length}`;
    };
    box.addEventListener("input", search);
    const line = document.createElement("p");
    line.className = "passport-search";
    line.append(box, count);
    (table.closest(".table-wrapper") ?? table).before(line);
    search();
  }
});
