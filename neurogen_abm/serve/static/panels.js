// The maps of one life or two, their shared look and view, and the bar of tools above them.

import { Difference } from "./difference.js";
import { byId, calm, el, number, settled, write } from "./dom.js";
import { readBlock } from "./decoder.js";
import { Latest } from "./latest.js";
import { Look, MapCard } from "./map.js";
import { OrganCard } from "./organ_card.js";
import { onScale } from "./palette.js";
import { whyNotGl } from "./probe.js";
import { colouringOf, groundOf, scene } from "./scene.js";
import { thinning } from "./sheet.js";

const VIEWS = ["organ", "sheet", "section", "microscope"];
const REST_MS = 300;
const OVERLAYS = ["veil", "field", "none"];

/** What a view shows, and what it leaves out. */
const NOTES = {
  sheet: ({ every, flashes }) => {
    const rings = " A ring that opens is a birth, one that closes a death";
    const which = every > 1 ? `; one in ${every} is drawn.` : ".";
    return `The granule cell layer unrolled; of cells above each other one is seen. Broken line: the outline of the published surface, unrolled.${flashes ? rings + which : ""}`;
  },
  section: ({ thickness }) => `Every cell of ${thickness} µm in its place. Forms and processes are drawn for orientation; the model has none.`,
};

export class MapPanels {
  /** @param {object} act pick(arm, cell), coloursChanged(), again() asks for the present frame anew, notice(text), moved() the section has; microscope, the class of its card, where there is an animal */
  constructor(about, act) {
    this.act = act;
    const asked = new URLSearchParams(location.search).get("painter"); // gl or plain, whatever the trial says
    const why = asked === "gl" ? "" : asked === "plain" ? "As the address asks." : whyNotGl();
    this.look = new Look(!calm(), !why);
    if (why) act.notice(`${why} The maps are painted without WebGL, and the organ in space is not offered.`);
    this.organ = why ? null : new OrganCard(this.look, { moveTo: (share) => this.#moveSection(share), other: () => this.#told(this.#space()) });
    byId("view-organ").hidden = Boolean(why);
    byId("view-microscope").hidden = !act.microscope; // a film has no animal to look at
    this.microscope = act.microscope && new act.microscope(this.look, {
      ready: () => Boolean(this.cards[0]?.grid && this.arms?.[0]?.cells), place: () => this.cards[0].sectionU, moveTo: (um) => this.#planeTo(um),
    });
    this.cards = [];
    this.grid = byId("map-grid");
    this.difference = new Difference(about);
    this.bar = byId("bar").getContext("2d");
    this.key = byId("key").getContext("2d");
    this.asked = { tissue: new Latest(), section: new Latest() };
    this.loadSections = settled(() => this.#told(this.#sections()), 60);
    this.sharpen = settled(() => this.#rest(!this.look.moving), REST_MS);
    this.#tools();
    const room = new ResizeObserver(() => this.layout());
    for (const node of [this.grid, byId("maps")]) room.observe(node); // what stands above the maps takes of their height
    window.addEventListener("resize", settled(() => this.layout(), 80));
    byId("flashes").checked = this.look.flashes;
  }

  /** Make room for a session. */
  begin(session, description) {
    this.session = session;
    this.description = description;
    this.look.limits = description.limits?.bdnf_pg_ml ?? [0, 1];
    const wanted = description.arms.length;
    while (this.cards.length > wanted) this.cards.pop();
    while (this.cards.length < wanted) {
      this.cards.push(new MapCard(this.cards.length, this.look, {
        pick: this.act.pick, moved: () => this.#moved(), tell: (text) => this.#tell(text),
      }));
    }
    this.grid.dataset.arms = String(wanted);
    this.organ?.begin(wanted);
    this.microscope?.begin(session, wanted);
    this.grid.replaceChildren(...(this.organ ? [this.organ.node] : []), ...this.cards.map(({ node }) => node),
      ...(this.microscope ? [this.microscope.node] : []), ...(wanted > 1 ? [this.difference.node] : []));
    this.#applyGround();
  }

  /** Let go of a session: nothing more is asked of it. */
  leave() {
    this.session = null;
    this.microscope?.leave();
  }

  /** The view has changed. */
  #moved() {
    if (!this.#rest(false)) this.cards.forEach((card) => card.moved());
  }

  /** Without WebGL: as fine as the screen while nothing moves, quick while something does. Whether maps were laid out, and with it painted, anew. */
  #rest(on) {
    if (this.look.gl) return false;
    const other = this.look.rests !== on;
    if (other) {
      this.look.rests = on;
      this.cards.forEach((card) => card.layout());
    }
    if (!on) this.sharpen();
    return other;
  }

  /** Say above each map whose it is. */
  name(names) {
    this.cards.forEach((card, k) => write(card.name, `${"AB"[k]} · ${names[k] ?? ""}`));
  }

  /** Fetch what stands still in each life and show it. */
  async tissue() {
    const { session, description } = this;
    const fresh = this.asked.tissue.ask();
    const space = this.#space(); // the organ is the largest of what is asked for, and first on its way
    space.catch(() => undefined); // it is told below, if this is still the session then
    const [blocks, grids] = [await Promise.all(this.cards.map((_, k) => session.tissue(k))), description.arms.map(({ grid }) => grid)];
    if (this.session !== session || !fresh() || blocks.length !== this.cards.length) return;
    blocks.map(readBlock).forEach(({ arrays }, k) => {
      if (!grids[k]) return;
      const layer = (name) => (arrays.get(`${k}/${name}`) ?? arrays.get(`0/${name}`))?.data;
      this.cards[k].setTissue(grids[k], layer("site_class"), layer("capillary"), layer("curve"), layer("outline"));
    });
    this.#applyGround();
    if (this.arms?.length === this.cards.length) this.show(this.arms, performance.now(), this.look.moving); // the frame came before the tissue
    await Promise.all([this.#sections(), space]);
  }

  /** Fetch what stands still in the organ, where it is shown: of the life that is chosen. */
  async #space() {
    const { session, organ } = this;
    const grid = this.description?.arms[organ?.arm]?.grid;
    if (organ) delete organ.stage.dataset.loaded;
    if (!organ?.shown || !session || !grid) return;
    await organ.load(session, organ.arm, grid, this.look.ground);
    if (this.arms?.[organ.arm]) organ.show(this.arms[organ.arm]);
  }

  /** Move the section, from wherever: a share of the sheet's length. */
  #moveSection(share) {
    this.look.sectionAt = share;
    byId("section-at").value = String(share);
    this.act.moved?.();
    this.organ?.repaint();
    this.loadSections();
  }

  /** Move the section to a place along the sheet, um. */
  #planeTo(um) {
    this.#moveSection(this.cards[0].shareAt(um));
  }

  async #sections() {
    const { session } = this;
    if (!session || !this.cards[0]?.grid) return;
    this.#tellSection();
    this.microscope?.moved();
    if (this.look.view !== "section") return this.cards.forEach((card) => card.marks());
    const at = this.cards[0].sectionU;
    const fresh = this.asked.section.ask();
    const cards = this.cards.filter(({ grid }) => grid); // of a life that has just come, the tissue brings the section
    const blocks = await Promise.all(cards.map(({ arm }) => session.section(arm, at, this.look.thickness)));
    if (this.session !== session || !fresh()) return undefined;
    return blocks.map(readBlock).forEach(({ arrays }, k) => {
      const layer = (name) => (arrays.get(`${k}/${name}`) ?? arrays.get(`0/${name}`)).data;
      cards[k].setSection(at, layer("site_class"), layer("capillary"), layer("still"), layer("curve"));
    });
  }

  #tellSection() {
    const card = this.cards[0];
    const share = card?.grid && card.grid.whole !== false ? `, ${Math.round((100 * card.sectionU) / (card.grid.n_u * card.grid.pitch_um))} % from septal` : "";
    write(byId("section-text"), card?.grid ? `${(card.sectionU / 1000).toFixed(2)} mm${share}` : "");
  }

  /** Paint a frame of every life. */
  show(arms, now, moving) {
    this.look.moving = moving;
    if (moving || !this.look.rests) this.#rest(false);
    this.look.every = thinning(arms);
    this.#note();
    arms.forEach((arm, k) => this.cards[k]?.show(arm, now));
    this.organ?.show(arms[this.organ.arm]);
    this.arms = arms;
    this.microscope?.lived(arms[0].rowStep?.at(-1));
    const [a, b] = this.cards;
    if (arms.length > 1 && arms.every(({ cells }) => cells) && a?.grid && b?.grid && a.grid.n_u === b.grid.n_u) {
      this.difference.show(arms[0], arms[1], a.grid, a.tissue.siteClass);
    }
  }

  /** Forget the animals that are shown: others come, perhaps on another lattice. */
  clear() {
    this.arms = null;
    for (const card of this.cards) {
      [card.frame, card.tissue] = [null, null];
      delete card.stage.dataset.painted;
    }
    this.organ?.clear();
    for (const asked of Object.values(this.asked)) asked.drop();
  }

  /** Say what went wrong with something that was asked for, if it is wanted still. */
  #told(answer) {
    const { session } = this;
    answer.catch((error) => session === this.session && !error.early && this.act.notice(error.message));
  }

  /** Cover the maps while lives are made. */
  cover(text, share) {
    this.cards.forEach((card) => card.cover(text, share));
  }

  describe(texts) {
    this.cards.forEach((card, k) => card.describe(texts[k] ?? ""));
  }

  layout() {
    this.organ?.layout();
    this.microscope?.layout();
    this.cards.forEach((card) => card.layout());
  }

  repaint() {
    for (const card of [...this.cards, ...(this.organ ? [this.organ] : [])]) card.repaint();
  }

  /** Mark a cell of an arm, or none. */
  select(arm, cell) {
    this.cards.forEach((card, k) => {
      card.selected = k === arm ? cell : null;
      card.markSelected();
    });
  }

  #applyGround() {
    this.cards.forEach((card) => card.applyGround());
    this.organ?.repaint();
    this.#colourBar();
    this.#colourKey();
  }

  #colourBar() {
    const { overlay, ground, limits } = this.look;
    byId("colour-bar").hidden = overlay === "none";
    const scale = overlay === "field" ? groundOf(ground).bdnf : groundOf(ground).veil;
    const { width, height } = this.bar.canvas;
    for (let x = 0; x < width; x += 1) {
      this.bar.fillStyle = onScale(scale, x / (width - 1));
      this.bar.fillRect(x, 0, 1, height);
    }
    write(byId("bar-low"), number(limits[0]));
    write(byId("bar-high"), `${number(limits[1])} pg/mL`);
  }

  /** What the colours of cells mean where no state chooses them: from low to high. */
  #colourKey() {
    const { by, ground, limits } = this.look;
    const way = colouringOf(by);
    const [low, high] = way.key === "bdnf" ? [number(limits[0]), `${number(limits[1])} pg/mL`] : [way.low, way.high];
    byId("colour-key").hidden = !high;
    write(byId("key-low"), low);
    write(byId("key-high"), high);
    const { width, height } = this.key.canvas;
    const colours = way.colours[ground].slice(0, way.key === "birth" ? -1 : undefined);
    for (let x = 0; x < width; x += 1) {
      this.key.fillStyle = colours[Math.floor((x / width) * colours.length)];
      this.key.fillRect(x, 0, 1, height);
    }
  }

  /** Say the means in the captions. */
  tell(arms) {
    arms.forEach((arm, k) => {
      if (arm.niche_pg_ml !== undefined && this.cards[k]) write(this.cards[k].facts, `niche ${number(arm.niche_pg_ml)} pg/mL`);
    });
  }

  /** Say what is under the pointer, or else what the picture is. */
  #tell(text) {
    this.pointed = text;
    this.#note();
  }

  #note() {
    write(byId("under"), this.pointed || NOTES[this.look.view](this.look));
    byId("under").classList.toggle("hint", !this.pointed);
  }

  /** Choose "organ" or "microscope" (with the section beside it), "sheet" or "section". */
  view(name) {
    this.look.view = name === "sheet" ? "sheet" : "section";
    if (this.organ) this.organ.node.hidden = name !== "organ";
    if (this.microscope) this.microscope.node.hidden = name !== "microscope";
    for (const kind of ["organ", "microscope"]) this.grid.classList.toggle(`with-${kind}`, name === kind);
    for (const kind of VIEWS) byId(`view-${kind}`).setAttribute("aria-pressed", String(kind === name));
    this.grid.dataset.shows = name;
    for (const node of document.querySelectorAll("[data-only]")) node.hidden = node.dataset.only !== this.look.view;
    this.#tell("");
    this.layout();
    this.#told(this.#sections());
    if (name === "microscope") this.microscope.open();
    if (this.organ && !this.organ.holds(this.session)) this.#told(this.#space());
  }

  /** Next way to show BDNF. */
  nextOverlay() {
    byId("overlay").value = OVERLAYS[(OVERLAYS.indexOf(this.look.overlay) + 1) % OVERLAYS.length];
    this.#overlay();
  }

  #overlay() {
    this.look.overlay = byId("overlay").value;
    this.look.cells = this.look.overlay !== "field";
    this.#colourBar();
    this.repaint();
  }

  #tools() {
    for (const kind of VIEWS) byId(`view-${kind}`).addEventListener("click", () => this.view(kind));
    byId("overlay").addEventListener("change", () => this.#overlay());
    for (const key of ["capillaries", "flashes", "processes"]) {
      byId(key).addEventListener("change", () => {
        this.look[key] = byId(key).checked;
        this.#note();
        this.repaint();
      });
    }
    byId("dark").addEventListener("change", () => {
      this.look.ground = byId("dark").checked ? "dark" : "paper";
      this.#applyGround();
      this.act.coloursChanged();
    });
    const zoom = (act) => () => {
      if (!this.cards.length) return;
      act(this.cards[0].view);
      this.#moved();
    };
    byId("zoom-in").addEventListener("click", zoom((view) => view.zoomAt(1.5)));
    byId("zoom-out").addEventListener("click", zoom((view) => view.zoomAt(1 / 1.5)));
    byId("zoom-all").addEventListener("click", zoom((view) => view.reset()));
    byId("section-at").addEventListener("input", () => {
      this.#moveSection(Number(byId("section-at").value));
    });
    byId("thickness").addEventListener("change", () => {
      this.look.thickness = Number(byId("thickness").value);
      this.#note();
      this.#told(this.#sections());
    });
    byId("colour-by").addEventListener("change", () => this.colourBy(byId("colour-by").value));
    this.view(this.organ && this.act.first === "organ" ? "organ" : "sheet");
  }

  /** Choose what colours the cells. */
  colourBy(by) {
    byId("colour-by").value = by;
    this.look.by = by;
    this.#colourKey();
    this.act.coloursChanged();
    this.act.again();
  }

  /** Offer what cells can be coloured by: of stains those of this animal. */
  offerColours(stains) {
    const ways = scene.colourings.filter(({ key }) => key !== "stain").map(({ key, label }) => [key, label]);
    const options = [...ways, ...Object.entries(stains).map(([name, label]) => [`stain:${name}`, label])];
    const choice = byId("colour-by");
    if (choice.dataset.offered === String(options)) return;
    choice.dataset.offered = String(options);
    choice.replaceChildren(...options.map(([value, text]) => el("option", { value, text })));
    choice.value = options.some(([value]) => value === this.look.by) ? this.look.by : "group";
  }
}

/** A map in words, for those who do not see it. */
export function inWords(states, arms, day, view) {
  return arms.map(({ counts = {}, n_cells: n }, k) => {
    const kinds = states.map(({ name, label }) => [label, counts[name]]).filter(([, c]) => c > 0).sort(([, a], [, b]) => b - a).slice(0, 4);
    const names = kinds.map(([label, c]) => `${number(c, 4)} ${label}`).join(", ");
    const who = arms.length > 1 ? `Life ${"AB"[k]}` : "The gyrus";
    return `${who} on day ${day.toFixed(1)}, ${view} view: ${number(n, 4)} cells simulated; ${names}.`;
  });
}

