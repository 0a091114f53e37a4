// The film that comes with the page: it plays on the maps while kernels compile and the first animal grows up, then makes room for it.

import { readBlock } from "./decoder.js";
import { calm, el, write } from "./dom.js";
import { Film, FilmStore, describedBy } from "./film.js";
import { scene } from "./scene.js";
import { film } from "./server.js";

const DAYS_PER_S = 1;
const STILL_DAY = 10; // what is shown to those who ask for less motion
const GOODBYE_MS = 7000;

async function load() {
  if (typeof DecompressionStream === "undefined") return null;
  return readBlock(await new Response((await film()).pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

export class Prelude {
  /** @param {MapPanels} maps */
  constructor(maps) {
    this.maps = maps;
    this.said = el("span", {});
    this.waits = el("strong", {});
    this.node = el("p", { class: "prelude", hidden: true }, this.said, this.waits);
    maps.grid.before(this.node);
    this.ended = false;
    this.lives = 1; // that are being made, which the film knows nothing of
  }

  /** Ask for the film, once there is something to wait for; a page without it covers the maps with words. */
  #ask() {
    this.asked = true;
    load().then((block) => this.#take(block), () => this.#take(null));
  }

  #take(block) {
    if (this.ended || !block) return this.#forget();
    this.film = new Film(block, scene.states);
    this.store = new FilmStore(block);
    if (this.text) this.cover(this.text, this.share);
    return undefined;
  }

  #forget() {
    [this.film, this.store] = [null, null];
  }

  /** While an animal is made: say how far it is, over the film or, where there is none, over the maps. "" once there is a life.
   *  @param {number} lives how many are made, where it is known anew */
  cover(text, share, lives = this.lives) {
    [this.text, this.share, this.lives] = [text, share, lives];
    if (!text && this.on) this.#end();
    if (!text) this.ended = true; // there has been a life: what comes after it is covered with words
    if (text && !this.ended && !this.asked) this.#ask();
    if (!text || this.ended || !this.film) return this.maps.cover(text, share);
    this.maps.cover("");
    write(this.waits, `${this.lives > 1 ? "Your two lives, A and B" : "Your animal"}: ${text}${Number.isFinite(share) && share > 0 ? ` ${Math.round(100 * share)} %` : ""}`);
    return this.on ? undefined : this.#begin();
  }

  #begin() {
    this.on = true;
    this.node.hidden = false;
    document.documentElement.dataset.film = "yes";
    [this.day, this.before] = [calm() ? STILL_DAY : 0, performance.now()];
    this.#stage();
    requestAnimationFrame((now) => this.#run(now));
  }

  /** Put what stands still in the film on the maps. */
  #stage() {
    this.shown = false;
    this.maps.begin(this.store, describedBy(this.film.header));
    this.maps.tissue().catch(() => this.#end());
  }

  #run(now) {
    if (!this.on) return;
    if (this.maps.session !== this.store) this.#stage(); // the page has learned more of the life that is being made
    const last = this.film.day(this.film.length - 1);
    if (!calm()) this.day = (this.day + (DAYS_PER_S * Math.min(250, now - this.before)) / 1000) % (last + 1);
    this.before = now;
    const k = this.film.momentOf(Math.min(this.day, last));
    if (k !== this.film.at || !this.shown) {
      this.film.seek(k);
      this.shown = true;
      this.maps.show([this.film.frame(this.maps.look.by)], now, !calm());
      const { title, facts } = this.film.header;
      write(this.said, `A film, recorded before: ${title} (${facts[0]}, ${facts[2]}), one animal alone, day ${this.film.day(k).toFixed(0)}.`);
    }
    requestAnimationFrame((later) => this.#run(later));
  }

  /** Make room for the life. */
  #end() {
    [this.on, this.ended] = [false, true];
    delete document.documentElement.dataset.film;
    this.maps.clear();
    const [yours, lives] = this.lives > 1 ? ["these are your", "two lives, A and B"] : ["this is your", "animal"];
    write(this.said, `The film is over: from here on ${yours} ${lives}, simulated now.`);
    write(this.waits, "");
    setTimeout(() => {
      this.node.hidden = true;
      this.maps.layout(); // there is more room
    }, GOODBYE_MS);
    this.#forget();
  }
}
