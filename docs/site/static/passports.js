// On the page of parameters a box that searches all tables: rows that hold all of its words stay, and the headings over them.
document.addEventListener("DOMContentLoaded", () => {
  const page = document.querySelector("article");
  if (!page || !document.title.startsWith("Parameters")) return;
  document.body.classList.add("passports");
  const rows = [...page.querySelectorAll("tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
  for (const piece of page.querySelectorAll("td code .pre")) {
    const names = piece.textContent.split(/(?<=[._])/);
    piece.replaceChildren(...names.flatMap((name) => [name, document.createElement("wbr")]));
  }
  const parts = [...page.querySelectorAll("section section")];
  const box = document.createElement("input");
  const count = document.createElement("output");
  box.type = "search";
  box.placeholder = "words of a name, a source, a status, an animal";
  box.setAttribute("aria-label", "Search all tables of this page");
  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    for (const part of parts) {
      part.hidden = words.length > 0 && part.querySelector("tbody tr:not([hidden])") === null;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  box.addEventListener("input", search);
  const line = document.createElement("p");
  line.className = "passport-search";
  line.append(box, count);
  (page.querySelector("section section") ?? page.firstElementChild).before(line);
  search();
});
