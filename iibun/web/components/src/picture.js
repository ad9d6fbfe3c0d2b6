// The graph as a picture of its own: SVG with title, legend, period, date and source; and PNG, drawn from the SVG.
import { num, shape, width } from "./look.js";

const FONT = "'Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic',Meiryo,sans-serif";
const MARGIN = 28;

/** Text for XML: markup escaped, characters that XML does not allow left out. */
export const escaped = (text) =>
  String(text)
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "")
    .replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** About how wide a text is, in em: East Asian characters are twice as wide as others. */
export const ems = (text) => Array.from(String(text)).reduce((sum, c) => sum + (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/.test(c) || c.length > 1 ? 1 : 0.56), 0);

/** A text in lines of at most so many em. */
export function wrapped(text, most) {
  const lines = [""];
  for (const piece of String(text).match(/[\w.,:;()/-]+\s*|.[、。，．」）』】〉》・ー！？]*/gsu) ?? []) {
    const last = lines.length - 1;
    if (lines[last] && ems(lines[last] + piece.trimEnd()) > most) lines.push(piece.trimStart());
    else lines[last] += piece;
  }
  return lines;
}

/**
 * The picture as SVG.
 * @param picture
 *   nodes: {x, y, size, type, centre, label: "" if it has no room, side: where it stands}
 *   edges: {points: two ends, or ends and control point between, forward, backward, dashed, thin, count, marked, label: what it says}
 *   title, lines: what is said above and below; legend: {icon, text}; colours
 * @returns {{text: string, width: number, height: number}}
 */
export function svg({ nodes, edges, title, lines, legend, colours: c }) {
  const boxes = nodes.map((n) => {
    const r = n.size / 2 + 4;
    const name = n.label ? ems(n.label) * 13 + 4 : 0;
    const sides = { left: [r + name, r, r, r], right: [r, r, r + name, r], above: [Math.max(r, name / 2), r + 18, Math.max(r, name / 2), r] };
    const [left, up, right, down] = (name && sides[n.side]) || [Math.max(r, name / 2), r, Math.max(r, name / 2), r + (name && 18)];
    return [n.x - left, n.y - up, n.x + right, n.y + down];
  });
  for (const e of edges) if (e.points.length > 2) boxes.push([e.points[1].x, e.points[1].y, e.points[1].x, e.points[1].y]);
  const least = (i) => boxes.reduce((m, b) => Math.min(m, b[i]), Infinity);
  const most = (i) => boxes.reduce((m, b) => Math.max(m, b[i]), -Infinity);
  const [left, top, right, bottom] = boxes.length ? [least(0), least(1), most(2), most(3)] : [0, 0, 0, 0];
  const across = Math.max(right - left, 640);
  const scale = Math.max(1, Math.min(3, across / 1200)); // of the words around: read when the whole picture is looked at
  const out = [];
  let y = MARGIN;
  const say = (text, size, colour, weight = 400) => {
    for (const line of wrapped(text, across / size)) {
      y += size * 1.15;
      out.push(`<text x="${MARGIN}" y="${num(y)}" font-size="${num(size)}" font-weight="${weight}" fill="${colour}">${escaped(line)}</text>`);
      y += size * 0.3;
    }
  };
  say(title, 20 * scale, c.text, 700);
  y += 14 * scale;
  const [dx, dy] = [MARGIN - left + (across - (right - left)) / 2, y - top];
  out.push(`<g transform="translate(${num(dx)} ${num(dy)})">`, ...edges.map((e) => drawnEdge(e, c)));
  out.push(...nodes.map((n) => shape(n.type, n.x, n.y, n.size, c[n.type] ?? c.other, n.centre ? c.strong : "none")));
  out.push(...edges.filter((e) => e.label).map((e) => edgeName(e, c)), ...nodes.filter((n) => n.label).map((n) => nodeName(n, c)), "</g>");
  y += bottom - top + 16 * scale;
  let x = MARGIN;
  for (const { icon, text } of legend) {
    const wide = (38 + ems(text) * 13 + 20) * scale;
    if (x > MARGIN && x + wide > MARGIN + across) [x, y] = [MARGIN, y + 24 * scale];
    out.push(`<g transform="translate(${num(x)} ${num(y)}) scale(${num(scale)})">${icon}<text x="38" y="14" font-size="13" fill="${c.text}">${escaped(text)}</text></g>`);
    x += wide;
  }
  y += 34 * scale;
  for (const line of lines) say(line, 13 * scale, c.edgeText);
  const size = { width: Math.ceil(across + 2 * MARGIN), height: Math.ceil(y + MARGIN) };
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" ` +
    `font-family="${FONT}" role="img"><title>${escaped(title)}</title><desc>${escaped(lines.join(" "))}</desc>` +
    `<rect width="100%" height="100%" fill="${c.back}"/>${out.join("")}</svg>`;
  return { text, ...size };
}

function drawnEdge(e, c) {
  const colour = e.marked ? c.strong : c.edge;
  const [a, m, b] = e.points.length > 2 ? e.points : [e.points[0], null, e.points[1]];
  const path = `M${num(a.x)} ${num(a.y)}${m ? `Q${num(m.x)} ${num(m.y)} ` : "L"}${num(b.x)} ${num(b.y)}`;
  const dashes = e.dashed ? ' stroke-dasharray="6 3"' : "";
  const tips = [e.forward && tip(m ?? a, b, colour), e.backward && tip(m ?? b, a, colour)].filter(Boolean).join("");
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${num(e.marked ? 3 : width(e))}"${e.thin ? ' stroke-opacity=".7"' : ""}${dashes}/>${tips}`;
}

/** The head of an arrow at the end of a line. */
function tip(from, to, colour) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const back = { x: to.x - 8 * ux, y: to.y - 8 * uy };
  const at = (p, s) => `${num(p.x - s * 4 * uy)},${num(p.y + s * 4 * ux)}`;
  return `<polygon points="${at(to, 0)} ${at(back, 1)} ${at(back, -1)}" fill="${colour}"/>`;
}

const halo = (c) => `paint-order="stroke" stroke="${c.back}" stroke-width="4" stroke-linejoin="round"`;

function nodeName(n, c) {
  const [dx, dy, anchor] = { above: [0, -n.size / 2 - 7, "middle"], right: [n.size / 2 + 5, 5, "start"], left: [-n.size / 2 - 5, 5, "end"] }[n.side] ?? [0, n.size / 2 + 16, "middle"];
  return `<text x="${num(n.x + dx)}" y="${num(n.y + dy)}" font-size="13" text-anchor="${anchor}" font-weight="${n.centre ? 700 : 400}" fill="${c.text}" ${halo(c)}>${escaped(n.label)}</text>`;
}

function edgeName(e, c) {
  const { x, y, angle } = middle(e.points);
  const wide = ems(e.label) * 12 + 4;
  return (
    `<g transform="translate(${num(x)} ${num(y)}) rotate(${num((angle * 180) / Math.PI)})"><rect x="${num(-wide / 2)}" y="-8" width="${num(wide)}" height="16" fill="${c.back}"/>` +
    `<text y="4" font-size="12" text-anchor="middle" fill="${c.edgeText}">${escaped(e.label)}</text></g>`
  );
}

/** The middle of a line and the angle of its name, which never stands on its head. */
export function middle(points) {
  const [a, m, b] = points.length > 2 ? points : [points[0], null, points[1]];
  let angle = Math.atan2(b.y - a.y, b.x - a.x);
  if (angle > Math.PI / 2) angle -= Math.PI;
  else if (angle <= -Math.PI / 2) angle += Math.PI;
  const centre = (p, q, r) => (r === null ? (p + q) / 2 : (p + q) / 4 + r / 2);
  return { x: centre(a.x, b.x, m && m.x), y: centre(a.y, b.y, m && m.y), angle };
}

/** The picture as a PNG blob: twice its size, unless that is more than browsers draw. */
export async function png({ text, width: w, height: h }) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(2, 8000 / w, 8000 / h);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(w * scale), Math.round(h * scale)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}
