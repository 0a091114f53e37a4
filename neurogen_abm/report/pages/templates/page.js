// Unpacks plotly.js, and draws every figure of the page from the JSON beside it. A narrow page uses the layout that a figure keeps in layout.meta.narrow.
"use strict";
(function () {
  const config = JSON.parse(document.getElementById("plot-config").textContent);
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
      note.font = Object.assign({}, note.font, { size: Math.min((note.font || {}).size || 12, 11) });
    }
    assign(layout, "font.size", 11);
    return figure;
  }

  function draw(place) {
    let figure = JSON.parse(document.getElementById(place.dataset.source).textContent);
    if (narrowPage.matches) figure = narrowed(figure);
    place.style.minHeight = figure.layout.height + "px";
    const bar = { displayModeBar: narrowPage.matches ? false : config.displayModeBar };
    return Plotly.react(place, figure.data, figure.layout, Object.assign({}, config, bar));
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
    document.documentElement.dataset.drawn = String(places.length);
  }

  unpack().then(start, () => {
    const told = document.createElement("p");
    told.className = "notice";
    told.textContent = "This browser is too old to draw the figures (it needs DecompressionStream, 2023). The tables are complete.";
    document.querySelector("main").prepend(told);
  });
})();
