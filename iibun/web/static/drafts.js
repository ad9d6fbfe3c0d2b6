// What a reader does not lose by leaving a page: text typed into a field of a key "draft-…", and the place read to.
// Both are kept for this tab alone. Text comes back when its field does, until the page says that it was saved;
// the place comes back with the browser's Back and Forward.
window.iibunDrafts ??= (() => {
  const FIELDS = "textarea, input[type=text], input:not([type])";
  const kept = {
    get: (name) => sessionStorage.getItem(`iibun:${name}`),
    set: (name, value) => {
      try {
        sessionStorage.setItem(`iibun:${name}`, value);
      } catch {
        // the browser's store is full or closed: text is kept as long as the page is
      }
    },
  };

  const CALM = 60; // frames after which what stands is taken to stay
  const running = () => document.querySelector("[data-test-script-state]")?.dataset.testScriptState !== "notRunning";

  // --- text
  const MARK = "st-key-draft-";
  const fieldKey = (field) => [...(field.closest(`[class*="${MARK}"]`)?.classList ?? [])].find((c) => c.startsWith(MARK));

  document.addEventListener(
    "input",
    (event) => {
      const key = event.target.matches?.(FIELDS) && fieldKey(event.target);
      if (key) kept.set(key, event.target.value);
    },
    true,
  );

  // Whether the field had to be filled.
  function fill(field) {
    const key = fieldKey(field);
    const text = key ? kept.get(key) : null;
    if (text === null || field.value === text || field.disabled) return false;
    // React hears of a value only if it was not set through its own property
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  // A slow page builds its fields before it has all of them, and then clears them once more without replacing them: a field
  // that has come is filled again until its text has stood for a while.
  const fields = new Map(); // those that have come, with the frames for which their text has stood
  function settle() {
    for (const [field, stood] of fields)
      if (stood > CALM || !field.isConnected) fields.delete(field);
      else fields.set(field, fill(field) || running() ? 0 : stood + 1);
    if (fields.size > 0) requestAnimationFrame(settle);
  }

  // --- place
  const place = () => `place:${location.pathname}?${new URLSearchParams(location.search).get("iri") ?? ""}`;
  const main = () => document.querySelector('[data-testid="stMain"]');
  let wanted = null; // where to return to, until it is reached or the reader moves

  document.addEventListener(
    "scroll",
    (event) => {
      if (event.target === main() && wanted === null) kept.set(place(), String(Math.round(event.target.scrollTop)));
    },
    true,
  );
  window.addEventListener("popstate", () => {
    const to = Number(kept.get(place()));
    wanted = to > 0 ? to : null;
    if (wanted !== null) requestAnimationFrame(goBack);
  });
  for (const moved of ["wheel", "touchmove", "keydown", "mousedown"])
    document.addEventListener(moved, () => (wanted = null), { capture: true, passive: true });

  // Frame by frame, since the page is built piece by piece: until it runs no longer and is where it was.
  function goBack() {
    if (wanted === null) return;
    const box = main();
    if (box && Math.abs(box.scrollTop - wanted) > 1) box.scrollTop = wanted;
    const there = box && Math.abs(box.scrollTop - wanted) <= 1;
    calm = there && !running() ? calm + 1 : 0;
    if (calm > CALM) {
      calm = 0;
      wanted = null;
    } else requestAnimationFrame(goBack);
  }
  let calm = 0;

  // --- history
  // To go to another page with other parameters, Streamlit pushes two entries: this page with the parameters of the next,
  // then the next; or the next, then, when the server has answered, the next with its parameters. The first is a page
  // that never was, or one that leads on at once: going back would end there. The second takes its place.
  let pushed = null; // the last entry, until the reader does something
  const push = history.pushState;
  history.pushState = function (state, title, url) {
    const to = new URL(url ?? "", location.href);
    const half = pushed?.href === location.href && (to.search === pushed.search || to.pathname === pushed.pathname);
    pushed = to;
    (half ? history.replaceState : push).call(history, state, title, url);
  };
  for (const moved of ["popstate", "click", "keydown"]) window.addEventListener(moved, () => (pushed = null), true);

  // --- what comes into the page: fields, and word of what was saved
  const SAVED = "[data-saved-drafts]";

  function forget(keys) {
    const starts = keys.map((key) => `iibun:st-key-${key}`);
    for (const name of Object.keys(sessionStorage))
      if (starts.some((start) => name.startsWith(start))) sessionStorage.removeItem(name);
  }

  function come(root) {
    for (const node of [root, ...root.querySelectorAll(`${FIELDS}, ${SAVED}`)])
      if (node.matches(SAVED)) forget(node.dataset.savedDrafts.split(" ").filter(Boolean));
      else if (node.matches(FIELDS)) {
        if (fields.size === 0) requestAnimationFrame(settle);
        fields.set(node, 0);
      }
  }

  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) come(node);
  }).observe(document.body, { subtree: true, childList: true });
  come(document.body);

  /** Whether the page is on its way to where it was read to. */
  return { returning: () => wanted !== null };
})();
