// Unpacks plotly.js, and draws every figure of the page from the JSON beside it. A narrow page uses the layout that a figure keeps in layout.meta.narrow.
"use strict";
(function () {
  const config = JSON.parse(document.getElementById("plot-config").textContent);
  const NARROW_PX = 13, SMALL_PX = 11, MOST_LETTERS = 26;
  const narrowPage = window.matchMedia("(max-width: 600px)");

  function assign(target, dotted, value) {
    const keys = dotted.split(".");
    const last = keys.pop();
    let place = target;
    for (const key of keys) {
      if (typeof place[key] !== "object" || place[key] === null) place[key] = {};
      place = place[key];
    }
    place[last] = value;
  }

  /** Break a long label into two lines that leave a narrow page room for the plot; what does not fit is left out. */
  function broken(label) {
    if (label.length <= MOST_LETTERS) return label;
    const at = label.lastIndexOf(" ", MOST_LETTERS);
    const [first, rest] = at > 8 ? [label.slice(0, at), label.slice(at + 1)] : [label.slice(0, MOST_LETTERS), label.slice(MOST_LETTERS)];
    return `${first}<br>${rest.length > MOST_LETTERS ? `${rest.slice(0, MOST_LETTERS - 1)}…` : rest}`;
  }

  function narrowed(figure) {
    const layout = figure.layout;
    const changes = Object.assign({}, (layout.meta || {}).narrow);
    if (changes.hide_labels) layout.annotations = [];
    if (changes.hide_pointers) layout.annotations = layout.annotations.filter((note) => !note.showarrow);
    if (changes.marker_size) {
      for (const trace of figure.data) {
        if (trace.marker && trace.marker.size > changes.marker_size) trace.marker.size = changes.marker_size;
      }
    }
    delete changes.hide_labels;
    delete changes.hide_pointers;
    delete changes.marker_size;
    for (const [key, value] of Object.entries(changes)) assign(layout, key, value);
    for (const note of layout.annotations || []) {
      note.font = Object.assign({}, note.font, { size: NARROW_PX });
    }
    assign(layout, "font.size", NARROW_PX);
    for (const place of ["xaxis.title", "yaxis.title", "legend", "title"]) assign(layout, `template.layout.${place}.font.size`, NARROW_PX);
    const rows = layout.yaxis || {};
    if ((rows.ticktext || []).some((label) => label.length > MOST_LETTERS)) {
      rows.ticktext = rows.ticktext.map(broken);
      rows.tickfont = { size: SMALL_PX };
    }
    for (const trace of figure.data) {
      for (const bar of [trace.colorbar, (trace.marker || {}).colorbar]) {
        if (bar) bar.tickfont = bar.title.font = { size: NARROW_PX };
      }
    }
    return figure;
  }

  function draw(place) {
    let figure = JSON.parse(document.getElementById(place.dataset.source).textContent);
    if (narrowPage.matches) figure = narrowed(figure);
    place.style.minHeight = figure.layout.height + "px";
    const bar = { displayModeBar: narrowPage.matches ? false : config.displayModeBar };
    return Plotly.react(place, figure.data, figure.layout, Object.assign({}, config, bar));
  }

  /** Offer every figure as it stands, as SVG in one archive named like the page; nothing leaves the browser. */
  async function keepAll(places, button, told) {
    button.disabled = true;
    try {
      const files = [];
      for (const place of places) {
        told.textContent = `Figure ${files.length + 1} of ${places.length} …`;
        const size = { width: Math.max(place.clientWidth, 480), height: place.clientHeight };
        const svg = await Plotly.toImage(place, { format: "svg", imageDataOnly: true, ...size });
        files.push([`${place.id.replace(/^plot-/, "")}.svg`, svg]);
      }
      const link = document.createElement("a");
      link.href = URL.createObjectURL(zip.archive(files));
      link.download = `${document.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "figures"}.zip`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      told.textContent = `${files.length} figures are in ${link.download}.`;
    } catch (fault) {
      told.textContent = `The figures could not be written: ${fault.message || fault}. Save them one by one with the camera above each.`;
    } finally {
      button.disabled = false;
    }
  }

  /** Run the script that the page carries packed; the policy of the page allows it by its digest, and no other. */
  async function unpack() {
    const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (sign) => sign.charCodeAt(0));
    const script = document.createElement("script");
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function start() {
    const places = Array.from(document.querySelectorAll(".plot"));
    places.forEach(draw);
    narrowPage.addEventListener("change", () => places.forEach(draw));
    const widths = new Map();
    const resized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const before = widths.get(target);
        widths.set(target, contentRect.width);
        if (before !== undefined && before !== contentRect.width) Plotly.Plots.resize(target);
      }
    });
    places.forEach((place) => resized.observe(place));
    window.addEventListener("beforeprint", () => places.forEach((place) => Plotly.Plots.resize(place)));
    const button = document.getElementById("keep");
    button.hidden = places.length === 0;
    button.addEventListener("click", () => keepAll(places, button, document.getElementById("kept")));
    document.documentElement.dataset.drawn = String(places.length);
  }

  unpack().then(start, () => {
    const told = document.createElement("p");
    told.className = "notice";
    told.textContent = "This browser is too old to draw the figures (it needs DecompressionStream, 2023). The tables are complete.";
    document.querySelector("main").prepend(told);
  });
})();
