// SPARQL in the reader's browser: Oxigraph as WebAssembly over the published graph, both fetched at the first query.
const form = document.querySelector("#sparql");
const [query, said, rows] = ["#query", "#said", "#rows"].map((name) => document.querySelector(name));
const PREFIXES = { iib: "urn:iibun:ns#", schema: "https://schema.org/", skos: "http://www.w3.org/2004/02/skos/core#", rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#", rdfs: "http://www.w3.org/2000/01/rdf-schema#", xsd: "http://www.w3.org/2001/XMLSchema#", dcterms: "http://purl.org/dc/terms/" };
const MOST = 1000;
let opened = null;

function open() {
  opened ??= (async () => {
    const [{ default: start, Store }, graph] = await Promise.all([import("./oxigraph.js"), fetch(form.dataset.graph).then((answer) => answer.text())]);
    await start({ module_or_path: new URL("oxigraph.wasm", import.meta.url) });
    const store = new Store();
    store.load(graph, { format: "text/turtle", lenient: true });
    return store;
  })();
  return opened;
}

const cell = (name, text) => Object.assign(document.createElement(name), { textContent: text });

function table(found) {
  const names = [...new Set(found.flatMap((row) => [...row.keys()]))];
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const name of names) head.append(Object.assign(cell("th", name), { scope: "col" }));
  const body = element.createTBody();
  for (const row of found.slice(0, MOST)) {
    const line = body.insertRow();
    for (const name of names) line.append(cell("td", row.get(name)?.value ?? ""));
  }
  return element;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = form.dataset.loading;
  try {
    const store = await open();
    const asked = Object.entries(PREFIXES).map(([name, iri]) => `PREFIX ${name}: <${iri}>\n`).join("") + query.value;
    const found = store.query(asked);
    if (typeof found === "boolean") rows.replaceChildren(cell("p", String(found)));
    else if (found.length && !(found[0] instanceof Map)) rows.replaceChildren(cell("pre", found.slice(0, MOST).map(String).join("\n")));
    else rows.replaceChildren(table(found));
    said.textContent = typeof found === "boolean" ? "" : form.dataset.rows.replace("{n}", found.length);
  } catch (error) {
    rows.replaceChildren();
    said.textContent = `${form.dataset.failed} ${String(error?.message ?? error).split("\n")[0]}`;
  }
});
