// The legend: every state with its colour, its name and its count as text; a click hides or shows it on the map.

import { el, number, signed, write } from "./dom.js";
import { scene, stateColours } from "./scene.js";

export class Legend {
  /** @param {Look} look of the maps @param {object} families titles, by key @param {() => void} changed called when a state is hidden or shown */
  constructor(node, look, families, changed) {
    this.node = node;
    this.look = look;
    this.head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "sr", text: "State" })), el("th", { scope: "col", class: "n", text: "A" }),
      el("th", { scope: "col", class: "n b", text: "B" }), el("th", { scope: "col", class: "n b", text: "B − A" }));
    this.rows = scene.states.map(({ code, label }) => this.#row(label, code, changed));
    this.total = this.#row("cells simulated one by one");
    this.others = this.#row("granule cells of development, not simulated");
    node.replaceChildren(el("table", {}, el("thead", {}, this.head),
      Object.entries(families).map(([key, title]) => el("tbody", { "aria-label": title },
        this.rows.filter((_, i) => scene.states[i].family === key).map(({ tr }) => tr))), el("tfoot", {}, this.total.tr, this.others.tr)));
    this.applyColours();
  }

  #row(label, code = null, changed = null) {
    const [a, b, difference] = ["n", "n b", "n b"].map((name) => el("td", { class: name }));
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    const name = code === null ? el("span", { text: label })
      : el("button", { type: "button", class: "state", "aria-pressed": "true", title: "Hide or show on the map" }, swatch, label);
    if (code !== null) {
      name.addEventListener("click", () => {
        this.look.visible[code] = 1 - this.look.visible[code];
        name.setAttribute("aria-pressed", String(Boolean(this.look.visible[code])));
        changed();
      });
    }
    return { tr: el("tr", {}, el("th", { scope: "row" }, name), a, b, difference), a, b, difference, swatch };
  }

  /** Take the colours of the map; where states choose none, the swatches are empty. */
  applyColours() {
    const { by, ground } = this.look;
    const colours = stateColours(by, ground);
    this.rows.forEach(({ swatch }, i) => {
      swatch.style.background = colours ? colours[i] : "transparent";
    });
    this.node.dataset.ground = ground;
  }

  /** Show the counts of the arms. */
  show(arms) {
    this.node.classList.toggle("two", arms.length > 1);
    scene.states.forEach(({ name }, i) => fill(this.rows[i], arms.map(({ counts }) => counts?.[name] ?? NaN)));
    fill(this.total, arms.map((arm) => arm.n_cells ?? NaN));
    fill(this.others, arms.map((arm) => arm.n_developmental ?? NaN));
  }
}

function fill(row, [a, b]) {
  write(row.a, number(a, 4));
  write(row.b, b === undefined ? "" : number(b, 4));
  write(row.difference, b === undefined ? "" : signed(b - a));
}
