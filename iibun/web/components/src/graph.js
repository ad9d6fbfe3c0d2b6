// The graph: cytoscape. Double click expands (through Python, which caps), a click tells what a node or an edge is, with
// the sentence that states it. Positions come from Python (iibun/web/layout.py); fcose finds room for what is added, and
// lays out anew when asked (above 300 nodes it is too slow).
import cytoscape from "cytoscape";
import fcose from "cytoscape-fcose";
import css from "./graph.css";
import { fill, forget, h, instance, isDark, onTheme, pageLink, styled, visible } from "./shared.js";

cytoscape.use(fcose);

const COLOURS = {
  light: {
    Person: "#b8472f", Organization: "#2a66a6", Product: "#7250be", Place: "#2f7d4a", Event: "#94670f", other: "#6b7178",
    text: "#23262b", back: "#fdfdfb", edge: "#a9aeb5", edgeText: "#4d545c", strong: "#d07a00",
  },
  dark: {
    Person: "#f0917c", Organization: "#82b7ee", Product: "#b9a1f2", Place: "#7ecb99", Event: "#e2b862", other: "#a4abb3",
    text: "#e4e6e8", back: "#15181c", edge: "#59616b", edgeText: "#b4bac1", strong: "#ffb84d",
  },
};
const FEW = 300; // nodes that fcose lays out
const NAMED = 150; // edges that show their names
const SHAPES = { Person: "ellipse", Organization: "round-rectangle", Product: "round-diamond", Place: "round-hexagon", Event: "round-tag" };

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
    this.panel = h("div", { class: "panel", hidden: true, role: "region", "aria-live": "polite" });
    this.tools = h("div", { class: "tools", role: "toolbar" });
    this.root = h("div", { class: "root" }, this.canvas, this.tools, this.panel);
    parent.append(this.root);
    this.cy = null;
    this.stopTheme = onTheme(parent, () => this.cy?.style(this.styles(this.data)));
    this.resize = new ResizeObserver(() => this.cy?.resize());
    this.resize.observe(this.canvas);
    for (const kind of ["mousemove", "mousedown", "touchstart", "wheel"])
      this.root.addEventListener(kind, () => this.follow(), { capture: true, passive: true });
  }

  // cytoscape keeps the place of its canvas, and does not notice when something above it grows: each click would miss
  follow() {
    const { left, top } = this.canvas.getBoundingClientRect();
    if (left === this.left && top === this.top) return;
    [this.left, this.top] = [left, top];
    this.cy?.resize();
  }

  close() {
    this.stopTheme();
    this.resize.disconnect();
    this.cy?.destroy();
    this.root.remove();
  }

  update(data) {
    this.labels = data.labels;
    this.root.style.height = `${data.height ?? 620}px`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", data.labels.picture);
    if (!this.tools.childElementCount || this.language !== data.language) this.renderTools();
    this.language = data.language;
    const signature = JSON.stringify([data.nodes.map((n) => n.id), data.edges.map((e) => e.id)]);
    const before = this.data;
    this.data = data;
    if (!this.cy) this.start(data);
    else if (signature !== this.signature) {
      this.change(data);
      if (named(before) !== named(data)) this.cy.style(this.styles(data));
    }
    this.signature = signature;
    if (this.edge && !this.panel.hidden) {
      const edge = this.cy.getElementById(this.edge);
      if (edge.length) this.showEdge(edge, false);
      else this.hide();
    }
    const path = new Set(data.path ?? []);
    this.canvas.dataset.path = String(path.size);
    this.cy.elements().forEach((x) => x.toggleClass("path", path.has(x.id())));
    this.cy.elements().toggleClass("off-path", false);
    if (path.size) this.cy.elements().not(".path").addClass("off-path");
  }

  elements(data) {
    return [
      ...data.nodes.map((n) => ({
        group: "nodes",
        data: { ...n, label: short(visible(n.label)), full: visible(n.label), size: 18 + 7 * Math.log2(1 + (n.degree ?? 1)) },
        classes: n.centre ? "centre" : "",
        position: { x: n.x, y: n.y },
      })),
      ...data.edges.map((e) => ({ group: "edges", data: { ...e, label: visible(e.label ?? "") }, classes: e.directed === false ? "both" : "" })),
    ];
  }

  start(data) {
    this.cy = cytoscape({
      container: this.canvas,
      elements: this.elements(data),
      style: this.styles(data),
      layout: { name: "preset", fit: true, padding: 30 },
      minZoom: 0.08,
      maxZoom: 3,
      textureOnViewport: data.nodes.length > 400,
      hideEdgesOnViewport: data.nodes.length > 800,
    });
    this.legible();
    this.cy.on("tap", "node", (event) => this.showNode(event.target));
    this.cy.on("tap", "edge", (event) => this.showEdge(event.target));
    this.cy.on("tap", (event) => event.target === this.cy && this.hide());
    this.cy.on("dbltap", "node", (event) => this.expand(event.target.id()));
    this.cy.on("mouseover", "node", (event) => this.focus(event.target));
    this.cy.on("mouseout", "node", () => this.cy.elements().removeClass("dim near"));
    this.cy.one("render", () => (this.canvas.dataset.nodes = String(this.data.nodes.length))); // it is drawn
  }

  // Names that can't be read help nobody: show less at once, around what matters most, and let the reader move.
  legible() {
    if (this.cy.zoom() > 1.4) {
      this.cy.zoom(1.4);
      this.cy.center();
    } else if (this.cy.zoom() < 0.6 && this.cy.nodes().length <= 300) {
      const centre = this.cy.nodes(".centre");
      this.cy.zoom(0.6);
      this.cy.center(centre.length ? centre : this.cy.nodes().max((n) => n.degree()).ele);
    }
  }

  change(data) {
    const wanted = new Map(this.elements(data).map((x) => [x.data.id, x]));
    this.cy.batch(() => {
      this.cy.elements().forEach((x) => {
        const next = wanted.get(x.id());
        if (!next) x.remove();
        else {
          x.data(next.data);
          if (x.isNode()) x.toggleClass("centre", next.classes === "centre");
          wanted.delete(x.id());
        }
      });
      const fresh = [...wanted.values()];
      for (const x of fresh.filter((x) => x.group === "nodes")) {
        const edge = fresh.find((e) => e.group === "edges" && (e.data.source === x.data.id || e.data.target === x.data.id));
        const near = edge && this.cy.getElementById(edge.data.source === x.data.id ? edge.data.target : edge.data.source);
        if (near?.length && data.nodes.length <= FEW) {
          const p = near.position();
          x.position = { x: p.x + 60 * (Math.random() - 0.5), y: p.y + 60 * (Math.random() - 0.5) };
        }
        this.cy.add(x);
      }
      for (const x of fresh.filter((x) => x.group === "edges")) this.cy.add(x);
    });
    if (data.nodes.length <= FEW) this.layout(true);
    else this.given();
    this.canvas.dataset.nodes = String(data.nodes.length);
  }

  given() {
    const at = new Map(this.data.nodes.map((n) => [n.id, { x: n.x, y: n.y }]));
    this.cy.layout({ name: "preset", fit: true, padding: 30, positions: (n) => at.get(n.id()) }).run();
  }

  layout(from) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || this.cy.nodes().length > 120;
    this.cy
      .layout({
        name: "fcose",
        quality: "default",
        randomize: !from,
        animate: !still,
        animationDuration: 450,
        nodeSeparation: 75,
        idealEdgeLength: 90,
        nodeRepulsion: 6500,
        packComponents: true,
        padding: 36,
        nodeDimensionsIncludeLabels: true,
      })
      .run();
  }

  styles(data) {
    const dark = isDark(this.parent);
    const c = COLOURS[dark ? "dark" : "light"];
    this.root.dataset.theme = dark ? "dark" : "light";
    const kind = (e) => c[e.data("type")] ?? c.other;
    const font = getComputedStyle(this.root).fontFamily;
    return [
      {
        selector: "node",
        style: {
          "background-color": kind, "background-opacity": 0.9, shape: (e) => SHAPES[e.data("type")] ?? "ellipse",
          width: "data(size)", height: "data(size)", label: "data(label)", color: c.text, "font-family": font,
          "font-size": 14, "text-valign": "bottom", "text-margin-y": 5, "text-outline-color": c.back,
          "text-outline-width": 2.5, "min-zoomed-font-size": 5, "border-width": 0,
        },
      },
      { selector: "node.centre", style: { "border-width": 4, "border-color": c.strong, "font-weight": 700, "font-size": 16 } },
      { selector: "node[?more]", style: { "border-width": 2, "border-style": "dashed", "border-color": c.text } },
      {
        selector: "edge",
        style: {
          width: (e) => 1.2 + Math.min(3, Math.log2(1 + (e.data("count") ?? 1))), "line-color": c.edge,
          "target-arrow-color": c.edge, "target-arrow-shape": "triangle", "arrow-scale": 0.9, "curve-style": "bezier",
          label: named(data) ? "data(label)" : "", color: c.edgeText, "font-size": 11.5, "font-family": font,
          "text-rotation": "autorotate", "text-background-color": c.back, "text-background-opacity": 0.9,
          "text-background-padding": 2, "min-zoomed-font-size": 7,
        },
      },
      { selector: "edge.both", style: { "target-arrow-shape": "none" } },
      { selector: "edge[?dashed]", style: { "line-style": "dashed", label: "" } },
      { selector: ".dim, .off-path", style: { opacity: 0.2 } },
      { selector: ".near, .path", style: { opacity: 1 } },
      { selector: "edge.near, edge.path", style: { "line-color": c.strong, "target-arrow-color": c.strong, width: 3, label: "data(label)" } },
      { selector: ":selected", style: { "border-width": 3, "border-color": c.strong, "line-color": c.strong, "target-arrow-color": c.strong } },
    ];
  }

  focus(node) {
    const near = node.closedNeighborhood();
    this.cy.elements().not(near).addClass("dim");
    near.addClass("near");
  }

  expand(id) {
    this.send("expand", { id, at: Date.now() });
  }

  hide() {
    this.panel.hidden = true;
  }

  showNode(node) {
    const d = node.data();
    this.edge = null;
    const L = this.labels;
    fill(
      this.panel,
      h("button", { type: "button", class: "close", "aria-label": L.close, onclick: () => this.hide() }, "×"),
      h("div", { class: "kind" }, L.types[d.type] ?? d.type ?? ""),
      h("div", { class: "name" }, pageLink(d.full, d.target, (x) => this.send("open", x))),
      d.note ? h("div", { class: "note" }, visible(d.note)) : null,
      d.kind === "value"
        ? null
        : h(
            "div",
            { class: "buttons" },
            this.data.expandable === false ? null : h("button", { type: "button", onclick: () => this.expand(d.id) }, L.expand),
            this.data.expandable === false ? null : h("button", { type: "button", onclick: () => this.send("centre", { id: d.id, at: Date.now() }) }, L.centre),
            this.data.expandable === false ? null : h("button", { type: "button", onclick: () => this.send("from", { id: d.id, at: Date.now() }) }, L.pathFrom),
          ),
    );
    this.panel.hidden = false;
  }

  showEdge(edge, ask = true) {
    const d = edge.data();
    const known = this.data.evidence?.[d.id];
    this.edge = d.id;
    if (!known && ask) this.send("edge", { id: d.id, at: Date.now() });
    const L = this.labels;
    const name = (x) => x.data("full");
    fill(
      this.panel,
      h("button", { type: "button", class: "close", "aria-label": L.close, onclick: () => this.hide() }, "×"),
      h("div", { class: "triple" }, name(edge.source()), h("b", {}, ` ${d.label} `), name(edge.target())),
      known ? null : h("div", { class: "note" }, "…"),
      (known ?? []).map((e) =>
        h(
          "blockquote",
          {},
          visible(e.text),
          e.detail ? h("div", { class: "note" }, visible(e.detail)) : null,
          h("div", { class: "cite" }, pageLink(e.article, e.target, (x) => this.send("open", x))),
        ),
      ),
    );
    this.panel.hidden = false;
  }

  renderTools() {
    const L = this.labels;
    const tool = (text, title, act) => h("button", { type: "button", title, "aria-label": title, onclick: act }, text);
    this.tools.replaceChildren(
      tool("＋", L.zoomIn, () => this.zoom(1.3)),
      tool("−", L.zoomOut, () => this.zoom(1 / 1.3)),
      tool("⤢", L.fit, () => this.cy.fit(undefined, 36)),
      tool("↻", L.again, () => (this.data.nodes.length <= FEW ? this.layout(false) : this.given())),
      tool("PNG", L.png, () => this.picture()),
    );
  }

  zoom(by) {
    this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: this.canvas.clientWidth / 2, y: this.canvas.clientHeight / 2 } });
  }

  picture() {
    const blob = this.cy.png({ output: "blob", full: true, scale: 2, bg: COLOURS[isDark(this.parent) ? "dark" : "light"].back, maxWidth: 8000, maxHeight: 8000 });
    const link = h("a", { href: URL.createObjectURL(blob), download: "iibun-graph.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  }
}

const named = (data) => data.edges.length <= NAMED;

const short = (text) => {
  const points = Array.from(text);
  return points.length > 16 ? points.slice(0, 15).join("") + "…" : text;
};
