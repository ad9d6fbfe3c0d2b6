// The words of a claim while it is corrected: a stretch of the text with a handle at each end, to drag or to move by key.
import { h } from "./shared.js";

const ENDS = ["start", "end"];

export class Stretch {
  /**
   * @param paper the positioned element around the text, in which the stretch is drawn.
   * @param place what the text consists of now: its pieces ({dataset.s}, in order) and its code points.
   */
  constructor(paper, place) {
    this.paper = paper;
    this.place = place;
    this.marks = h("div", { class: "stretch", "aria-hidden": "true" });
    this.handles = {};
    for (const end of ENDS) {
      const handle = h("div", { class: `handle ${end}`, role: "slider", tabindex: "0", "aria-orientation": "horizontal" });
      handle.addEventListener("pointerdown", (event) => this.grasp(event, end));
      handle.addEventListener("keydown", (event) => this.key(event, end));
      this.handles[end] = handle;
    }
    this.watch = new ResizeObserver(() => this.draw());
  }

  get open() {
    return this.marks.isConnected;
  }

  /** Show the stretch. `changed(start, end)` hears of each move by the reader. */
  show(start, end, labels, changed) {
    Object.assign(this, { start, end, labels, changed });
    for (const name of ENDS) this.handles[name].setAttribute("aria-label", labels[name]);
    this.paper.prepend(this.marks); // under the text
    this.paper.append(this.handles.start, this.handles.end);
    this.watch.observe(this.paper);
    this.draw();
  }

  close() {
    this.watch.disconnect();
    for (const element of [this.marks, this.handles.start, this.handles.end]) element.remove();
  }

  move(end, to) {
    const last = this.place().points.length;
    const at = end === "start" ? Math.min(Math.max(0, to), this.end - 1) : Math.max(Math.min(last, to), this.start + 1);
    if (at === this[end]) return;
    this[end] = at;
    this.draw();
    this.changed(this.start, this.end);
  }

  draw() {
    if (!this.open) return;
    const to = this.paper.getBoundingClientRect();
    const boxes = this.boxes(this.start, this.end);
    const at = (box) => `left:${box.left - to.left}px;top:${box.top - to.top}px;width:${box.width}px;height:${box.height}px`;
    this.marks.replaceChildren(...boxes.map((box) => h("i", { style: at(box) })));
    const { points } = this.place();
    const words = points.slice(this.start, this.end).join("");
    for (const [end, box, side] of [["start", boxes[0], "left"], ["end", boxes.at(-1), "right"]]) {
      const handle = this.handles[end];
      handle.hidden = !box;
      if (!box) continue;
      handle.style.cssText = `left:${box[side] - to.left}px;top:${box.top - to.top}px;height:${box.height}px`;
      handle.setAttribute("aria-valuemin", end === "start" ? 0 : this.start + 1);
      handle.setAttribute("aria-valuemax", end === "start" ? this.end - 1 : points.length);
      handle.setAttribute("aria-valuenow", this[end]);
      handle.setAttribute("aria-valuetext", words.length > 40 ? `${words.slice(0, 18)}…${words.slice(-18)}` : words);
    }
  }

  /** The boxes on the screen of the characters between two offsets. */
  boxes(start, end) {
    const found = [];
    for (const piece of this.place().pieces) {
      const { first, points } = within(piece);
      if (first >= end) break;
      const [from, until] = [Math.max(start - first, 0), Math.min(end - first, points.length)];
      if (from < until) found.push(...rangeOf(piece, points, from, until).getClientRects());
    }
    return found.filter((box) => box.width > 0);
  }

  grasp(event, end) {
    if (event.button) return;
    event.preventDefault();
    const handle = this.handles[end];
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const box = handle.getBoundingClientRect();
    const middle = { x: box.left + box.width / 2 - event.clientX, y: box.top + box.height / 2 - event.clientY };
    const drag = (moved) => {
      const to = offsetNear(this.place().pieces, moved.clientX + middle.x, moved.clientY + middle.y);
      if (to !== null) this.move(end, to);
    };
    const leave = () => {
      for (const name of ["pointerup", "pointercancel"]) handle.removeEventListener(name, leave);
      handle.removeEventListener("pointermove", drag);
    };
    handle.addEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, leave);
  }

  /** An arrow moves an end by a character, with Shift by a word, with Ctrl to where a sentence begins or ends. */
  key(event, end) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { points } = this.place();
    const at = this[end];
    this.move(end, event.ctrlKey ? sentenceEdge(points, at, by) : event.shiftKey ? wordEdge(points, at, by) : at + by);
  }
}

/** The offset between two characters that is nearest to a point on the screen; null if there is no text. */
export function offsetNear(pieces, x, y) {
  let best = null;
  for (const piece of pieces)
    for (const box of piece.getClientRects()) {
      const far = 1000 * outside(y, box.top, box.bottom) + outside(x, box.left, box.right);
      if (!best || far < best.far) best = { far, piece, line: box };
    }
  if (!best) return null;
  const { first, points } = within(best.piece);
  let nearest = null;
  for (let i = 0; i < points.length; i++)
    for (const box of rangeOf(best.piece, points, i, i + 1).getClientRects()) {
      if (outside((box.top + box.bottom) / 2, best.line.top, best.line.bottom)) continue; // on another line
      for (const [offset, edge] of [[i, box.left], [i + 1, box.right]])
        if (!nearest || Math.abs(edge - x) < nearest.far) nearest = { far: Math.abs(edge - x), offset: first + offset };
    }
  return nearest ? nearest.offset : first;
}

const outside = (at, low, high) => Math.max(low - at, at - high, 0);

const within = (piece) => ({ first: Number(piece.dataset.s), points: Array.from(piece.textContent) });

function rangeOf(piece, points, from, until) {
  const range = document.createRange();
  const before = points.slice(0, from).join("").length; // the DOM counts UTF-16
  range.setStart(piece.firstChild, before);
  range.setEnd(piece.firstChild, before + points.slice(from, until).join("").length);
  return range;
}

function wordEdge(points, at, by) {
  const from = Math.max(0, at - 60);
  const near = points.slice(from, at + 60);
  if (!globalThis.Intl?.Segmenter) return at + by;
  const edges = [from];
  for (const { segment } of new Intl.Segmenter("ja", { granularity: "word" }).segment(near.join("")))
    edges.push(edges.at(-1) + Array.from(segment).length);
  return (by > 0 ? edges.find((edge) => edge > at) : edges.findLast((edge) => edge < at)) ?? at + by;
}

function sentenceEdge(points, at, by) {
  const ends = (i) => points[i] === "。" || points[i] === "\n";
  let to = at + by;
  while (to > 0 && to < points.length && !ends(to - 1)) to += by;
  return to;
}
