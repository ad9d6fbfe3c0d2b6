// Where the nodes of the graph are: they keep their places when others are added, and while the browser's tab is open.
import { room } from "./geometry.js";
import { NAME, diameter } from "./look.js";
import { ems } from "./picture.js";

export const FEW = 300; // nodes for which places are kept, and lines avoid nodes
const MANY = 60; // new nodes for which there is no room beside the others
const STORE = "iibun-graph"; // where the tab keeps places, by view
const VIEWS = 5; // that it keeps

/**
 * The places of nodes by id: those with a place keep it, others get a free one beside a neighbour. If too many are
 * new, all places are those that Python gives.
 * @param data nodes and edges as Python gives them
 * @param before the places that there were, by id
 */
export function places(data, before) {
  const kept = data.nodes.filter((n) => before.has(n.id));
  const fresh = data.nodes.length - kept.length;
  if (data.nodes.length > FEW || !kept.length || fresh > Math.max(MANY, kept.length)) return new Map(data.nodes.map((n) => [n.id, { x: n.x, y: n.y }]));
  const box = (n) => ({ w: Math.max(diameter(n.degree), NAME * ems(short(n.label))) + 14, h: diameter(n.degree) + 34 });
  const at = new Map(kept.map((n) => [n.id, before.get(n.id)]));
  const taken = kept.map((n) => ({ ...before.get(n.id), ...box(n) }));
  const centre = mean([...at.values()]);
  const tied = new Map(data.nodes.map((n) => [n.id, []]));
  for (const e of data.edges) {
    tied.get(e.source)?.push(e.target);
    tied.get(e.target)?.push(e.source);
  }
  let waiting = data.nodes.filter((n) => !at.has(n.id));
  while (waiting.length) {
    const next = waiting.find((n) => tied.get(n.id).some((other) => at.has(other))) ?? waiting[0];
    const near = tied.get(next.id).filter((other) => at.has(other));
    const from = near.length ? mean(near.map((other) => at.get(other))) : centre;
    const found = room(from, box(next), taken, Math.atan2(from.y - centre.y, from.x - centre.x));
    at.set(next.id, found);
    taken.push({ ...found, ...box(next) });
    waiting = waiting.filter((n) => n !== next);
  }
  return at;
}

// The places of the nodes of a view, as the reader left them in this tab of the browser.
export function recalled(view) {
  try {
    return new Map(Object.entries((JSON.parse(sessionStorage.getItem(STORE)) ?? {})[view] ?? {}).map(([id, [x, y]]) => [id, { x, y }]));
  } catch {
    return new Map();
  }
}

export function remember(view, positions) {
  if (view === null || view === undefined) return;
  try {
    const { [view]: _, ...others } = JSON.parse(sessionStorage.getItem(STORE)) ?? {};
    const kept = Object.entries(others).slice(1 - VIEWS);
    const places = Object.fromEntries([...positions].map(([id, p]) => [id, [Math.round(p.x), Math.round(p.y)]]));
    sessionStorage.setItem(STORE, JSON.stringify({ ...Object.fromEntries(kept), [view]: places }));
  } catch {
    // without storage, places last as long as the page
  }
}

const mean = (points) => ({ x: points.reduce((s, p) => s + p.x, 0) / points.length, y: points.reduce((s, p) => s + p.y, 0) / points.length });

/** A name as it stands in the graph: at most 16 characters. */
export const short = (text) => {
  const points = Array.from(text);
  return points.length > 16 ? points.slice(0, 15).join("") + "…" : text;
};
