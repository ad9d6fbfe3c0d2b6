// The graph: cytoscape. Double click expands (through Python, which caps), a click tells what a node or a line is, with
// the sentences that state it. Positions come from Python (iibun/web/layout.py); nodes that are shown keep theirs when
// others are added (places.js). Read look.js (colours, shapes), geometry.js (what overlaps) and picture.js (SVG, PNG) first.
import cytoscape from "cytoscape";
import { bend } from "./geometry.js";
import css from "./graph.css";
import { COLOURS, CROWD, diameter, legend, styles, told } from "./look.js";
import { names } from "./names.js";
import { Panel } from "./panel.js";
import { png, svg } from "./picture.js";
import { FEW, places, recalled, remember, short } from "./places.js";
import { forget, h, instance, isDark, onTheme, styled, visible } from "./shared.js";

export { bend, crossed, fitting, room } from "./geometry.js";
export { svg } from "./picture.js";

const PADDING = 48; // around the whole
const NARROW = 640; // width of a canvas on which half a name is wider than that

export default function graph(component) {
  const { data, parentElement, setTriggerValue } = component;
  styled(parentElement, css);
  const view = instance(parentElement, () => new Graph(parentElement));
  view.send = setTriggerValue;
  view.update(data);
  return () => {
    view.close();
    forget(parentElement);
  };
}

class Graph {
  constructor(parent) {
    this.parent = parent;
    this.canvas = h("div", { class: "canvas" });
    this.panel = new Panel(this);
    this.tools = h("div", { class: "tools", role: "toolbar" });
    this.hint = h("div", { class: "hint", "aria-hidden": "true" });
    this.root = h("div", { class: "root" }, this.canvas, h("div", { class: "top" }, this.tools, this.hint), this.panel.element);
    this.legend = h("details", { class: "legend" });
    this.legend.open = !matchMedia("(max-width: 640px)").matches;
    parent.append(this.root, this.legend);
    this.cy = null;
    this.stopTheme = onTheme(parent, () => this.paint());
    this.resize = new ResizeObserver(() => this.cy?.resize());
    this.resize.observe(this.canvas);
    for (const kind of ["mousemove", "mousedown", "touchstart", "wheel"])
      this.root.addEventListener(kind, () => this.follow(), { capture: true, passive: true });
    this.guard();
  }

  // cytoscape keeps the place of its canvas, and does not notice when something above it grows: each click would miss
  follow() {
    const { left, top } = this.canvas.getBoundingClientRect();
    if (left === this.left && top === this.top) return;
    [this.left, this.top] = [left, top];
    this.cy?.resize();
  }

  // Wheel and fingers move the page, not the graph, until the reader has clicked in. A first tap arrives as a click.
  guard() {
    this.inside = false;
    for (const kind of ["touchstart", "touchmove", "touchend"])
      this.canvas.addEventListener(kind, (event) => this.inside || event.stopPropagation(), { capture: true, passive: true });
    this.canvas.addEventListener("mousedown", () => this.enter(true), { capture: true });
    this.root.addEventListener("mouseleave", () => this.enter(false));
    this.outside = (event) => event.composedPath().includes(this.root) || this.enter(false);
    document.addEventListener("pointerdown", this.outside, { capture: true });
  }

  enter(inside) {
    this.inside = inside;
    this.cy?.userZoomingEnabled(inside);
    this.root.classList.toggle("inside", inside);
  }

  close() {
    this.stopTheme();
    this.resize.disconnect();
    document.removeEventListener("pointerdown", this.outside, { capture: true });
    clearTimeout(this.later);
    clearTimeout(this.rest);
    this.cy?.destroy();
    this.root.remove();
    this.legend.remove();
  }

  update(given) {
    const data = this.upright(given);
    this.labels = data.labels;
    this.root.style.height = `${data.height ?? 620}px`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", data.labels.picture);
    if (this.language !== data.language) this.renderTools();
    this.language = data.language;
    const signature = JSON.stringify([
      data.view, data.nodes.map((n) => [n.id, n.label, n.centre]),
      data.edges.map((e) => [e.id, e.source, e.label, e.count, e.dashed, e.thin, e.forward, e.backward]),
    ]);
    const [before, same] = [this.data, signature === this.signature];
    [this.data, this.signature] = [data, signature];
    if (!this.cy) this.start(data);
    else if (!same) this.change(data, before);
    this.panel.refresh();
    const path = new Set(data.path ?? []);
    this.canvas.dataset.path = String(path.size);
    this.cy.elements().forEach((x) => x.toggleClass("path", path.has(x.id())));
    this.cy.elements().toggleClass("off-path", false);
    if (path.size) this.cy.elements().not(".path").addClass("off-path");
    this.renderLegend();
    this.name();
  }

  // Python's positions suit a wide canvas; on a tall one, x and y are exchanged.
  upright(data) {
    if (this.canvas.clientWidth === 0 || this.canvas.clientWidth > (data.height ?? 620)) return data;
    return { ...data, nodes: data.nodes.map((n) => ({ ...n, x: n.y, y: n.x })) };
  }

  // ---- elements and their places

  elements(data, at) {
    return [
      ...data.nodes.map((n) => ({
        group: "nodes",
        data: { ...n, label: short(visible(n.label)), full: visible(n.label), size: diameter(n.degree) },
        classes: n.centre ? "centre" : "",
        position: { ...at.get(n.id) },
      })),
      ...data.edges.map((e) => {
        const label = visible(e.label ?? "");
        return { group: "edges", data: { forward: true, ...e, label, told: told({ ...e, label }) }, classes: "" };
      }),
    ];
  }

  start(data) {
    const at = places(data, recalled(data.view));
    this.frame = this.whole([...at.values()]);
    this.cy = cytoscape({
      container: this.canvas,
      elements: this.elements(data, at),
      style: this.styles(),
      layout: { name: "preset", fit: false },
      ...this.frame,
      minZoom: 0.08,
      maxZoom: 3,
      userZoomingEnabled: this.inside,
      textureOnViewport: data.nodes.length > 400,
      hideEdgesOnViewport: data.nodes.length > 800,
    });
    this.route();
    this.cy.on("zoom", () => this.zoomed());
    this.cy.on("pan", () => this.panned());
    this.cy.on("dragfree", "node", () => this.moved());
    this.cy.on("tap", "node", (event) => this.panel.showNode(event.target));
    this.cy.on("tap", "edge", (event) => this.panel.showEdge(event.target));
    this.cy.on("tap", (event) => event.target === this.cy && this.panel.hide());
    this.cy.on("dbltap", "node", (event) => this.expand(event.target.id()));
    this.cy.on("mouseover", "node", (event) => this.focus(event.target));
    this.cy.on("mouseout", "node", () => this.focus(null));
    this.cy.on("select unselect", "node", () => this.name());
    this.cy.one("render", () => (this.canvas.dataset.nodes = String(this.data.nodes.length))); // it is drawn
  }

  // The space around the whole: on a narrow screen half a name, so that none is cut off.
  rim() {
    const w = this.canvas.clientWidth || 900;
    return w < NARROW ? 0.2 * w : PADDING;
  }

  // The zoom and pan that show all at first; cytoscape's own fit would style everything twice.
  whole(points) {
    const [w, h] = [this.canvas.clientWidth || 900, this.canvas.clientHeight || 620];
    const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
    const range = (values) => [values.reduce((a, b) => Math.min(a, b), Infinity) - 25, values.reduce((a, b) => Math.max(a, b), -Infinity) + 25];
    const [[left, right], [top, bottom]] = points.length ? [range(xs), range(ys)] : [[0, w], [0, h]];
    const zoom = Math.max(0.08, Math.min(1.4, (w - 2 * this.rim()) / (right - left), (h - 2 * PADDING) / (bottom - top)));
    return { zoom, pan: { x: w / 2 - (zoom * (left + right)) / 2, y: h / 2 - (zoom * (top + bottom)) / 2 } };
  }

  change(data, before) {
    const anew = data.view !== before.view;
    const at = places(data, anew ? recalled(data.view) : this.positions());
    const wanted = new Map(this.elements(data, at).map((x) => [x.data.id, x]));
    const fresh = [];
    this.cy.batch(() => {
      this.cy.elements().forEach((x) => {
        const next = wanted.get(x.id());
        if (!next || (x.isEdge() && x.data("source") !== next.data.source)) return void x.remove();
        x.data(next.data);
        if (x.isNode()) x.position(next.position).toggleClass("centre", next.classes === "centre");
        wanted.delete(x.id());
      });
      for (const x of wanted.values()) {
        if (x.group === "nodes") fresh.push(x.data.id);
        this.cy.add(x);
      }
    });
    this.focused = null;
    this.moved();
    const seen = (id) => {
      const p = this.cy.getElementById(id).renderedPosition();
      return p.x > 20 && p.y > 20 && p.x < this.cy.width() - 20 && p.y < this.cy.height() - 30;
    };
    if (anew || !fresh.every(seen)) this.fit();
    this.canvas.dataset.nodes = String(data.nodes.length);
  }

  positions() {
    return new Map(this.cy.nodes().map((n) => [n.id(), { ...n.position() }]));
  }

  // What follows from new places: lines around nodes, names that fit, places to remember.
  moved() {
    this.route();
    this.rescale();
    if (this.data.nodes.length <= FEW) remember(this.data.view, this.positions());
  }

  route() {
    if (this.cy.nodes().length > FEW) return;
    const discs = this.cy.nodes().map((n) => ({ id: n.id(), ...n.position(), r: n.data("size") / 2 }));
    const by = new Map(discs.map((d) => [d.id, d]));
    this.cy.batch(() =>
      this.cy.edges().forEach((e) => {
        const [a, b] = [by.get(e.data("source")), by.get(e.data("target"))];
        const found = bend(a, b, discs.filter((d) => d !== a && d !== b));
        if (found) e.data("bend", found);
        else e.removeData("bend");
      }),
    );
  }

  again() {
    const at = new Map(this.data.nodes.map((n) => [n.id, { x: n.x, y: n.y }]));
    this.cy.edges().removeData("bend");
    const layout = this.cy.layout({ name: "preset", fit: true, padding: this.rim(), animate: this.lively(), animationDuration: 400, positions: (n) => at.get(n.id()) });
    layout.one("layoutstop", () => {
      this.legible();
      this.moved();
    });
    layout.run();
  }

  lively() {
    return this.cy.nodes().length <= 120 && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  fit() {
    const zoom = this.cy.getFitViewport(undefined, this.rim());
    if (!zoom) return;
    if (zoom.zoom > 1.4) {
      this.cy.fit(undefined, this.rim());
      this.legible();
    } else if (this.lively()) this.cy.animate({ fit: { padding: this.rim() }, duration: 350 });
    else this.cy.fit(undefined, this.rim());
  }

  // A few nodes are not blown up to fill the canvas.
  legible() {
    if (this.cy.zoom() <= 1.4) return;
    this.cy.zoom(1.4);
    this.cy.center();
  }

  // ---- names

  zoomed() {
    if (this.later) return;
    const act = () => {
      this.later = null;
      this.rescale();
    };
    this.later = setTimeout(act, this.data.nodes.length > FEW ? 150 : 16);
  }

  panned() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.name(), 150);
  }

  // Names and lines are as large on the screen at every zoom.
  rescale() {
    this.name();
    this.cy.style().update();
  }

  name() {
    const shown = new Map(names(this.cy, this.cy.zoom(), this.focused, this.cy.pan()).map((x) => [x.of.id(), x.side]));
    this.cy.batch(() =>
      this.cy.elements().forEach((x) => {
        if (x.isNode() && shown.has(x.id())) x.data("side", shown.get(x.id()));
        x.toggleClass("named", shown.has(x.id()));
      }),
    );
  }

  focus(node) {
    this.focused = node;
    this.cy.batch(() => {
      this.cy.elements().removeClass("dim near");
      if (!node) return;
      const near = node.closedNeighborhood();
      this.cy.elements().not(near).addClass("dim");
      near.addClass("near");
    });
    this.name();
  }

  // ---- look

  get colours() {
    return COLOURS[isDark(this.parent) ? "dark" : "light"];
  }

  styles() {
    return styles(this.colours, getComputedStyle(this.root).fontFamily, () => 1 / (this.cy?.zoom() ?? this.frame.zoom), () => this.data.edges.length > CROWD);
  }

  paint() {
    this.cy?.style(this.styles());
    if (this.data) this.renderLegend();
  }

  renderLegend() {
    const entries = legend(this.data, this.labels, this.colours);
    const drawn = JSON.stringify([entries, this.language]);
    if (drawn === this.entries) return;
    this.entries = drawn;
    const icon = (markup) => new DOMParser().parseFromString(`<svg xmlns="http://www.w3.org/2000/svg" width="30" height="18" aria-hidden="true">${markup}</svg>`, "image/svg+xml").documentElement;
    this.legend.replaceChildren(
      h("summary", {}, this.labels.legend),
      h("ul", {}, entries.map((e) => h("li", {}, icon(e.icon), e.text))),
      h("p", {}, this.labels.legendNames),
    );
  }

  expand(id) {
    this.send("expand", { id, at: Date.now() });
  }

  renderTools() {
    const L = this.labels;
    const tool = (text, title, act) => h("button", { type: "button", title, "aria-label": title, onclick: act }, text);
    this.tools.replaceChildren(
      tool("＋", L.zoomIn, () => this.zoom(1.3)),
      tool("−", L.zoomOut, () => this.zoom(1 / 1.3)),
      tool("⤢", L.fit, () => this.fit()),
      tool("↻", L.again, () => this.again()),
      tool("PNG", L.png, async () => save(await png(this.picture()), "iibun-graph.png")),
      tool("SVG", L.svg, () => save(new Blob([this.picture().text], { type: "image/svg+xml" }), "iibun-graph.svg")),
    );
    this.hint.textContent = matchMedia("(pointer: coarse)").matches ? L.tapToMove : L.clickToZoom;
  }

  zoom(by) {
    this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: this.canvas.clientWidth / 2, y: this.canvas.clientHeight / 2 } });
  }

  picture() {
    const shown = new Map(names(this.cy, 1).map((x) => [x.of.id(), x.side]));
    const { title, lines } = this.data.caption ?? { title: this.labels.picture, lines: [] };
    const today = new Date().toLocaleDateString(this.language === "ja" ? "ja-JP" : "en-GB", { year: "numeric", month: "long", day: "numeric" });
    return svg({
      nodes: this.cy.nodes().map((n) => ({ ...n.position(), size: n.data("size"), type: n.data("type"), centre: n.hasClass("centre"), label: shown.has(n.id()) ? n.data("label") : "", side: shown.get(n.id()) })),
      edges: this.cy.edges().map((e) => ({
        ...e.data(), label: shown.has(e.id()) ? e.data("told") : "", marked: e.hasClass("path"),
        points: [e.sourceEndpoint(), ...(e.data("bend") ? e.controlPoints() : []), e.targetEndpoint()],
      })),
      title: visible(title),
      lines: [...lines.map(visible), this.labels.made.replace("{date}", today)],
      legend: legend(this.data, this.labels, this.colours),
      colours: this.colours,
    });
  }
}

function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}
