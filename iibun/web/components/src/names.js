// Which names the graph shows at a zoom.
import { SIDES, along, beside, fitting } from "./geometry.js";
import { CROWD, NAME, NOTE } from "./look.js";
import { ems, middle } from "./picture.js";

const FIRST = 25; // names that may cover the smallest nodes
const SURE = 8; // names of the most connected nodes, which may cover other nodes if there is no room beside them

/**
 * The names that fit, the most important first: {of: node or edge, side: where it stands beside a node}.
 * @param cy cytoscape
 * @param zoom at which names are as large as on the screen
 * @param focused node whose neighbours' names alone are shown, if any
 * @param pan of the canvas, if names should not be cut at its rim
 */
export function names(cy, zoom, focused = null, pan = null) {
  // beside a node at the rim of the canvas, only where the name is not cut
  const cut = ([b]) => pan && (b.x - b.w / 2 + pan.x < 0 || b.x + b.w / 2 + pan.x > cy.width() || b.y + b.h / 2 + pan.y > cy.height());
  const nodes = cy.nodes().toArray();
  const first = (n) => (n.same(focused ?? cy.collection()) ? 8 : 0) + 4 * n.selected() + 2 * n.hasClass("path") + n.hasClass("centre");
  const order = nodes.filter((n) => !focused || n.hasClass("near")).sort((a, b) => first(b) - first(a) || b.data("size") - a.data("size") || a.degree() - b.degree());
  const found = order.map((n) => {
    const { x, y } = n.position();
    const wide = NAME * ems(n.data("label")) * (n.hasClass("centre") ? 1.06 : 1) + 6;
    const options = beside(x * zoom, y * zoom, (n.data("size") / 2) * zoom, wide, NAME + 3).map((boxes, i) => ({ boxes, side: SIDES[i] }));
    const whole = options.filter((o) => !cut(o.boxes));
    return { of: n, options: whole.length || !first(n) ? whole : options };
  });
  const far = cy.edges().length > CROWD && zoom < 0.35 && !focused;
  const lines = cy.edges().filter((e) => e.data("told") && !(far && !e.hasClass("path")) && (!focused || e.hasClass("near"))).toArray();
  lines.sort((a, b) => b.hasClass("path") - a.hasClass("path") || !!a.data("dashed") - !!b.data("dashed") || b.data("count") - a.data("count"));
  for (const e of lines) {
    const ends = points(e);
    const [a, b] = [ends[0], ends[ends.length - 1]];
    const wide = NOTE * ems(e.data("told")) + 8;
    const free = Math.hypot(b.x - a.x, b.y - a.y) - (e.source().data("size") + e.target().data("size")) / 2;
    if (wide > free * zoom) continue;
    const { x, y, angle } = middle(ends);
    found.push({ of: e, options: [{ boxes: along(x * zoom, y * zoom, wide, NOTE + 4, angle) }] });
  }
  const discs = nodes.map((n) => {
    const side = 0.85 * n.data("size") * zoom;
    return { x: n.position().x * zoom, y: n.position().y * zoom, w: side, h: side, small: side < 8 };
  });
  const fit = fitting(found.map((f) => f.options.map((o) => o.boxes)), discs, FIRST, order.filter(first).length + SURE);
  return fit.map(([i, j]) => ({ of: found[i].of, side: found[i].options[j].side }));
}

/** The ends of a line, or its ends and its control point. */
function points(e) {
  const [a, b] = [e.source().position(), e.target().position()];
  const d = e.data("bend");
  if (!d) return [a, b];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  return [a, { x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * d, y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * d }, b];
}
