// Streamlit's own words (its uploader, tables, hints) exist in English alone. Say them in the reader's language:
// iibunFrame(words) with [[English, other]…]; iibunFrame([]) goes back. What the page itself shows is left alone.
window.iibunFrame ??= (() => {
  const ATTRIBUTES = ["aria-label", "title", "placeholder"];
  const OURS = '.ib, canvas, textarea, [role="option"], [data-testid="stMarkdownContainer"], [data-testid="stHtml"], [data-testid="stCode"]';
  const UPLOAD = '[data-testid="stFileUploaderDropzone"]';
  let said = new WeakMap(); // node → {name of the attribute or "": [English, other]}
  let exact = new Map();
  let patterns = [];
  const observer = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(walk);
      else if (change.type === "attributes") attribute(change.target, change.attributeName);
      else text(change.target);
    }
  });

  function other(words) {
    const found = exact.get(words.trim());
    if (found !== undefined) return found;
    for (const [pattern, into] of patterns) if (pattern.test(words)) return words.replace(pattern, into);
    const [first, ...rest] = words.split(": "); // a table's tools carry its name
    if (rest.length && exact.has(first)) return `${exact.get(first)}: ${rest.join(": ")}`;
    return null;
  }

  function keep(node, name, before, after) {
    said.set(node, { ...said.get(node), [name]: [before, after] });
  }

  function text(node) {
    const after = node.data && other(node.data);
    if (!after || (node.parentElement?.closest(OURS) && !node.parentElement.closest(UPLOAD))) return;
    keep(node, "", node.data, after);
    node.data = after;
  }

  function attribute(element, name) {
    const before = element.getAttribute(name);
    const after = before && other(before);
    if (!after || element.closest(".ib")) return;
    keep(element, name, before, after);
    element.setAttribute(name, after);
  }

  function* nodes(root) {
    if (root.nodeType !== Node.ELEMENT_NODE && root.nodeType !== Node.TEXT_NODE) return;
    const all = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = root; node; node = all.nextNode()) yield node;
  }

  function walk(root) {
    for (const node of nodes(root))
      if (node.nodeType === Node.TEXT_NODE) text(node);
      else for (const name of ATTRIBUTES) if (node.hasAttribute(name)) attribute(node, name);
  }

  function back() {
    for (const node of nodes(document.body))
      for (const [name, [before, after]] of Object.entries(said.get(node) ?? {}))
        if (name === "" && node.data === after) node.data = before;
        else if (name !== "" && node.getAttribute(name) === after) node.setAttribute(name, before);
    said = new WeakMap();
  }

  return (words) => {
    const given = JSON.stringify(words);
    if (window.iibunFrame.given === given) return;
    window.iibunFrame.given = given;
    observer.disconnect();
    back();
    const open = words.filter(([english]) => english.includes("{"));
    exact = new Map(words.filter(([english]) => !english.includes("{")));
    patterns = open.map(([english, into]) => {
      const names = [...english.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      const source = english.replace(/[.*+?^$()[\]\\|]/g, "\\$&").replace(/\{\w+\}/g, "(.+)");
      return [new RegExp(`^${source}$`), into.replace(/\{(\w+)\}/g, (_, name) => `$${names.indexOf(name) + 1}`)];
    });
    if (!words.length) return;
    walk(document.body);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  };
})();
