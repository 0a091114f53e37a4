// What can be taken away: a link, the curves as they are drawn here, and files that the server makes of the run.

import { byId, el, write } from "./dom.js";

const LARGER = 3; // pixels of the PNG per pixel of the page

function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A picture as text of an SVG file. */
const textOf = (picture) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}`;

/** A picture as pixels. */
async function pixelsOf(picture) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(picture))}`;
  await image.decode();
  const [width, height] = ["width", "height"].map((side) => LARGER * Number(picture.getAttribute(side)));
  const canvas = el("canvas", { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

export class TakeAway {
  /** @param {object[]} files of `about.exports` @param {object} act session(), arms() how many lives, picture() of the curves, name() of the life, fail(error) */
  constructor(files, act) {
    this.files = files;
    this.act = act;
    this.menu = byId("download");
    this.menu.addEventListener("toggle", () => this.menu.open && this.#show());
    document.addEventListener("click", (event) => {
      if (!this.menu.contains(event.target)) this.menu.open = false;
    });
    byId("share").addEventListener("click", () => this.#share());
    byId("copy").addEventListener("click", () => navigator.clipboard.writeText(byId("share-link").value).then(() => write(byId("copied"), "Copied."),
      () => write(byId("copied"), "Select the link and copy it by hand.")));
  }

  async #share() {
    const session = this.act.session();
    if (!session) return;
    try {
      const { url } = await session.share();
      if (session !== this.act.session()) return;
      byId("share-link").value = new URL(url, location.href).href;
      write(byId("copied"), "");
      byId("shared").showModal();
      byId("share-link").select();
    } catch (error) {
      if (session === this.act.session()) this.act.fail(error);
    }
  }

  async #curves(kind) {
    const picture = this.act.picture();
    try {
      const blob = kind === "svg" ? new Blob([textOf(picture)], { type: "image/svg+xml" }) : await pixelsOf(picture);
      save(blob, `${this.act.name()}-curves.${kind}`);
    } catch (error) {
      this.act.fail(error);
    }
  }

  #show() {
    if (!this.act.session()) return byId("downloads").replaceChildren(el("span", { class: "unavailable", text: "There is no life yet." }));
    const own = ["svg", "png"].map((kind) => el("button", { type: "button", class: "menu-item", "data-kind": kind, text: `curves, ${kind.toUpperCase()}`,
      onclick: () => this.#curves(kind) }));
    return byId("downloads").replaceChildren(...own, ...this.files.flatMap((file) => this.#links(file)));
  }

  #links({ file, label, available, cure }) {
    if (!available) return [el("span", { class: "unavailable", text: `${label}: needs an extra. In a terminal: ${cure}` })];
    const arms = this.act.arms();
    const both = file.startsWith("report") || file.startsWith("scenario");
    const kind = /\.(png|mp4|gif)$/.exec(file)?.[1].toUpperCase();
    const text = kind ? `${label}, ${kind}` : label;
    const link = (query, said) => el("a", { href: this.act.session().export(file) + query, download: "", text: said });
    return both && arms > 1 ? [0, 1].map((k) => link(`?arm=${k}`, `${text}, ${"AB"[k]}`)) : [link(both ? "?arm=0" : "", text)];
  }
}
