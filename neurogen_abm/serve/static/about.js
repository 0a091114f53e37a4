// What stands behind the picture: what to look for, rules in English, parameters with their sources, glossary, keys.

import { byId, el, write } from "./dom.js";
import { Latest } from "./latest.js";

const KEYS = [["Space", "play or pause"], ["→", "one step"], ["R", "reset"], ["V", "sheet or section"], ["B", "BDNF below the cells, alone, or off"],
  ["C", "compare with a second life"], ["Page Up, Page Down", "in the guided stops: a step back, a step on"], ["G", "slides"], ["?", "this page"], ["+ − 0", "on the map: zoom in, out, all"], ["Shift + arrows", "on the map: move"]];

export class AboutDialog {
  constructor(about) {
    this.dialog = byId("about-dialog");
    byId("glossary").replaceChildren(...about.glossary.flatMap(({ term, text }) => [el("dt", { text: term }), el("dd", { text })]));
    byId("keys").replaceChildren(...KEYS.flatMap(([key, text]) => [el("dt", {}, el("kbd", { text: key })), el("dd", { text })]));
    this.evidence = byId("evidence");
    this.rules = byId("rules");
    this.asked = new Latest();
  }

  /** Show what belongs to a session. */
  show(description) {
    write(byId("about-title"), description.title);
    write(byId("about-description"), description.description);
    write(byId("about-look"), description.look_for ?? "");
    this.rules.replaceChildren(...(description.rules ?? []).map((text) => el("li", { text })));
    this.evidence.replaceChildren(el("p", { class: "hint", text: "Open to load." }));
    this.loaded = false;
    this.asked.drop();
  }

  /** @param {function} load asks for the evidence; none where there is no life yet */
  open(load) {
    this.dialog.showModal();
    if (load && !this.loaded) this.#load(load);
  }

  async #load(load) {
    this.loaded = true;
    const fresh = this.asked.ask();
    try {
      const { parameters = [], pathway = {}, grades = {}, references = {} } = await load();
      if (!fresh()) return;
      const assumed = parameters.filter(({ status }) => status === "assumed");
      const list = (title, nodes) => [el("h3", { text: title }), el("ul", {}, nodes)];
      this.evidence.replaceChildren(el("h3", { text: `Pathway: ${pathway.label ?? ""}` }), el("p", { text: pathway.status ?? "" }),
        ...list(`Assumed: nobody has measured them, or the value is recalled and not checked (${assumed.length} of ${parameters.length})`,
          assumed.map((row) => el("li", {}, this.#assumption(row)))),
        ...list("Grades of evidence", Object.entries(grades).map(([grade, text]) => el("li", { text: `${grade}: ${text}` }))),
        el("h3", { text: `All parameters (${parameters.length})` }), this.#table(parameters),
        ...list("Sources", Object.entries(references).map(([key, text]) => el("li", {}, el("code", { text: key }), ` ${text}`))));
    } catch (error) {
      if (!fresh()) return;
      this.loaded = false;
      this.evidence.replaceChildren(el("p", { class: "notice", text: error.message }));
    }
  }

  #assumption(item) {
    return [el("code", { text: item.path }), ` = ${[item.value, item.unit].filter(Boolean).join(" ")}. ${item.note}`];
  }

  #table(parameters) {
    const columns = ["path", "value", "unit", "status", "grade", "source"].filter((name) => parameters.some((row) => row[name]));
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parameters and sources" },
      el("table", {}, el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col", text: name })))),
        el("tbody", {}, parameters.map((row) => el("tr", {}, columns.map((name) => el("td", { class: name, text: String(row[name] ?? "") })))))));
  }
}
