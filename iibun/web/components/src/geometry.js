// Geometry of the graph without cytoscape: which names fit, where a new node goes, how a line avoids nodes.
// A box is {x, y, w, h} with its centre (x, y); a disc is {x, y, r}.

const CELL = 60;

/** Boxes by cell, so that each is compared with its neighbours only. */
class Grid {
  constructor() {
    this.cells = new Map();
  }

  *cellsOf(b) {
    for (let i = Math.floor((b.x - b.w / 2) / CELL); i <= Math.floor((b.x + b.w / 2) / CELL); i++)
      for (let j = Math.floor((b.y - b.h / 2) / CELL); j <= Math.floor((b.y + b.h / 2) / CELL); j++) yield `${i} ${j}`;
  }

  add(box) {
    for (const cell of this.cellsOf(box)) {
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(box);
    }
  }

  hits(box, minds) {
    for (const cell of this.cellsOf(box)) for (const other of this.cells.get(cell) ?? []) if (minds(other) && overlap(box, other)) return true;
    return false;
  }
}

const overlap = (a, b) => Math.abs(a.x - b.x) * 2 < a.w + b.w && Math.abs(a.y - b.y) * 2 < a.h + b.h;

/**
 * Which names can be shown without covering one another or a node, and where.
 * @param names the options of each name, the most important name and its best option first; an option is a list of boxes
 * @param taken boxes that no name may cover, but the first names those that are `small`
 * @param first how many names are the first ones
 * @param sure how many names may cover any of the boxes where there is no other place, but not one another
 * @returns pairs of the index of a name and the index of its option
 */
export function fitting(names, taken, first = 0, sure = 0) {
  const grid = new Grid();
  const free = new Set(taken);
  taken.forEach((box) => grid.add(box));
  const [all, large, others] = [() => true, (box) => !box.small, (box) => !free.has(box)];
  const shown = [];
  names.forEach((options, i) => {
    const place = (minds) => options.findIndex((boxes) => !boxes.some((b) => grid.hits(b, minds)));
    let j = place(i < first ? large : all);
    if (j < 0 && i < sure) j = place(others);
    if (j < 0) return;
    options[j].forEach((b) => grid.add(b));
    shown.push([i, j]);
  });
  return shown;
}

/**
 * Where the name of a node may stand: below it, above, to the right or to the left.
 * @returns for each side of SIDES the box of the name, as an option of `fitting`
 */
export function beside(x, y, radius, w, h) {
  const [down, across] = [radius + 3 + h / 2, radius + 3 + w / 2];
  return [[0, down], [0, -down], [across, 0], [-across, 0]].map(([dx, dy]) => [{ x: x + dx, y: y + dy, w, h }]);
}
export const SIDES = ["below", "above", "right", "left"];

/** Boxes along a line of text of a width, turned by an angle around (x, y). */
export function along(x, y, width, height, angle) {
  const n = Math.max(1, Math.round(width / height));
  const step = width / n;
  return Array.from({ length: n }, (_, i) => {
    const d = (i - (n - 1) / 2) * step;
    return { x: x + d * Math.cos(angle), y: y + d * Math.sin(angle), w: step, h: height };
  });
}

/**
 * The first free place for a box on rings around a point.
 * @param from the point, in general a neighbour
 * @param box its w and h
 * @param taken boxes of the others
 * @param towards the angle at which to begin
 */
export function room(from, box, taken, towards = 0) {
  for (let ring = 1; ring <= 30; ring++) {
    const r = 70 + 40 * ring;
    const n = 6 + 6 * ring;
    for (let i = 0; i < n; i++) {
      const turn = towards + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * ((2 * Math.PI) / n);
      const at = { x: from.x + 1.2 * r * Math.cos(turn), y: from.y + r * Math.sin(turn), ...box };
      if (!taken.some((other) => overlap(at, other))) return { x: at.x, y: at.y };
    }
  }
  return { x: from.x + 1500 * Math.cos(towards), y: from.y + 1500 * Math.sin(towards) };
}

const APART = 7; // from the rim of a node that a line goes around
const BENDS = [0, 16, 28, 44, 64, 90, 120];

/**
 * How far the control point of a line from a to b is from its middle (to the right of its direction; 0: a straight line),
 * so that it passes no node.
 * @param others discs of the other nodes
 */
export function bend(a, b, others) {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length < 1) return 0;
  const reach = Math.min(120, 0.4 * length);
  const near = others.filter((o) => away(o, a, b) < o.r + APART + reach);
  if (!near.length) return 0;
  let best = 0;
  let least = Infinity;
  for (const size of BENDS) {
    if (size > reach) break;
    for (const apex of size ? [size, -size] : [0]) {
      const hits = crossed(a, b, 2 * apex, near);
      if (hits < least) [best, least] = [2 * apex, hits];
      if (!hits) return best;
    }
  }
  return best;
}

/** How many discs a curve with this control point passes through. */
export function crossed(a, b, distance, discs) {
  const points = curve(a, b, distance);
  return discs.filter((o) => points.some((p, i) => i && away(o, points[i - 1], p) < o.r + APART)).length;
}

/** Points along the quadratic curve from a to b. */
function curve(a, b, distance, steps = 12) {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const c = { x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * distance, y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * distance };
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps;
    const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return { x: p * a.x + q * c.x + r * b.x, y: p * a.y + q * c.y + r * b.y };
  });
}

/** The distance of a point from a segment. */
function away(p, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const t = Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}
