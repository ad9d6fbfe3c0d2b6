// What the three components share: elements made without markup, theme, state per mounted element.

/** An element with attributes and children; strings become text, never markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** Replaces what an element holds; lists are laid open, nothings left out (the DOM would write "null"). */
export const fill = (element, ...children) => element.replaceChildren(...h("i", {}, ...children).childNodes);

const BIDI = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/g;

/** Text as it may be shown: direction controls, which can make a text read as another, become visible. */
export const visible = (text) => String(text).replace(BIDI, "\uFFFD");

/** Only links of our own pages and of the web are followed. */
export const safeHref = (href) => (/^(\/(?!\/)|https?:\/\/)/.test(String(href)) ? href : null);

/** A link to one of our pages: a plain click goes through Python (keeps the session), others open as links do. */
export function pageLink(text, target, open, attributes = {}) {
  const href = target && safeHref(target.href);
  if (!href) return h("span", attributes, visible(text));
  return h(
    "a",
    {
      ...attributes,
      href,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.stopPropagation();
        if (!target.page) return;
        event.preventDefault();
        open({ page: target.page, params: target.params ?? {}, at: Date.now() });
      },
    },
    visible(text),
  );
}

const instances = new WeakMap();

/** The instance that belongs to a mounted element, made at the first render. */
export function instance(parent, make) {
  if (!instances.has(parent)) instances.set(parent, make());
  return instances.get(parent);
}
export const forget = (parent) => instances.delete(parent);

/** Whether the page is dark now: from the colour of its text. */
export function isDark(element) {
  const probe = element.host ?? element;
  const colour = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 128;
}

/** Adds a style sheet to a shadow root once. */
export function styled(parent, css) {
  if (!parent.querySelector("style[data-iibun]")) {
    const style = document.createElement("style");
    style.dataset.iibun = "";
    style.textContent = css;
    parent.append(style);
  }
}

/** Calls back when the theme may have changed; returns a function that stops it. */
export function onTheme(parent, callback) {
  let before = isDark(parent);
  const timer = setInterval(() => {
    const now = isDark(parent);
    if (now !== before) callback((before = now));
  }, 700);
  return () => clearInterval(timer);
}
