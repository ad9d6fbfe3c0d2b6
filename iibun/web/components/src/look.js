// How the graph looks: colours, shapes, widths; the same on the canvas, in the legend and in a saved picture.
import kinds from "../kinds.json";

export const COLOURS = {
  light: { ...kinds.light, text: "#23262b", back: "#fdfdfb", edge: "#9097a0", edgeText: "#4d545c", strong: "#d07a00" },
  dark: { ...kinds.dark, text: "#e4e6e8", back: "#15181c", edge: "#6a737e", edgeText: "#b4bac1", strong: "#ffb84d" },
};
const SHAPES = { Person: "ellipse", Organization: "round-rectangle", Product: "round-diamond", Place: "round-hexagon", Event: "round-tag" };
const CORNERS = kinds.corners; // of each type's shape; a published site has the same
const VERTICAL = { below: "bottom", above: "top" };
export const NAME = 13; // size of names on the screen, in pixels
export const NOTE = 12; // size of the names of relations
export const CROWD = 150; // lines that can be told apart; of more, most are faint

/** The diameter of a node. */
export const diameter = (degree) => 18 + 7 * Math.log2(1 + (degree ?? 1));

/** The width of a line on the screen. */
export const width = (e) => (e.thin ? 0.7 : 1.4 + Math.min(2.6, 0.7 * Math.log2(e.count || 1)));

/** What a line says: its relations, and how often they are stated. */
export const told = (e) => [e.label, e.count > 1 ? `×${e.count}` : ""].filter(Boolean).join(" ");

/** A node as SVG. */
export function shape(type, x, y, size, fill, ring = "none") {
  const r = size / 2;
  const paint = `fill="${fill}" stroke="${ring}" stroke-width="${ring === "none" ? 0 : 3}"`;
  if (type === "Organization") return `<rect x="${num(x - r)}" y="${num(y - r)}" width="${num(size)}" height="${num(size)}" rx="${num(size / 6)}" ${paint}/>`;
  if (!CORNERS[type]) return `<circle cx="${num(x)}" cy="${num(y)}" r="${num(r)}" ${paint}/>`;
  const points = CORNERS[type].map(([i, j]) => `${num(x + i * r)},${num(y + j * r)}`).join(" ");
  return `<polygon points="${points}" ${paint}/>`;
}

/** A number for SVG: a tenth of a pixel is enough. */
export const num = (x) => String(Math.round(x * 10) / 10);

/**
 * The entries of the legend that the shown elements need: {icon, text}, the icon as SVG of 30 by 18.
 * @param data nodes and edges as Python gives them
 * @param L labels
 * @param c colours
 */
export function legend(data, L, c) {
  const line = (style, w = 1.8) => `<line x1="2" y1="9" x2="28" y2="9" stroke="${c.edge}" stroke-width="${w}" ${style}/>`;
  const arrow = `<polygon points="28,9 20,5 20,13" fill="${c.edge}"/>`;
  const types = Object.keys(L.types).filter((type) => data.nodes.some((n) => n.type === type));
  const some = (test) => data.edges.some(test);
  return [
    ...types.map((type) => ({ icon: shape(type, 15, 9, 14, c[type] ?? c.other), text: L.types[type] })),
    data.nodes.some((n) => !L.types[n.type]) && { icon: shape("", 15, 9, 14, c.other), text: L.legendOther },
    data.nodes.some((n) => n.centre) && { icon: shape("", 15, 9, 13, c.back, c.strong), text: L.legendCentre },
    { icon: shape("", 7, 9, 8, c.other) + shape("", 21, 9, 16, c.other), text: L.legendSize },
    some((e) => !e.dashed) && { icon: line("") + arrow, text: L.legendRelation },
    some((e) => e.dashed) && { icon: line('stroke-dasharray="5 3"') + arrow, text: L.legendAbout },
    some((e) => e.count > 1) && { icon: line("", 5), text: L.legendWidth },
    some((e) => e.thin) && { icon: line('stroke-opacity=".7"', 0.8), text: L.legendDoubt },
  ].filter(Boolean);
}

/**
 * The style sheet for cytoscape.
 * @param c colours
 * @param font of the page
 * @param unit () => how long a pixel of the screen is on the canvas
 * @param crowded () => whether there are so many lines that most must be faint
 */
export function styles(c, font, unit, crowded) {
  // Far away, lines and arrows become finer on the screen, but less so than what they connect.
  const line = (e) => width(e.data()) * unit() ** 0.75;
  const arrow = (e) => ((e.data("thin") ? 0.75 : 0.95) * unit() ** 0.6 * 29) / Math.max((line(e) * 13.37) ** 0.9, 29); // cytoscape's own size
  const faint = (e) => {
    const d = e.data();
    if (!crowded()) return d.thin ? 0.7 : 1;
    return d.thin ? 0.4 : d.dashed ? 0.5 : d.count > 2 ? 0.9 : 0.65;
  };
  return [
    {
      selector: "node",
      style: {
        "background-color": (n) => c[n.data("type")] ?? c.other, "background-opacity": 0.95, shape: (n) => SHAPES[n.data("type")] ?? "ellipse",
        width: "data(size)", height: "data(size)", color: c.text, "font-family": font, "border-width": 0,
      },
    },
    {
      selector: "node.named",
      style: {
        label: "data(label)", "font-size": () => NAME * unit(), "text-valign": (n) => VERTICAL[n.data("side")] ?? "center",
        "text-halign": (n) => (VERTICAL[n.data("side")] ? "center" : n.data("side")),
        "text-margin-y": (n) => ({ below: 3, above: -3 })[n.data("side")] * (unit() + n.hasClass("centre")) || 0,
        "text-margin-x": (n) => ({ right: 3, left: -3 })[n.data("side")] * unit() || 0,
        "text-outline-color": c.back, "text-outline-width": () => 2.5 * unit(),
      },
    },
    { selector: "node.centre", style: { "border-width": 4, "border-color": c.strong, "font-weight": 700 } },
    { selector: "node[?more]", style: { "border-width": 2, "border-style": "dashed", "border-color": c.text } },
    {
      selector: "edge",
      style: {
        width: line, "line-color": c.edge, "target-arrow-color": c.edge, "source-arrow-color": c.edge, "arrow-scale": arrow, "line-opacity": faint,
        "curve-style": "bezier", color: c.edgeText, "font-family": font, "edge-distances": "node-position",
      },
    },
    { selector: "edge[bend]", style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)", "control-point-weights": 0.5 } },
    { selector: "edge[?forward]", style: { "target-arrow-shape": "triangle" } },
    { selector: "edge[?backward]", style: { "source-arrow-shape": "triangle" } },
    {
      selector: "edge.named",
      style: {
        label: "data(told)", "font-size": () => NOTE * unit(), "text-rotation": "autorotate", "text-background-color": c.back,
        "text-background-opacity": 0.9, "text-background-padding": () => 1.5 * unit(),
      },
    },
    { selector: "edge[?dashed]", style: { "line-style": "dashed", "line-dash-pattern": () => [6 * unit(), 3 * unit()] } },
    { selector: ".dim, .off-path", style: { opacity: 0.15 } },
    { selector: ".near, .path", style: { opacity: 1 } },
    {
      selector: "edge.near, edge.path",
      style: { "line-color": c.strong, "target-arrow-color": c.strong, "source-arrow-color": c.strong, "line-opacity": 1, width: () => 3 * unit() ** 0.75 },
    },
    {
      selector: ":selected",
      style: { "border-width": 3, "border-color": c.strong, "line-color": c.strong, "target-arrow-color": c.strong, "source-arrow-color": c.strong },
    },
  ];
}
