// The query editor: CodeMirror 6 with SPARQL, completion of our own terms and entities, the error at its line.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import css from "./editor.css";
import { forget, h, instance, isDark, onTheme, styled, visible } from "./shared.js";

const KEYWORDS =
  "SELECT CONSTRUCT ASK DESCRIBE WHERE DISTINCT OPTIONAL FILTER UNION MINUS BIND VALUES GRAPH ORDER GROUP HAVING LIMIT OFFSET COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT CONTAINS REGEX STRSTARTS LANG STR BOUND COALESCE EXISTS YEAR MONTH DAY NOW DESC ASC PREFIX".split(" ");

export default function editor(component) {
  const { data, parentElement, setTriggerValue, setStateValue } = component;
  styled(parentElement, css);
  const view = instance(parentElement, () => new Editor(parentElement, data));
  view.send = setTriggerValue;
  view.keep = setStateValue;
  view.update(data);
  return () => {
    view.close();
    forget(parentElement);
  };
}

const highlight = HighlightStyle.define([
  { tag: tags.keyword, class: "t-keyword" },
  { tag: [tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], class: "t-keyword" },
  { tag: [tags.variableName, tags.local(tags.variableName)], class: "t-variable" },
  { tag: [tags.string, tags.special(tags.string)], class: "t-string" },
  { tag: [tags.number, tags.bool], class: "t-number" },
  { tag: [tags.comment, tags.lineComment], class: "t-comment" },
  { tag: [tags.url, tags.link], class: "t-iri" },
  { tag: [tags.namespace, tags.typeName, tags.className, tags.propertyName], class: "t-name" },
]);

const DRAFT = "iibun:query";

function draftOf(basis) {
  const kept = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
  return kept?.basis === basis ? kept.text : null;
}

class Editor {
  constructor(parent, data) {
    this.parent = parent;
    this.data = data;
    this.place = h("div", { class: "place" });
    this.message = h("div", { class: "message", role: "status", hidden: true });
    this.button = h("button", { type: "button", class: "run", onclick: () => this.run() });
    this.hint = h("span", { class: "hint" });
    this.root = h("div", { class: "root" }, this.place, this.message, h("div", { class: "foot" }, this.button, this.hint));
    parent.append(this.root);
    const runKey = Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (this.run(), true) }]));
    this.view = new EditorView({
      parent: this.place,
      root: parent instanceof ShadowRoot ? parent : document,
      state: EditorState.create({
        doc: "",
        extensions: [
          runKey,
          EditorView.updateListener.of((update) => update.docChanged && !this.setting && this.keepDraft()),
          lineNumbers(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          closeBrackets(),
          indentUnit.of("  "),
          sparql(),
          syntaxHighlighting(highlight),
          autocompletion({ override: [(context) => this.complete(context)], icons: false }),
          lintGutter(),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": data.labels.editor, spellcheck: "false", autocapitalize: "off" }),
        ],
      }),
    });
    this.basis = null; // the query that the text began as; "" for the page's own
    this.stopTheme = onTheme(parent, () => this.theme());
    this.theme();
  }

  close() {
    this.stopTheme();
    this.view.destroy();
    this.root.remove();
  }

  theme() {
    this.root.dataset.theme = isDark(this.parent) ? "dark" : "light";
  }

  update(data) {
    this.data = data;
    this.button.textContent = data.labels.run;
    this.hint.textContent = data.labels.hint;
    this.place.style.setProperty("--height", `${data.height ?? 300}px`);
    const basis = data.asked ? data.value : "";
    if (basis !== this.basis) this.set(draftOf(basis) ?? data.value);
    else if (data.value !== this.given && this.text() === this.given) this.set(data.value); // in another language
    this.basis = basis;
    this.given = data.value;
    const error = data.error;
    this.message.hidden = !error;
    this.message.textContent = error ? visible(error.message) : "";
    const doc = this.view.state.doc;
    const found = [];
    if (error?.line && error.line <= doc.lines) {
      const line = doc.line(error.line);
      const from = Math.min(line.to, line.from + Math.max(0, (error.column ?? 1) - 1));
      found.push({ from: from === line.to ? line.from : from, to: line.to, severity: "error", message: visible(error.message) });
    }
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  text() {
    return this.view.state.doc.toString();
  }

  set(text) {
    this.setting = true;
    if (text !== this.text()) this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
    this.setting = false;
  }

  /** Text that has not been run is kept for this tab, with the query that it began as. */
  keepDraft() {
    try {
      sessionStorage.setItem(DRAFT, JSON.stringify({ basis: this.basis, text: this.text() }));
    } catch {
      // the browser's store is full or closed: the text is kept as long as the page is
    }
  }

  run() {
    this.basis = this.given = this.text();
    sessionStorage.removeItem(DRAFT);
    this.send("run", { text: this.text(), at: Date.now() });
  }

  complete(context) {
    const word = context.matchBefore(/[\p{L}\p{N}_:.?$<\-ー・]+/u);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    const typed = (word?.text ?? "").toLowerCase();
    if (typed.startsWith("?") || typed.startsWith("$")) {
      const names = new Set(this.text().match(/[?$][\p{L}\p{N}_]+/gu) ?? []);
      names.delete(word.text);
      return { from, options: [...names].map((label) => ({ label, type: "variable" })) };
    }
    const options = [];
    for (const term of this.data.terms ?? [])
      if (term.label.toLowerCase().includes(typed)) options.push({ label: term.label, detail: term.detail, type: "property", boost: 2 });
    if (typed)
      for (const entity of this.data.entities ?? [])
        if (entity.label.toLowerCase().includes(typed))
          options.push({ label: entity.label, detail: entity.detail, apply: `<${entity.iri}>`, type: "constant", boost: 1 });
    for (const label of KEYWORDS) if (label.toLowerCase().startsWith(typed)) options.push({ label, type: "keyword" });
    return { from, options: options.slice(0, 80), filter: false };
  }
}
