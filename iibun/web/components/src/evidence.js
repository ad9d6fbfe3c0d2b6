// The reading view: a text with nested highlights beside its claim cards. Click either side to find the other.
// Offsets are code points, as in Python: the text is cut with Array.from.
//
// What is chosen belongs to the browser, the server follows: each choice and each decision bears a number, ever higher.
// The server says which numbers it has heard (`heard` of choices, `done` of decisions); what it shows counts only if
// the reader has chosen nothing since. A decision names its claim and what was decided on it as the reader saw it.
// What comes next and what is taken back is in flow.js, the form in correction.js, where the cards stand in beside.js.
//
// Streamlit now and then clears the page's block and builds it again, when a run begins before the last one's messages are
// sent. So a view outlives its place: it waits for a new one, hears keys meanwhile, and tells the server again what that
// has not heard. `visit` says whether a new place belongs to the same visit of the page.
import { Beside } from "./beside.js";
import { Correction } from "./correction.js";
import css from "./evidence.css";
import { Flow } from "./flow.js";
import { forget, h, instance, isDark, onTheme, pageLink, styled, visible } from "./shared.js";
import { swiping } from "./swipe.js";

const ABOUT = 6; // names of what a claim is about that its card shows
const LAYERS = ["claim", "mention", "figure", "date"];
const PATIENCE = 5000; // milliseconds that a view waits for a new place

let waiting = null; // the view that waits
let shown = null; // the view that took a place last

export default function evidence(component) {
  const { data, parentElement, setTriggerValue, setStateValue } = component;
  styled(parentElement, css);
  const view = instance(parentElement, () => viewOf(data).enter(parentElement));
  view.send = setTriggerValue;
  view.keep = setStateValue;
  view.update(data);
  return () => {
    view.leave();
    forget(parentElement);
  };
}

/** The view that waits for a place, if it is the one of these data; else a new one. */
function viewOf(data) {
  if (waiting?.belongs(data)) return waiting;
  waiting?.close();
  return new Evidence();
}

class Evidence {
  constructor() {
    this.shown = new Set(["claim", "mention"]);
    this.selected = null;
    this.number = 0; // of the last choice or decision
    this.chosen = 0; // of the last choice
    this.waiting = []; // decisions that the server has not confirmed
    this.text = h("div", { class: "text", tabindex: "0" });
    this.cards = h("div", { class: "cards", role: "list" });
    this.bar = h("div", { class: "bar" });
    this.adder = h("button", { class: "adder", hidden: true, type: "button" });
    this.paper = h("div", { class: "paper" }, this.text, this.adder);
    this.flow = new Flow(this);
    this.panel = new Correction(this);
    this.side = h("div", { class: "side" }, this.flow.bar, this.cards, this.panel.root);
    this.root = h("div", { class: "root" }, this.bar, h("div", { class: "columns" }, this.paper, this.side));
    this.onkey = (event) => this.key(event);
    window.addEventListener("keydown", this.onkey, true); // before Streamlit, whose R runs the page again
    this.beside = new Beside(this);
    this.swipe = swiping(this.cards, () => this.beside.sheet() && this.data.editable, (kind, id) => this.act(kind, id));
    this.swipe.ended = () => this.stale && this.renderCards();
    this.here = here();
    this.onback = () => this.fromAddress();
    window.addEventListener("popstate", this.onback);
    this.onselection = () => this.offerAdd();
    document.addEventListener("selectionchange", this.onselection);
    this.text.addEventListener("click", (event) => this.clickText(event));
    this.text.addEventListener("mouseover", (event) => this.hover(event));
    this.text.addEventListener("mouseleave", () => this.mark("hover", null));
    this.adder.addEventListener("mousedown", (event) => event.preventDefault());
    this.adder.addEventListener("click", () => this.add());
  }

  /** Whether what the server sends is for this view: the same visit of the same page. */
  belongs(data) {
    return Boolean(data.visit) && data.visit === this.data.visit;
  }

  enter(parent) {
    clearTimeout(this.patience);
    if (waiting === this) waiting = null;
    shown = this;
    this.entered = Boolean(this.data);
    this.parent = parent;
    parent.append(this.root);
    this.stopTheme = onTheme(parent, () => this.theme());
    this.theme();
    return this;
  }

  leave() {
    this.stopTheme();
    waiting?.close();
    if (shown !== this) return this.close(); // another view is there already, and each key is for one alone
    waiting = this;
    this.patience = setTimeout(() => this.close(), PATIENCE);
  }

  /** What the server may not have heard since the view lost its place. */
  repeat() {
    if (this.chosen > this.data.heard) this.keep("selected", { id: this.selected, n: this.chosen });
    if (this.waiting.length) this.keep("decisions", this.waiting);
    if (this.panel.open) this.keep("form", { open: true });
    if (this.selected) this.beside.bring(this.selected, "both");
  }

  close() {
    clearTimeout(this.patience);
    if (waiting === this) waiting = null;
    window.removeEventListener("keydown", this.onkey, true);
    this.beside.close();
    window.removeEventListener("popstate", this.onback);
    document.removeEventListener("selectionchange", this.onselection);
    this.panel.stretch.close();
    this.root.remove();
  }

  theme() {
    this.root.dataset.theme = isDark(this.parent) ? "dark" : "light";
  }

  update(data) {
    const textBefore = this.data && JSON.stringify([this.data.text, this.data.spans]);
    const cardsBefore = this.data && JSON.stringify([this.data.claims, this.data.counts, this.data.labels, this.data.editable]);
    const labelsBefore = this.data && JSON.stringify(this.data.labels);
    this.data = data;
    this.labels = data.labels;
    this.root.lang = "ja";
    if (JSON.stringify([data.text, data.spans]) !== textBefore) this.renderText();
    if (JSON.stringify([data.claims, data.counts, data.labels, data.editable]) !== cardsBefore) {
      this.renderBar();
      this.renderCards();
    }
    if (JSON.stringify(data.labels) !== labelsBefore && this.panel.open) this.panel.render();
    this.panel.offer();
    this.waiting = this.waiting.filter((decision) => decision.n > data.done);
    this.number = Math.max(this.number, data.heard, data.done);
    const wanted = data.selected ?? null;
    if (data.heard >= this.chosen && wanted !== this.selected) {
      // a page that returns to where it was read to is not moved to the claim
      this.show(wanted, !wanted ? "none" : window.iibunDrafts?.returning() ? "card" : "both");
    }
    this.toAddress();
    this.mark("selected", this.selected);
    this.markWaiting();
    if (this.entered) this.repeat();
    this.entered = false;
    const saved = this.panel.hear(data.answer);
    if (!saved) return;
    this.flow.keep(saved, "edit");
    this.select(saved, "both");
  }

  // --- text -----------------------------------------------------------------------------------------------------

  renderText() {
    const points = (this.points = Array.from(this.data.text));
    const spans = this.data.spans.filter((s) => 0 <= s.start && s.start < s.end && s.end <= points.length);
    this.spans = spans;
    const cuts = new Set([0, points.length]);
    for (const span of spans) cuts.add(span.start).add(span.end);
    points.forEach((c, i) => c === "\n" && cuts.add(i).add(i + 1));
    const edges = [...cuts].sort((a, b) => a - b);
    const starting = Map.groupBy ? Map.groupBy(spans, (s) => s.start) : groupBy(spans, (s) => s.start);
    let active = [];
    const paragraphs = [];
    let paragraph = h("p");
    const focusable = new Set();
    this.pieces = [];
    for (let i = 0; i + 1 < edges.length; i++) {
      const [start, end] = [edges[i], edges[i + 1]];
      active = active.filter((s) => s.end > start).concat(starting.get(start) ?? []);
      if (points[start] === "\n" && end === start + 1) {
        paragraph.append(h("span", { class: "newline", dataset: { s: start } }, "\n"));
        paragraphs.push(paragraph);
        paragraph = h("p");
        continue;
      }
      const piece = h("span", { dataset: { s: start } }, visible(points.slice(start, end).join("")));
      piece.spans = [...active];
      this.pieces.push(piece);
      if (active.some((s) => s.kind === "furniture")) piece.classList.add("furniture");
      for (const span of active) {
        if (span.kind !== "claim" || focusable.has(span.id)) continue;
        focusable.add(span.id);
        piece.tabIndex = 0;
        piece.setAttribute("role", "button");
        piece.setAttribute("aria-label", `${this.labels.claim}: ${visible(span.label ?? "")}`);
        piece.dataset.claim = span.id;
        piece.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          event.stopPropagation();
          if (!this.panel.open) this.select(span.id, "card");
        });
      }
      paragraph.append(piece);
    }
    paragraphs.push(paragraph);
    for (const p of paragraphs) if (!p.textContent.trim()) p.classList.add("blank");
    this.text.replaceChildren(...paragraphs);
    this.places = new Map(); // claim → the piece of the text with which it begins
    for (const piece of this.pieces)
      for (const span of piece.spans) if (span.kind === "claim" && !this.places.has(span.id)) this.places.set(span.id, piece);
    this.paint();
    this.panel.stretch.draw();
  }

  // One background layer per claim that covers a piece, so that what is nested shows darker.
  paint() {
    const on = (kind) => this.shown.has(kind) || (kind === "mention" && this.panel.picking);
    for (const piece of this.pieces) {
      const claims = on("claim") ? piece.spans.filter((s) => s.kind === "claim") : [];
      piece.style.backgroundImage = claims
        .map((s) => `linear-gradient(var(--tint-${s.code}), var(--tint-${s.code}))`)
        .join(", ");
      piece.classList.toggle("claim", claims.length > 0);
      piece.classList.toggle("prediction", claims.some((s) => s.prediction));
      piece.classList.toggle("rejected", claims.length > 0 && claims.every((s) => s.rejected));
      const mention = on("mention") && piece.spans.find((s) => s.kind === "mention");
      piece.classList.toggle("mention", Boolean(mention));
      piece.classList.toggle("anaphor", Boolean(mention && mention.anaphor));
      piece.style.setProperty("--type", mention ? `var(--type-${mention.code})` : "");
      piece.classList.toggle("figure", on("figure") && piece.spans.some((s) => s.kind === "figure"));
      piece.classList.toggle("date", on("date") && piece.spans.some((s) => s.kind === "date"));
    }
  }

  innermost(piece, kinds) {
    return narrowest(piece.spans.filter((s) => kinds.includes(s.kind) && this.shown.has(s.kind)));
  }

  clickText(event) {
    if (!getSelectionOf(this.parent).isCollapsed) return;
    const piece = event.target.closest("[data-s]");
    if (!piece?.spans) return;
    if (this.panel.picking) return this.panel.picked(narrowest(piece.spans.filter((s) => s.kind === "mention")));
    const claim = !this.panel.open && this.innermost(piece, ["claim"]);
    const other = this.innermost(piece, ["mention", "figure", "date"]);
    if (claim) this.select(claim.id, "card");
    if (other) this.note(piece, other);
    else this.closeNote();
  }

  hover(event) {
    const piece = event.target.closest("[data-s]");
    const claim = piece?.spans && this.innermost(piece, ["claim"]);
    this.mark("hover", claim ? claim.id : null);
  }

  mark(name, id) {
    for (const piece of this.pieces ?? [])
      piece.classList.toggle(name, Boolean(id) && piece.spans.some((s) => s.kind === "claim" && s.id === id));
    if (name !== "selected") {
      for (const card of this.cards.children) card.classList.toggle(name, card.dataset.id === id);
      return;
    }
    const parts = { cue: "cue", source: "source", due: "due", condition: "condition", quote: "quote" };
    for (const piece of this.pieces ?? [])
      for (const [kind, cls] of Object.entries(parts))
        piece.classList.toggle(cls, Boolean(id) && piece.spans.some((s) => s.kind === kind && s.claim === id));
    for (const card of this.cards.children) {
      const here = card.dataset.id === id;
      card.classList.toggle("selected", here);
      card.setAttribute("aria-current", here ? "true" : "false");
    }
  }

  // What a mention, figure or date is: a small note under it.
  note(piece, span) {
    this.closeNote();
    const box = h(
      "span",
      { class: "note", role: "note" },
      h("span", { class: "kind" }, span.type ?? ""),
      " ",
      pageLink(span.label ?? "", span.target, (x) => this.send("open", x)),
      span.detail ? h("span", { class: "detail" }, visible(span.detail)) : null,
      (span.reasons ?? []).map((r) => h("span", { class: "detail" }, visible(r))),
    );
    const paper = this.text.parentElement;
    const from = piece.getBoundingClientRect();
    const to = paper.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(from.left - to.left, to.width - 300))}px`;
    box.style.top = `${from.bottom - to.top + 6}px`;
    paper.append(box);
    this.noteBox = box;
  }

  closeNote() {
    this.noteBox?.remove();
    this.noteBox = null;
  }

  // --- cards ----------------------------------------------------------------------------------------------------

  renderBar() {
    const count = (kind) => this.spans.filter((s) => s.kind === kind).length;
    const counts = { claim: this.data.claims.length, ...this.data.counts };
    const toggles = LAYERS.map((kind) =>
      h(
        "button",
        {
          type: "button",
          class: `toggle ${kind}`,
          "aria-pressed": this.shown.has(kind) ? "true" : "false",
          onclick: (event) => {
            if (!this.shown.delete(kind)) this.shown.add(kind);
            event.currentTarget.setAttribute("aria-pressed", this.shown.has(kind) ? "true" : "false");
            this.paint();
          },
        },
        `${this.labels[kind]} `,
        h("span", { class: "count" }, String(counts[kind] ?? count(kind))),
      ),
    );
    const used = [...new Set(this.data.claims.map((c) => c.modality))];
    const legend = used.map((m) =>
      h("span", { class: "key" }, h("i", { style: `background:var(--mark-${m})` }), this.labels.modality[m] ?? m),
    );
    const keys = h("details", { class: "keys" }, h("summary", {}, this.labels.keys), h("div", {}, this.labels.keysText));
    this.bar.replaceChildren(
      h("div", { class: "toggles", role: "group", "aria-label": this.labels.layers }, toggles),
      h("div", { class: "legend" }, legend),
      this.data.editable ? keys : "",
    );
  }

  renderCards() {
    const L = this.labels;
    this.stale = this.swipe.moving; // a card under the finger stays until it is let go
    if (this.stale) return;
    const scroll = this.cards.scrollTop;
    const held = deepActive()?.closest?.(".card .act, .card");
    const place = this.cards.contains(held) && { id: held.closest(".card").dataset.id, name: held.classList[1] };
    this.cards.setAttribute("aria-label", L.claims);
    if (!this.data.claims.length) {
      this.cards.replaceChildren(h("div", { class: "empty" }, L.noClaims));
      return;
    }
    this.cards.replaceChildren(...this.data.claims.map((claim) => this.card(claim)));
    this.cards.scrollTop = scroll;
    const card = place ? this.cardOf(place.id) : null; // who goes by Tab is not sent back to the beginning of the page
    (card?.querySelector(`.act.${place.name}`) ?? card)?.focus({ preventScroll: true });
  }

  cardOf(id) {
    return [...this.cards.children].find((c) => c.dataset.id === id);
  }

  card(claim) {
    const L = this.labels;
    const act = (kind) => (event) => {
      event.stopPropagation();
      this.act(kind, claim.id);
    };
    const sources = claim.sources.flatMap((s, i) => [
      i ? "、" : "",
      pageLink(s.label, s.target, (x) => this.send("open", x), { class: "who" }),
    ]);
    const button = (kind, text, key) =>
      h("button", { type: "button", class: `act ${kind}`, onclick: act(kind), title: key ? `${text} (${key})` : text }, text);
    const pressed = claim.review;
    return h(
      "div",
      {
        class: `card ${pressed} ${claim.doubt ? "doubtful" : ""} ${claim.prediction ? "predicts" : ""}`,
        role: "listitem",
        tabindex: "-1",
        dataset: { id: claim.id },
        style: `--mark: var(--mark-${claim.modality})`,
        onclick: (event) => {
          if (event.target.closest("a, button, summary")) return;
          this.select(claim.id, "text");
        },
        onmouseenter: () => this.mark("hover", claim.id),
        onmouseleave: () => this.mark("hover", null),
      },
      h(
        "div",
        { class: "head" },
        sources.length ? h("span", {}, sources) : h("span", { class: "who none" }, visible(claim.sourceText || L.noSource)),
        this.doubt(claim),
        h("span", { class: "chip modality" }, L.modality[claim.modality] ?? claim.modality),
        claim.negated ? h("span", { class: "chip" }, L.negated) : null,
        claim.prediction ? h("span", { class: "chip due" }, visible(claim.due || L.prediction)) : null,
        claim.readers ? h("span", { class: "chip" }, visible(claim.readers)) : null,
        pressed !== "unreviewed" ? h("span", { class: `chip state ${pressed}` }, L.review[pressed] ?? pressed) : null,
      ),
      h("div", { class: "what" }, visible(claim.title || claim.content)),
      claim.disputes?.length ? h("ul", { class: "disputes" }, claim.disputes.map((d) => h("li", {}, visible(d)))) : null,
      claim.figures.length || claim.about.length
        ? h(
            "div",
            { class: "facts" },
            claim.figures.map((f) => h("span", { class: "figure-chip" }, visible(f))),
            claim.about.slice(0, ABOUT).map((a) =>
              pageLink(a.label, a.target, (x) => this.send("open", x), { class: "about" }),
            ),
            claim.about.length > ABOUT ? "…" : null,
          )
        : null,
      claim.criterion ? h("div", { class: "criterion" }, `${L.criterion}: ${visible(claim.criterion)}`) : null,
      h(
        "div",
        { class: "foot" },
        this.data.editable
          ? [
              button("accept", L.accept, "A"),
              button("edit", L.edit, "E"),
              button("reject", L.reject, "X"),
              pressed !== "unreviewed" ? button("undo", L.undo) : null,
            ]
          : null,
        h("span", { class: "space" }),
        claim.target ? pageLink(claim.prediction ? L.openPrediction : L.openClaim, claim.target, (x) => this.send("open", x), { class: "more" }) : null,
        claim.confidence === null
          ? null
          : h(
              "span",
              { class: "confidence", title: `${L.confidence} ${Math.round(claim.confidence * 100)}%` },
              h("span", { class: "meter" }, h("i", { style: `width:${Math.round(claim.confidence * 100)}%` })),
              `${Math.round(claim.confidence * 100)}%`,
            ),
      ),
      claim.reasons.length
        ? h(
            "details",
            { class: "why" },
            h("summary", {}, L.why),
            h("ul", {}, claim.reasons.map((r) => h("li", {}, visible(r)))),
          )
        : null,
    );
  }

  /** The mark of a doubtful source: it opens to who else may have said it, each a button that corrects it. */
  doubt(claim) {
    if (!claim.doubt) return null;
    const L = this.labels;
    const choice = (o) => {
      const words = [h("span", {}, visible(o.words)), h("span", { class: "share" }, o.share)];
      if (!this.data.editable || o.speaker === null) return h("li", {}, words);
      const correct = () => this.act("speaker", claim.id, o.speaker);
      return h("li", {}, h("button", { type: "button", class: "act speaker", onclick: correct }, words));
    };
    return h(
      "details",
      { class: "doubt" },
      h("summary", { "aria-label": L.doubtOpen }, L.doubt),
      h("div", {}, h("strong", {}, claim.doubt.heading), h("ul", {}, claim.doubt.choices.map(choice))),
    );
  }

  // --- selecting, keys, actions -----------------------------------------------------------------------------------

  /** The reader chooses a claim, or none. */
  select(id, scroll = "none") {
    this.show(id, scroll);
    this.chosen = ++this.number;
    if (!this.data.track) return;
    this.keep("selected", { id, n: this.chosen });
    this.toAddress();
  }

  /** The address names the choice at once, and in place: going back leaves the article, however many were chosen. */
  toAddress() {
    const address = new URL(location.href);
    if (!this.data.track || here() !== this.here || (address.searchParams.get("claim") ?? null) === this.selected) return;
    if (this.selected) address.searchParams.set("claim", this.selected);
    else address.searchParams.delete("claim");
    history.replaceState(history.state, "", address);
  }

  fromAddress() {
    const id = new URLSearchParams(location.search).get("claim");
    if (this.data.track && here() === this.here && id !== this.selected && this.data.claims.some((c) => c.id === id)) this.select(id, "both");
  }

  show(id, scroll) {
    this.selected = id;
    this.mark("selected", id);
    this.flow.render();
    if (scroll !== "none" && this.root.isConnected) this.beside.bring(id, scroll);
  }

  step(by) {
    const ids = this.data.claims.map((c) => c.id);
    if (!ids.length) return;
    const at = ids.indexOf(this.selected);
    const beyond = (at === 0 && by < 0 && this.data.beyond?.previous) || (at === ids.length - 1 && by > 0 && this.data.beyond?.next);
    if (beyond) return this.send("open", { page: beyond.page, params: beyond.params, at: Date.now() });
    const next = at < 0 ? (by > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by));
    this.select(ids[next], "both");
  }

  /** A decision on the claim of that name, whatever the server shows by now; then the next claim is chosen. */
  act(kind, id, speaker) {
    const claim = this.data.claims.find((c) => c.id === id);
    if (!claim || this.flow.leaving()) return;
    if (kind === "edit" || kind === "undo") {
      if (id !== this.selected) this.select(id);
      if (kind === "edit") return this.panel.edit(id);
    }
    const before = this.waiting.findLast((decision) => decision.id === id);
    if (before ? before.kind === kind && before.speaker === speaker : this.flow.made(claim, kind)) return; // pressed again
    this.decide({ kind, id, seen: claim.last, ...(speaker === undefined ? {} : { speaker }) });
    if (kind === "undo") this.flow.forget(id);
    else {
      this.flow.keep(id, kind);
      if (kind !== "speaker") this.flow.advance(id);
    }
    this.flow.render();
  }

  /** Tell the server of a decision. All that it has not confirmed are told again. Returns the decision's number. */
  decide(decision) {
    this.waiting.push({ n: ++this.number, ...decision });
    this.keep("decisions", this.waiting);
    this.markWaiting();
    return this.number;
  }

  markWaiting() {
    for (const card of this.cards.children) {
      const busy = this.waiting.some((decision) => decision.id === card.dataset.id);
      card.classList.toggle("waiting", busy);
      card.toggleAttribute("aria-busy", busy);
    }
    this.flow.render();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!this.root.isConnected && here() !== this.here) return; // the reader has left for another page
    const focus = deepActive();
    if (focus && focus.matches("input, textarea, select, [contenteditable=true], [role=combobox], [role=textbox]")) return;
    if (document.querySelector("[role=dialog]")) return;
    const name = event.key.toLowerCase();
    const decisions = { a: "accept", x: "reject", r: "reject", e: "edit" };
    if (this.panel.open) {
      if (name !== "escape") return;
      if (this.panel.picking) this.panel.pick(null);
      else this.panel.close();
      event.stopImmediatePropagation(); // one press leaves one thing
    } else if (name === "j") this.step(1);
    else if (name === "k" || name === "p") this.step(-1);
    else if (name === "n") event.repeat || this.flow.next();
    else if (name === "escape") {
      this.closeNote();
      this.select(null);
    } else if (name === "u" && this.data.editable) event.repeat || this.flow.undo();
    else if (decisions[name] && this.data.editable) {
      if (this.selected && !event.repeat) this.act(decisions[name], this.selected); // one press, one decision
    } else return;
    event.preventDefault();
    if (name === "r") event.stopImmediatePropagation();
  }

  // --- adding what the machine missed -----------------------------------------------------------------------------

  range() {
    const selection = getSelectionOf(this.parent);
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.text.contains(range.startContainer) || !this.text.contains(range.endContainer)) return null;
    const start = offsetAt(range.startContainer, range.startOffset, this.text);
    const end = offsetAt(range.endContainer, range.endOffset, this.text);
    return start !== null && end !== null && start < end ? { start, end, rect: range.getBoundingClientRect() } : null;
  }

  offerAdd() {
    const found = this.data?.editable ? this.range() : null;
    this.adder.hidden = !found;
    if (!found) return;
    this.adder.textContent = this.panel.open ? this.labels.form.take : this.labels.add;
    const to = this.text.parentElement.getBoundingClientRect();
    this.adder.style.left = `${Math.max(4, Math.min(found.rect.left - to.left, to.width - 160))}px`;
    this.adder.style.top = `${found.rect.bottom - to.top + 6}px`;
  }

  add() {
    const found = this.range();
    if (!found) return;
    this.adder.hidden = true;
    getSelectionOf(this.parent).removeAllRanges();
    if (this.panel.open) this.panel.range(found.start, found.end);
    else this.panel.add(found.start, found.end);
  }
}

const narrowest = (spans) => spans.toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];

/** The page that the address names, whatever is chosen on it. */
const here = () => location.pathname + new URLSearchParams(location.search).get("iri");

/** The code point offset in the whole text of a position in the page. */
function offsetAt(node, offset, root) {
  if (node.nodeType === Node.TEXT_NODE) {
    const piece = node.parentElement.closest("[data-s]");
    return piece ? Number(piece.dataset.s) + Array.from(node.data.slice(0, offset)).length : null;
  }
  const next = node.childNodes[offset];
  const after = next ? firstPiece(next) : null;
  if (after) return Number(after.dataset.s);
  const all = (node === root ? root : node).querySelectorAll?.("[data-s]");
  const last = all?.length ? all[all.length - 1] : null;
  return last ? Number(last.dataset.s) + Array.from(last.textContent).length : null;
}

const firstPiece = (node) => (node.dataset?.s !== undefined ? node : node.querySelector?.("[data-s]"));

function getSelectionOf(root) {
  return root.getSelection ? root.getSelection() : document.getSelection();
}

function deepActive() {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const k = key(item);
    if (!groups.has(k)) groups.set(k, []);
    groups.get(k).push(item);
  }
  return groups;
}
