// Review as a flow: what nobody has decided on yet comes next; the last decisions are taken back in order, whatever
// article they were made in.
import { fill, h } from "./shared.js";

const KEPT = 10;
const decided = []; // {article, id, kind}: this tab's last decisions, the latest last; articles come and go, this stays

export class Flow {
  constructor(view) {
    this.view = view;
    this.bar = h("div", { class: "flow", role: "group" });
    this.status = h("span", { class: "left", role: "status" });
    const button = (name, act) => h("button", { type: "button", class: `go ${name}`, onclick: act });
    this.buttons = {
      previous: button("previous", () => view.step(-1)),
      following: button("following", () => view.step(1)),
      back: button("back", () => this.undo()),
      next: button("next", () => this.next()),
    };
    this.bar.append(this.status, ...Object.values(this.buttons));
  }

  /** Whether nobody has decided on a claim, not even this reader a moment ago. */
  open(claim) {
    const last = this.view.waiting.findLast((decision) => decision.id === claim.id);
    return last ? last.kind === "undo" : claim.review === "unreviewed";
  }

  /** The next claim of the text on which nobody has decided, from a claim on and then from the beginning. */
  after(id) {
    const claims = this.view.data.claims;
    const at = claims.findIndex((claim) => claim.id === id);
    return [...claims.slice(at + 1), ...claims.slice(0, at + 1)].find((claim) => claim.id !== id && this.open(claim))?.id ?? null;
  }

  /** After a decision: what comes next is chosen; at the end the claim stays. */
  advance(id) {
    this.view.select(this.after(id) ?? id, "both");
  }

  /** To the next claim that waits, here or in the next article. */
  next() {
    const { view } = this;
    const id = this.after(view.selected);
    if (id) return view.select(id, "both");
    if (this.leaving() || !view.data.editable) return;
    view.decide({ kind: "onward" });
    this.render();
  }

  leaving() {
    return this.view.waiting.some((decision) => decision.kind === "onward");
  }

  /** Remember a decision, to take it back. */
  keep(id, kind) {
    decided.push({ article: this.view.data.article, id, kind });
    if (decided.length > KEPT) decided.shift();
  }

  /** Whether this is what the reader has decided already, and what is shown. */
  made(claim, kind) {
    const last = decided.findLast((one) => one.id === claim.id);
    return last?.kind === kind && claim.review === { accept: "accepted", reject: "rejected" }[kind];
  }

  /** What was decided on a claim was taken back on its own. */
  forget(id) {
    const at = decided.findLastIndex((one) => one.id === id);
    if (at >= 0) decided.splice(at, 1);
  }

  /** Take back the last decision; the claim is chosen again. One of another article leads there. */
  undo() {
    const { view } = this;
    if (this.leaving()) return;
    const last = decided.pop();
    const claim = view.data.claims.find((one) => one.id === (last ? last.id : view.selected));
    if (last) {
      if (claim) view.select(claim.id, "both");
      view.decide({ kind: "undo", id: last.id, seen: claim?.last ?? "", own: true, article: last.article });
    } else if (claim && !this.open(claim)) view.act("undo", claim.id);
    else return (this.status.textContent = view.labels.nothingToUndo);
    this.render();
  }

  render() {
    const { data, labels } = this.view;
    const left = data.claims.filter((claim) => this.open(claim)).length;
    const others = data.elsewhere;
    const number = (template, n) => template.replace("{n}", n.toLocaleString("en"));
    const words = [left ? number(labels.left, left) : data.claims.length ? labels.allDecided : ""];
    if (others) words.push(number(labels.elsewhere, others));
    const status = words.filter(Boolean).join("　");
    if (this.status.textContent !== status) this.status.textContent = status;
    this.bar.setAttribute("aria-label", labels.flow);
    const { previous, following, back, next } = this.buttons;
    const key = (text, name) => [text, h("kbd", { "aria-hidden": "true" }, name)];
    fill(previous, "‹");
    previous.setAttribute("aria-label", labels.previousClaim);
    fill(following, "›");
    following.setAttribute("aria-label", labels.nextClaim);
    fill(back, key(labels.undoLast, "U"));
    back.disabled = !decided.length;
    const here = this.after(this.view.selected);
    fill(next, key(here ? labels.nextOpen : labels.nextArticle, "N"));
    next.disabled = (!here && others === 0) || this.leaving();
    next.classList.toggle("main", !left && others !== 0);
  }
}
