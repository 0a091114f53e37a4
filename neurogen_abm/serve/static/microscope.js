// The card of the microscope: the section at the plane as fluorescence would show it, channels added, each between limits of its own.

import { readBlock } from "./decoder.js";
import { el, mostHeight, number, settled, svg, write } from "./dom.js";
import { View, lengthText, roundLength } from "./geometry.js";

const PIXELS_UM = [2, 1, 0.5, 0.25];
const USUAL_UM = 0.5;
const WAIT_MS = 350; // an image is asked for once plane and day rest
const RING_PX = 7;

const channelsOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export class MicroscopeCard {
  /** @param {Look} look of the maps @param {object} act ready(), place() and moveTo(um) of the plane */
  constructor(look, act) {
    this.look = look;
    this.act = act;
    this.view = new View();
    this.chosen = null; // names of channels; the usual ones at first
    this.canvas = el("canvas", { class: "microscope-canvas", tabindex: "0", role: "img", "aria-label": "No image yet" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.film = document.createElement("canvas"); // the image as it was taken, pixel by pixel
    this.over = svg("svg", { class: "map-over", "aria-hidden": "true" });
    this.wait = el("div", { class: "microscope-wait", hidden: true, role: "status", text: "Taking the image…" });
    this.stage = el("div", { class: "map-stage microscope-stage", "data-ground": "dark" }, this.canvas, this.over, this.wait);
    this.channels = el("div", { class: "microscope-channels", role: "group", "aria-label": "Channels" });
    this.section = el("input", { type: "number", min: 1, step: 1, inputmode: "numeric", class: "microscope-section", onchange: () => this.take(Number(this.section.value)) });
    this.of = el("span", {});
    this.pixel = el("select", { onchange: () => this.take() }, PIXELS_UM.map((um) => el("option", { value: um, text: `${um} µm`, selected: um === USUAL_UM })));
    this.who = el("select", { onchange: () => this.take() });
    this.truth = el("input", { type: "checkbox", onchange: () => this.#marks() });
    this.limits = el("div", { class: "microscope-limits" });
    this.said = el("p", { class: "microscope-said", role: "status", "aria-live": "polite" });
    this.files = el("span", { class: "microscope-files" });
    this.life = el("label", { class: "field inline", hidden: true }, el("span", { text: "Life" }), this.who);
    this.node = el("figure", { class: "map microscope", hidden: true },
      el("div", { class: "microscope-bar" }, el("label", { class: "field inline" }, el("span", { text: "Section" }), this.section, this.of),
        el("label", { class: "field inline" }, el("span", { text: "Pixel" }), this.pixel), this.life,
        el("label", { class: "check" }, this.truth, "true positions")),
      this.channels, this.stage, this.said, this.limits,
      el("figcaption", { class: "microscope-foot" }, this.files,
        el("span", { class: "hint", text: "Simulated fluorescence; the table says where every cell truly is. Wheel or + and − zoom, drag moves, 0 shows all." })));
    this.retake = settled(() => this.take(), WAIT_MS);
    this.#listen();
  }

  get shown() {
    return !this.node.hidden;
  }

  /** Take up a session, or let go of the one before. */
  begin(session, arms) {
    const other = this.session !== session;
    this.session = session;
    this.life.hidden = arms < 2;
    if (this.who.options.length !== arms) this.who.replaceChildren(...["A", "B"].slice(0, arms).map((text, value) => el("option", { value, text })));
    if (other) [this.image, this.offered] = [null, null];
    if (this.shown) this.retake();
  }

  /** Let go of a session. */
  leave() {
    this.session = null;
  }

  /** Time may have passed: once it rests the image is taken again. @param {number} step the last that was lived, where it is told */
  lived(step) {
    if (step !== undefined && step !== this.step) [this.step, this.late] = [step, true];
    if (this.late && this.shown && !this.look.moving) this.retake();
  }

  /** The plane has moved: an image of another section is taken once it rests. */
  moved() {
    const { middle_um: middle, thickness_um: thick } = this.image?.header ?? {};
    if (!this.shown || Math.abs(this.act.place() - middle) <= thick / 2) return;
    if (this.image) this.asked = null;
    this.retake();
  }

  /** Show it, and take what the plane shows. */
  open() {
    this.layout();
    return this.take();
  }

  /** Take an image: of the section at the plane, or of one by its number, to which the plane then goes. One at a time: what is chosen meanwhile is taken after it, once. */
  async take(section) {
    if (!this.session?.image || !this.shown || !this.act.ready()) return;
    // A section asked for by its number stays so until it is shown, whatever else is chosen meanwhile.
    if (Number.isInteger(section)) this.asked = section;
    [this.late, this.wait.hidden, this.again] = [false, false, true];
    if (this.busy) return;
    this.busy = true;
    while (this.again) {
      this.again = false;
      await this.#expose();
    }
    [this.busy, this.wait.hidden] = [false, true];
  }

  async #expose() {
    const { session } = this, number = this.asked ?? null;
    try {
      const offered = await session.channels(this.arm); // a label may have been given since
      if (session !== this.session) return;
      if (JSON.stringify(offered) !== JSON.stringify(this.offered)) this.#offer(offered);
      const names = this.offered.map(({ name }) => name).filter((name) => this.chosen.has(name));
      const block = readBlock(await session.image(this.arm, { section: number, u: this.act.place(), channels: names, pixel: Number(this.pixel.value) }));
      if (this.again || session !== this.session) return;
      const still = number !== null && number === this.asked; // the plane may have been moved meanwhile, and stays then
      this.asked = null;
      this.#show(block);
      if (still) this.act.moveTo(block.header.middle_um);
    } catch (error) {
      if (this.again || session !== this.session) return;
      this.asked = null;
      this.#refuse(error);
    }
  }

  /** The life that is shown. */
  get arm() {
    return Number(this.who.value || 0);
  }

  /** What the address says of it, where that is not the usual. */
  state() {
    const usual = this.offered?.filter((one) => one.usual).map(({ name }) => name).join();
    const names = (this.offered?.map(({ name }) => name).filter((name) => this.chosen.has(name)) ?? [...(this.chosen ?? [])]).join();
    return { channels: names === usual ? "" : names, pixel: this.pixel.value === String(USUAL_UM) ? "" : this.pixel.value };
  }

  /** Show a life with some channels, or the usual ones, at a size of pixel. */
  choose(arm, channels, pixel = USUAL_UM) {
    const before = [this.who.value, this.pixel.value, this.chosen && [...this.chosen].join()].join("|");
    this.who.value = String(arm);
    if (PIXELS_UM.includes(Number(pixel))) this.pixel.value = String(pixel);
    this.chosen = channels ? new Set(channels) : this.offered ? new Set(this.offered.filter(({ usual }) => usual).map(({ name }) => name)) : null;
    for (const [name, label] of this.boxes ?? []) label.querySelector("input").checked = this.chosen.has(name);
    if (before !== [this.who.value, this.pixel.value, this.chosen && [...this.chosen].join()].join("|")) this.take();
  }

  #refuse(error) {
    write(this.said, error.message);
    this.said.classList.add("notice");
  }

  /** Offer the channels of this animal. */
  #offer(offered) {
    this.offered = offered;
    this.chosen ??= new Set(offered.filter(({ usual }) => usual).map(({ name }) => name));
    this.boxes = new Map(offered.map(({ name, there }) => {
      const box = el("input", { type: "checkbox", checked: this.chosen.has(name), onchange: () => {
        if (box.checked) this.chosen.add(name);
        else this.chosen.delete(name);
        this.take();
      } });
      return [name, el("label", { class: there ? "check" : "check absent", title: there ? name : `${name} has not been given to this animal yet` }, box, name)];
    }));
    this.channels.replaceChildren(...this.boxes.values());
  }

  #show({ header, arrays }) {
    const before = new Map(this.image?.shown.map((one) => [one.name, one]) ?? []);
    const fresh = header.pixel_um !== this.image?.header.pixel_um || header.section !== this.image?.header.section;
    const shape = arrays.get("0/counts").shape;
    const shown = header.channels.map((one, k) => ({ ...one, counts: arrays.get(`${k}/counts`).data, truth: arrays.get(`${k}/truth`).data,
      light: channelsOf(one.colour), held: before.get(one.name)?.held ?? null }));
    for (const one of shown) if (one.held) [one.low, one.high] = one.held;
    this.image = { header, shown, height: shape[0], width: shape[1] };
    [this.film.width, this.film.height] = [this.image.width, this.image.height];
    if (fresh) this.view.cover({ left: 0, top: 0, width: this.image.width * header.pixel_um, height: this.image.height * header.pixel_um });
    this.section.max = header.sections;
    if (document.activeElement !== this.section) this.section.value = header.section;
    write(this.of, `of ${header.sections}, ${number(header.thickness_um)} µm thick`);
    this.said.classList.remove("notice");
    const counts = shown.map(({ name, positive }) => `${number(positive, 4)} ${name}`).join(", ");
    write(this.said, `Day ${number(header.day, 4)}, ${number(header.cells, 4)} cells in this section; truly positive: ${counts}.`);
    this.canvas.setAttribute("aria-label", `Section ${header.section} of ${header.sections} on day ${number(header.day, 4)}: ${counts}`);
    this.stage.dataset.image = header.id;
    this.stage.dataset.section = String(header.section);
    for (const [name, label] of this.boxes) {
      const one = shown.find((each) => each.name === name);
      if (one) label.style.setProperty("--light", one.colour);
      label.classList.toggle("lit", Boolean(one));
    }
    this.#limits();
    const link = (file) => el("a", { href: this.session.imageFile(header.id, file), download: "", text: file.endsWith(".csv") ? "true positions (CSV)" : "OME-TIFF, 16 bits" });
    this.files.replaceChildren(...header.files.map(link), ...(header.files.some((file) => file.endsWith("tiff")) ? [] : ["OME-TIFF needs the extra `image`"]));
    this.develop();
    this.layout();
  }

  /** Two sliders for each channel: the counts that are shown black, and full. */
  #limits() {
    this.limits.replaceChildren(...this.image.shown.map((one) => {
      const top = Math.max(one.high * 1.5, one.most * 0.6, one.least + 10);
      const text = el("output", {});
      const tell = () => write(text, `${number(Math.round(one.low), 6)} to ${number(Math.round(one.high), 6)}`);
      const slider = (key, name) => el("input", { type: "range", min: one.least, max: Math.round(top), step: 1, value: Math.round(one[key]), "aria-label": `${one.name}: counts shown ${name}`,
        oninput: ({ target }) => {
          one[key] = Number(target.value);
          if (one.low >= one.high) one[key] = key === "low" ? one.high - 1 : one.low + 1;
          one.held = [one.low, one.high];
          tell();
          this.#soon();
        } });
      tell();
      return el("div", { class: "microscope-limit" }, el("span", { class: "swatch", style: { background: one.colour }, "aria-hidden": "true" }),
        el("span", { class: "microscope-name", text: one.name }), slider("low", "black"), slider("high", "full"), text);
    }));
  }

  #soon() {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.develop();
      this.paint();
    });
  }

  /** Add the light of all channels. */
  develop() {
    const { width, height, shown } = this.image;
    const n = width * height;
    const light = [new Uint16Array(n), new Uint16Array(n), new Uint16Array(n)];
    for (const one of shown) {
      const scale = 256 / Math.max(1, one.high - one.low);
      const table = Uint8Array.from({ length: Math.max(one.most, 1) + 1 }, (_, count) => Math.min(255, Math.max(0, (count - one.low) * scale)));
      one.light.forEach((part, k) => {
        if (!part) return;
        const sum = light[k];
        const own = table.map((value) => (value * part) / 255);
        for (let i = 0; i < n; i += 1) sum[i] += own[one.counts[i]];
      });
    }
    const picture = new ImageData(width, height);
    const words = new Uint32Array(picture.data.buffer);
    const [r, g, b] = light;
    for (let i = 0; i < n; i += 1) {
      words[i] = (r[i] > 255 ? 255 : r[i]) | ((g[i] > 255 ? 255 : g[i]) << 8) | ((b[i] > 255 ? 255 : b[i]) << 16) | 0xff000000;
    }
    this.film.getContext("2d").putImageData(picture, 0, 0);
  }

  layout() {
    const room = this.stage.clientWidth;
    if (!this.shown || !room) return;
    const box = this.view.box;
    const height = Math.round(Math.max(200, Math.min(room * (box.height / box.width || 0.8), mostHeight(0.64, this.stage))));
    this.density = Math.min(window.devicePixelRatio || 1, 2);
    this.stage.style.height = `${height + this.stage.offsetHeight - this.stage.clientHeight}px`; // its border, too
    const [w, h] = [room, height].map((side) => Math.round(side * this.density));
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    this.view.resize(w, h);
    this.view.moveTo(this.view.x, this.view.y);
    this.over.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.paint();
  }

  paint() {
    const { context, view, canvas } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (!this.image) return;
    const scale = view.scale * this.image.header.pixel_um;
    context.imageSmoothingEnabled = scale < 3;
    context.setTransform(scale, 0, 0, scale, ...view.toPixel(0, 0));
    context.drawImage(this.film, 0, 0);
    this.#marks();
  }

  /** Scale bar, and where the cells of each channel truly are. */
  #marks() {
    if (!this.image) return;
    const { view, density: unit } = this;
    const length = roundLength((0.24 * view.width) / view.scale);
    const [x, y] = [view.width - 12 * unit, view.height - 12 * unit];
    const halo = { stroke: "#000", "stroke-width": 3 * unit, "paint-order": "stroke", "stroke-linejoin": "round", "text-anchor": "end" };
    const bar = [svg("line", { x1: x - length * view.scale, x2: x, y1: y, y2: y, stroke: "#fff", "stroke-width": 3 * unit }),
      svg("text", { x, y: y - 7 * unit, fill: "#fff", "font-size": 13 * unit, ...halo, text: lengthText(length) })];
    this.over.replaceChildren(...(this.truth.checked ? this.#rings() : []), ...bar);
  }

  #rings() {
    const { view, density: unit } = this;
    const others = this.image.shown.filter(({ name }) => this.image.shown.length === 1 || name !== "DAPI");
    return others.map(({ truth, colour }) => {
      let path = "";
      const r = RING_PX * unit;
      for (let i = 0; i < truth.length; i += 2) {
        const [px, py] = view.toPixel(truth[i], truth[i + 1]);
        if (px > -r && py > -r && px < view.width + r && py < view.height + r) path += `M${(px - r).toFixed(1)} ${py.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      }
      return svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": 1.5 * unit });
    });
  }

  #listen() {
    let held = null;
    const at = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * (this.view.width / box.width), (event.clientY - box.top) * (this.view.height / box.height)];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      held = at(event);
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const here = at(event);
      this.view.pan(here[0] - held[0], here[1] - held[1]);
      held = here;
      this.paint();
    });
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, () => { held = null; });
    this.canvas.addEventListener("wheel", (event) => {
      if (event.deltaY > 0 && this.view.zoom === 1) return; // the page scrolls on
      event.preventDefault();
      this.view.zoomAt(Math.exp(-0.0016 * event.deltaY * (event.deltaMode ? 30 : 1)), ...at(event));
      this.paint();
    }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => {
      const pan = 60 * this.density;
      const moves = { ArrowLeft: [pan, 0], ArrowRight: [-pan, 0], ArrowUp: [0, pan], ArrowDown: [0, -pan] };
      const acts = { "+": () => this.view.zoomAt(1.4), "=": () => this.view.zoomAt(1.4), "-": () => this.view.zoomAt(1 / 1.4), 0: () => this.view.reset() };
      const act = event.shiftKey && moves[event.key] ? () => this.view.pan(...moves[event.key]) : acts[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      act();
      this.paint();
    });
  }
}
