// Search in the browser: all words, in any order. The index is fetched at the first letter.
const form = document.querySelector("#search");
const [input, found] = [form.querySelector("input"), form.querySelector("#found")];
const MOST = 40;
let index = null;

const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));

async function load() {
  index ??= fetch(form.dataset.index).then((answer) => answer.json()).then((rows) => rows.map((row) => [...row, plain(`${row[1]} ${row[2]}`)]));
  return index;
}

function marked(text, words) {
  const span = document.createElement("span");
  const low = plain(text);
  const hits = low.length === text.length ? words.map((w) => [low.indexOf(w), w.length]).filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0]) : [];
  let from = 0;
  for (const [at, length] of hits) {
    if (at < from) continue;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + length);
    span.append(text.slice(from, at), mark);
    from = at + length;
  }
  span.append(text.slice(from));
  return span;
}

async function search() {
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  if (!words.length) return found.replaceChildren();
  const rows = (await load()).filter((row) => words.every((word) => row[4].includes(word)));
  if (plain(input.value).split(/\s+/).filter(Boolean).join(" ") !== words.join(" ")) return; // typed on meanwhile
  const list = document.createElement("ul");
  for (const [, title, more, page] of rows.slice(0, MOST)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = form.dataset.home + page;
    link.append(marked(title || "–", words));
    item.append(link, " ", more);
    list.append(item);
  }
  const beyond = rows.length > MOST ? form.dataset.more.replace("{n}", rows.length - MOST) : "";
  found.replaceChildren(rows.length ? list : form.dataset.none, beyond);
}

input.addEventListener("input", search);
form.addEventListener("submit", (event) => event.preventDefault());
