// The organ map in a notebook: one map card of the live page, fed by a widget's model instead of a server.

import { readArm, readBlock } from "./decoder.js";
import { el, number, settled, write } from "./dom.js";
import { Legend } from "./legend.js";
import { Look, MapCard } from "./map.js";
import { whyNotGl } from "./probe.js";
import { colouringOf, scene, setScene } from "./scene.js";

const OVERLAYS = [["veil", "under the cells"], ["field", "alone"], ["none", "off"]];
const CUT_MS = 60; // a section is asked for once the slider rests
const CLICK = "Click on a cell to see which it is; its card is the widget's `cell` in Python.";

/** Bytes as a widget's model gives them, as a buffer of their own. */
function bufferOf(bytes) {
  return bytes instanceof ArrayBuffer ? bytes : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

const option = ([value, text]) => el("option", { value, text });

class OrganMap {
  constructor(model) {
    this.model = model;
    this.about = model.get("about");
    setScene(this.about.scene);
    const asked = model.get("painter");
    const why = asked === "gl" ? "" : asked === "plain" ? "As the widget asks." : whyNotGl();
    this.look = new Look(false, !why);
    this.look.limits = this.about.limits;
    this.card = new MapCard(0, this.look, {
      pick: (_, cell) => this.#pick(cell), moved: () => this.card.moved(), tell: (text) => this.#tell(text),
    });
    this.legend = new Legend(el("div", { id: "legend" }), this.look, this.about.families, () => this.card.repaint());
    this.said = el("p", { class: "widget-said", role: "status", "aria-live": "polite" });
    this.under = el("span", { class: "under hint" });
    this.key = el("span", { class: "bar-row" });
    this.node = el("div", { class: "widget" }, this.#tools(), el("div", { class: "widget-room" },
      el("div", { class: "map-grid" }, this.card.node, el("p", { class: "map-foot" }, this.key, this.under), this.said), this.legend.node),
    this.about.patch ? el("p", { class: "hint", text: this.about.patch }) : null);
    if (why && asked === "auto") this.painted = `${why} Painted without WebGL.`;
    this.heard = { frames: () => this.#frames(), section: () => this.#section(), said: () => this.#say(), about: () => this.#offer() };
    for (const name of ["moment", "view", "by", "overlay", "ground"]) this.heard[name] = () => this.#choices();
    for (const [name, act] of Object.entries(this.heard)) model.on(`change:${name}`, act);
  }

  /** Show all of it; called once the node has a place. */
  begin() {
    const { arrays } = readBlock(bufferOf(this.model.get("tissue")));
    const layer = (name) => arrays.get(`0/${name}`).data;
    this.#offer();
    this.card.setTissue(this.about.grid, layer("site_class"), layer("capillary"), layer("curve"));
    this.#section();
    this.#frames();
    this.#say();
    this.observer = new ResizeObserver(() => this.card.layout());
    this.observer.observe(this.card.node);
  }

  end() {
    this.observer?.disconnect();
    for (const [name, act] of Object.entries(this.heard)) this.model.off(`change:${name}`, act);
    this.card.glPainter?.gl.getExtension("WEBGL_lose_context")?.loseContext(); // a browser keeps few of them
  }

  #set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  #tools() {
    const chosen = (name, options) => {
      const node = el("select", { "data-trait": name }, options.map(option));
      node.addEventListener("change", () => this.#set(name, node.value));
      return node;
    };
    this.view = chosen("view", [["sheet", "sheet"], ["section", "section"]]);
    this.by = chosen("by", []);
    this.overlay = chosen("overlay", OVERLAYS);
    this.ground = chosen("ground", [["dark", "dark"], ["paper", "paper"]]);
    this.day = el("output", {});
    this.moment = el("input", { type: "range", min: "0", step: "1", "aria-label": "Moment" });
    this.moment.addEventListener("input", () => this.#set("moment", Number(this.moment.value)));
    this.place = el("output", {});
    this.along = el("input", { type: "range", min: "0", max: "1", step: "any", "aria-label": "Place of the section along the gyrus" });
    const cut = settled(() => this.#set("section_um", this.card.sectionU), CUT_MS);
    this.along.addEventListener("input", () => {
      this.look.sectionAt = Number(this.along.value);
      this.card.marks();
      cut();
    });
    const field = (text, ...nodes) => el("label", { class: "field inline" }, el("span", { text }), ...nodes);
    this.days = field("Moment", this.moment);
    this.sections = field("Section at", this.along, this.place);
    return el("div", { class: "map-bar" }, el("strong", { text: this.about.title }), this.day, this.days, field("View", this.view), this.sections,
      field("Colour", this.by), field("BDNF", this.overlay), field("Ground", this.ground));
  }

  /** Offer what cells can be coloured by. */
  #offer() {
    this.about = this.model.get("about");
    const ways = scene.colourings.filter(({ key }) => key !== "stain").map(({ key, label }) => [key, label]);
    this.by.replaceChildren(...[...ways, ...Object.entries(this.about.stains).map(([name, label]) => [`stain:${name}`, label])].map(option));
  }

  #frames() {
    this.blocks = this.model.get("frames").map((bytes) => readBlock(bufferOf(bytes)));
    this.#choices();
  }

  #choices() {
    const k = this.model.get("moment");
    if (!this.blocks?.[k]) return;
    for (const name of ["view", "by", "overlay", "ground"]) {
      this[name].value = this.model.get(name);
      this.look[name] = this.model.get(name);
    }
    this.look.cells = this.look.overlay !== "field";
    const facts = this.model.get("moments")[k];
    const frame = readArm(this.blocks[k], 0);
    frame.values = this.blocks[k].arrays.get(`0/value_${this.look.by}`)?.data;
    if (this.shown !== k) this.card.selected = null;
    this.shown = k;
    this.moment.max = String(this.blocks.length - 1);
    this.moment.value = String(k);
    this.days.hidden = this.blocks.length < 2;
    this.sections.hidden = this.look.view !== "section";
    write(this.day, `day ${number(facts.day)}`);
    this.legend.applyColours();
    this.legend.show([facts]);
    this.card.describe(`${this.about.title}, day ${number(facts.day)}, ${this.look.view}: ${number(facts.n_cells, 4)} cells.`);
    this.card.show(frame, performance.now());
    this.card.applyGround();
    this.card.layout();
    this.#colourKey();
    this.#tell("");
  }

  #section() {
    const { header, arrays } = readBlock(bufferOf(this.model.get("section")));
    const layer = (name) => arrays.get(`0/${name}`).data;
    const { n_u: nu, pitch_um: pitch } = this.about.grid;
    this.look.sectionAt = nu > 1 ? (header.u_um / pitch - 0.5) / (nu - 1) : 0;
    if (this.node.getRootNode().activeElement !== this.along) this.along.value = String(this.look.sectionAt);
    write(this.place, `${(header.u_um / 1000).toFixed(2)} mm`);
    this.card.setSection(header.u_um, layer("site_class"), layer("capillary"), layer("still"), layer("curve"));
    this.card.marks();
  }

  /** What colours mean where no state chooses them. */
  #colourKey() {
    const way = colouringOf(this.look.by);
    const [low, high] = way.key === "bdnf" ? [number(this.look.limits[0]), `${number(this.look.limits[1])} pg/mL`] : [way.low, way.high];
    const colours = way.colours[this.look.ground].slice(0, way.key === "birth" ? -1 : undefined);
    const stops = Array.from({ length: 12 }, (_, i) => colours[Math.floor((i / 11) * (colours.length - 1))]);
    const bar = el("span", { class: "difference-bar", "aria-hidden": "true", style: { background: `linear-gradient(90deg, ${stops.join(", ")})` } });
    this.key.replaceChildren(...(high ? [low, bar, high] : []));
  }

  #pick(cell) {
    this.card.selected = cell;
    this.card.markSelected();
    this.#set("picked", cell ? [this.shown, cell.row] : []);
  }

  #say() {
    write(this.said, this.model.get("said") || CLICK);
  }

  #tell(text) {
    const facts = this.model.get("moments")[this.shown];
    const still = this.look.view === "section" ? `Every cell of ${this.look.thickness} µm in its place; forms and processes are a drawing.`
      : "The granule cell layer unrolled; of cells above each other one is seen.";
    const bdnf = this.look.overlay === "none" ? "" : `${facts?.level_is}.`;
    write(this.under, text || [still, bdnf, this.painted].filter(Boolean).join(" "));
  }
}

/** Draw a widget into a node; what comes back ends it. */
export function render({ model, el: host, style }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const map = new OrganMap(model);
  root.replaceChildren(el("style", { text: style }), map.node);
  map.begin();
  return () => map.end();
}
