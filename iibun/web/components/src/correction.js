// The panel beside the text in which a claim is corrected or added. What is typed belongs to the browser: it is kept in
// this tab until it is saved, and no answer of the server touches it.
import { fill, h, visible } from "./shared.js";
import { Stretch } from "./stretch.js";

const NAMES = ["sources", "about"];

export class Correction {
  /** @param view the reading view: its data, labels, text, and `decide`. */
  constructor(view) {
    this.view = view;
    this.root = h("section", { class: "panel", tabindex: "-1", hidden: true });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.banner = h("div", { class: "picking", role: "status", hidden: true });
    this.stretch = new Stretch(view.paper, () => ({ pieces: view.pieces, points: view.points }));
    this.picking = null; // the field whose names are clicked in the text
    this.fields = {}; // of names: what shows them, and what takes one that was typed
  }

  get open() {
    return !this.root.hidden;
  }

  edit(id) {
    const claim = this.view.data.claims.find((c) => c.id === id);
    const span = this.view.spans.find((s) => s.kind === "claim" && s.id === id);
    if (!claim || !span) return;
    this.begin(id, claim.last, `${id}`, {
      start: span.start, end: span.end, title: claim.title, sources: claim.sources.map(named), sourceText: claim.sourceText ?? "",
      about: claim.about.map(named), modality: claim.modality, negated: claim.negated, prediction: claim.prediction,
      dueStart: claim.dueStart ?? "", dueEnd: claim.dueEnd ?? "", reason: "",
    });
  }

  add(start, end) {
    this.begin(null, "", `${this.view.data.article}-${start}-${end}`, {
      start, end, title: this.words(start, end), sources: [], sourceText: "", about: [], modality: "asserted", negated: false,
      prediction: false, dueStart: "", dueEnd: "", reason: "",
    });
  }

  begin(claim, seen, name, base) {
    if (this.open) this.close();
    const draft = kept.get(name);
    Object.assign(this, { claim, seen, name, base, values: { ...base, ...draft }, sent: 0, types: {}, answer: null });
    this.root.hidden = false;
    this.view.root.classList.add("editing");
    this.view.keep("form", { open: true });
    this.render();
    this.stretch.show(this.values.start, this.values.end, this.view.labels.form.ends, (start, end) => this.moved(start, end));
    this.root.focus({ preventScroll: true });
  }

  /** What was typed stays kept; the same form brings it back. */
  close() {
    if (!this.open) return;
    this.pick(null);
    this.stretch.close();
    this.root.hidden = true;
    this.root.replaceChildren();
    this.view.root.classList.remove("editing");
    this.view.keep("form", { open: false });
    this.view.text.focus({ preventScroll: true });
    this.view.show(this.view.selected, "card");
  }

  words(start, end) {
    return this.view.points.slice(start, end).join("").replace(/\s+/g, " ").trim();
  }

  /** A value the reader has set. Only what differs from what was there is kept. */
  set(field, value) {
    this.values[field] = value;
    const changed = Object.keys(this.base).filter((f) => JSON.stringify(this.values[f]) !== JSON.stringify(this.base[f]));
    kept.set(this.name, changed.length ? Object.fromEntries(changed.map((f) => [f, this.values[f]])) : null);
    if (this.restore) this.restore.hidden = !changed.length;
  }

  moved(start, end) {
    const before = this.words(this.values.start, this.values.end);
    const { title } = this.values;
    this.set("start", start);
    this.set("end", end);
    const words = this.words(start, end);
    this.quote.textContent = visible(words);
    if (title !== before) return;
    this.set("title", words); // a title that only repeats the words goes with them
    this.title.value = words;
  }

  /** Words that were selected in the text become those of the claim. */
  range(start, end) {
    Object.assign(this.stretch, { start, end });
    this.stretch.draw();
    this.moved(start, end);
  }

  // --- the form -------------------------------------------------------------------------------------------------

  render() {
    const L = this.view.labels.form;
    const heading = this.claim ? L.editTitle : L.addTitle;
    this.root.setAttribute("aria-label", heading);
    this.quote = h("q", { class: "quote" }, visible(this.words(this.values.start, this.values.end)));
    this.title = this.input("title");
    this.restore = h("button", { type: "button", class: "restore", hidden: !kept.get(this.name), onclick: () => this.reset() }, L.restore);
    this.message = h("div", { class: "message" });
    this.kinds = h("div", { class: "kinds" });
    this.save = h("button", { type: "submit", class: "save" }, L.save);
    const field = (text, control) => h("label", { class: "field" }, h("span", {}, text), control);
    const tick = (name, text) => h("label", { class: "tick" }, this.input(name, "checkbox"), text);
    const modality = h("select", { onchange: (event) => this.set("modality", event.target.value) });
    modality.append(...Object.entries(this.view.labels.modality).map(([code, text]) => h("option", { value: code }, text)));
    modality.value = this.values.modality;
    this.root.replaceChildren(
      h(
        "form",
        { novalidate: true, autocomplete: "off", onsubmit: (event) => { event.preventDefault(); this.send(); } },
        h("div", { class: "top" }, h("h2", {}, heading), h("button", { type: "button", class: "close", "aria-label": L.close, onclick: () => this.close() }, "×")),
        h("div", { class: "field" }, h("span", {}, L.content), this.quote, h("small", {}, L.contentHelp)),
        this.namesField("sources"),
        field(L.title, this.title),
        field(L.sourceText, this.input("sourceText")),
        field(L.modality, modality),
        h("div", { class: "ticks" }, tick("negated", L.negated), tick("prediction", L.prediction)),
        h("div", { class: "days" }, field(L.dueStart, this.input("dueStart", "date")), field(L.dueEnd, this.input("dueEnd", "date"))),
        this.namesField("about"),
        field(L.reason, this.input("reason")),
        this.message,
        this.kinds,
        h("div", { class: "ends" }, this.save, this.restore),
        (this.list = h("datalist", { id: "known-names" })),
      ),
    );
    this.offer();
    this.tell();
  }

  input(name, type = "text") {
    const input = h("input", { type, "data-field": name });
    if (type === "checkbox") input.checked = this.values[name];
    else input.value = this.values[name];
    if (type === "date") [input.min, input.max] = ["0001-01-01", "9999-12-31"];
    const value = () => (type === "checkbox" ? input.checked : input.value);
    input.addEventListener("input", () => this.set(name, value()));
    return input;
  }

  namesField(kind) {
    const L = this.view.labels.form;
    const chips = h("span", { class: "chips" });
    const input = h("input", { type: "text", list: "known-names", placeholder: L.typeName, "aria-label": L[kind], "data-field": kind });
    const take = () => {
      if (input.value.trim()) this.put(kind, this.known(input.value.trim()));
      input.value = "";
    };
    input.addEventListener("change", take);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey) return;
      event.preventDefault();
      take();
    });
    const pick = h("button", { type: "button", class: "pick", "aria-pressed": "false", onclick: () => this.pick(this.picking === kind ? null : kind) }, L.pick);
    this.fields[kind] = { chips, pick, take };
    this.showChips(kind);
    return h("div", { class: "field names", role: "group", "aria-label": L[kind] }, h("span", {}, L[kind]), chips, h("div", { class: "how" }, pick, input));
  }

  /** A typed name: one that we know, or the words. */
  known(words) {
    const iri = (this.view.data.names ?? []).find(([word]) => word === words)?.[1];
    return iri ? { iri, label: words } : { label: words };
  }

  put(kind, name) {
    if (!this.values[kind].some((one) => same(one, name))) this.set(kind, [...this.values[kind], name]);
    this.showChips(kind);
  }

  showChips(kind) {
    const L = this.view.labels.form;
    const without = (name) => {
      this.set(kind, this.values[kind].filter((one) => !same(one, name)));
      this.showChips(kind);
      this.fields[kind].pick.focus();
    };
    fill(
      this.fields[kind].chips,
      this.values[kind].map((name) =>
        h("span", { class: "name" }, visible(name.label), h("button", { type: "button", "aria-label": L.remove.replace("{name}", visible(name.label)), onclick: () => without(name) }, "×")),
      ),
    );
  }

  /** The names that the server knows, for the fields to complete. */
  offer() {
    const names = this.view.data.names ?? [];
    if (!this.open || this.list.children.length === names.length) return;
    this.list.replaceChildren(...names.map(([word]) => h("option", { value: word })));
  }

  reset() {
    kept.set(this.name, null);
    this.values = { ...this.base };
    this.render();
    this.stretch.show(this.values.start, this.values.end, this.view.labels.form.ends, (start, end) => this.moved(start, end));
  }

  // --- names that are clicked in the text -------------------------------------------------------------------------

  /** Begin to choose names for a field in the text, or end it (null). */
  pick(kind) {
    const L = this.view.labels.form;
    this.picking = kind;
    for (const name of NAMES) this.fields[name]?.pick.setAttribute("aria-pressed", kind === name ? "true" : "false");
    this.view.root.classList.toggle("choosing", Boolean(kind));
    this.banner.hidden = !kind;
    this.banner.textContent = kind ? L.picking.replace("{field}", L[kind]) : "";
    this.view.closeNote();
    this.view.paint();
    if (kind) this.view.paper.prepend(this.banner);
    else this.banner.remove();
  }

  /** A click in the text while names are chosen. */
  picked(mention) {
    const L = this.view.labels.form;
    if (!mention?.ref) {
      this.banner.textContent = L.noName;
      return;
    }
    const name = { iri: mention.ref, label: mention.label };
    this.put(this.picking, name);
    this.banner.textContent = L.pickedName.replace("{name}", visible(name.label)).replace("{field}", L[this.picking]);
  }

  // --- saving -----------------------------------------------------------------------------------------------------

  send() {
    for (const kind of NAMES) this.fields[kind].take();
    const { start, end, reason, ...values } = this.values;
    const differs = (field) => !this.claim || JSON.stringify(this.values[field]) !== JSON.stringify(this.base[field]);
    const form = Object.fromEntries(Object.entries(values).filter(([field]) => differs(field)));
    for (const kind of NAMES) if (form[kind]) form[kind] = form[kind].map((one) => one.iri ?? one.label);
    if (differs("start") || differs("end")) Object.assign(form, { start, end });
    Object.assign(form, { reason, types: this.types });
    this.busy(true);
    this.sent = this.view.decide({ kind: this.claim ? "edit" : "add", id: this.claim, seen: this.seen, form });
  }

  busy(now) {
    this.save.disabled = now;
    this.root.setAttribute("aria-busy", now);
  }

  /** The server's answer to what was saved last; others are of no concern. Returns the claim that was recorded. */
  hear(answer) {
    if (!this.open || !this.sent || answer?.n !== this.sent) return null;
    this.sent = 0;
    this.busy(false);
    if (answer.saved) {
      kept.set(this.name, null);
      this.close();
      return answer.saved;
    }
    this.answer = answer;
    if (answer.last) this.seen = answer.last;
    this.tell();
    return null;
  }

  tell() {
    const L = this.view.labels.form;
    const { error, overtaken, fresh = [] } = this.answer ?? {};
    fill(this.message, error ? h("div", { class: "error", role: "alert" }, visible(error)) : null);
    if (overtaken)
      fill(
        this.message,
        h("div", { class: "error", role: "alert" }, L.overtaken, h("br"), L.overtakenSave, h("ul", {}, overtaken.map((words) => h("li", {}, visible(words))))),
      );
    this.save.textContent = overtaken ? L.saveAnyway : L.save;
    fill(this.kinds, fresh.map((one) => this.kindOf(one)));
    if (this.answer) (this.kinds.lastElementChild ?? this.message).scrollIntoView?.({ block: "nearest" });
  }

  kindOf({ name, words, guess }) {
    this.types[name] ??= guess;
    const select = h("select", { onchange: (event) => (this.types[name] = event.target.value) });
    select.append(...Object.entries(this.view.labels.form.types).map(([code, text]) => h("option", { value: code }, text)));
    select.value = this.types[name];
    return h("label", { class: "field" }, h("span", { role: "alert" }, visible(words)), select);
  }

  key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (this.picking) this.pick(null);
      else this.close();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
    }
  }
}

const named = (one) => ({ iri: one.iri, label: one.label });
const same = (a, b) => (a.iri || b.iri ? a.iri === b.iri : a.label === b.label);

/** What was typed and not saved, by the name of the form; for this tab alone. */
const kept = {
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(`iibun:correction:${name}`)) ?? null;
    } catch {
      return null;
    }
  },
  set(name, values) {
    try {
      if (values) sessionStorage.setItem(`iibun:correction:${name}`, JSON.stringify(values));
      else sessionStorage.removeItem(`iibun:correction:${name}`);
    } catch {
      // the browser's store is full or closed: the form holds it as long as it is open
    }
  },
};
