// The panel of the graph: what a node or a line is, with the sentences that state it.
import { fill, h, pageLink, visible } from "./shared.js";

export class Panel {
  constructor(graph) {
    this.graph = graph;
    this.edge = null;
    this.element = h("div", { class: "panel", hidden: true, role: "region", "aria-live": "polite" });
  }

  hide() {
    this.element.hidden = true;
  }

  // Shows the line again when its sentences have come.
  refresh() {
    if (!this.edge || this.element.hidden) return;
    const edge = this.graph.cy.getElementById(this.edge);
    if (edge.length) this.showEdge(edge, false);
    else this.hide();
  }

  fill(...children) {
    const L = this.graph.labels;
    fill(this.element, h("button", { type: "button", class: "close", "aria-label": L.close, onclick: () => this.hide() }, "×"), ...children);
    this.element.hidden = false;
  }

  showNode(node) {
    const { labels: L, data } = this.graph;
    const d = node.data();
    this.edge = null;
    const send = (what) => () => this.graph.send(what, { id: d.id, at: Date.now() });
    const button = (text, act) => h("button", { type: "button", onclick: act }, text);
    this.fill(
      h("div", { class: "kind" }, L.types[d.type] ?? d.type ?? ""),
      h("div", { class: "name" }, pageLink(d.full, d.target, (x) => this.graph.send("open", x))),
      d.note ? h("div", { class: "note" }, visible(d.note)) : null,
      d.kind === "value" || data.expandable === false
        ? null
        : h("div", { class: "buttons" }, button(L.expand, send("expand")), button(L.centre, send("centre")), button(L.pathFrom, send("from"))),
    );
  }

  showEdge(edge, ask = true) {
    const { labels: L, data, cy } = this.graph;
    const d = edge.data();
    const asks = data.expandable !== false;
    const known = data.evidence?.[d.id];
    this.edge = d.id;
    if (asks && !known && ask) this.graph.send("edge", { id: d.id, at: Date.now() });
    const name = (id) => cy.getElementById(id).data("full");
    const parts = d.parts ?? [{ from: d.source, to: d.target, label: d.label }];
    this.fill(
      parts.map((part, i) => [
        h("div", { class: "triple" }, name(part.from), h("b", {}, ` ${visible(part.label)} `), name(part.to), part.count > 1 ? ` ×${part.count}` : null),
        part.confirmed ? h("div", { class: "note" }, L.confirmedMark) : null,
        (known?.[i] ?? []).map((e) => this.quote(e)),
      ]).flat(2),
      d.thin ? h("div", { class: "note" }, L.legendDoubt) : null,
      asks && !known ? h("div", { class: "note" }, "…") : null,
    );
  }

  quote(e) {
    return h(
      "blockquote",
      {},
      visible(e.text),
      e.detail ? h("div", { class: "note" }, visible(e.detail)) : null,
      h("div", { class: "cite" }, pageLink(e.article, e.target, (x) => this.graph.send("open", x))),
    );
  }
}
