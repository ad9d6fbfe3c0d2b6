// A card stands beside its sentence: the list of cards is scrolled with the text. Where there is no room beside the text,
// the cards are a sheet at the bottom of the window, one at a time.

const HEADER = 56; // pixels of the window that Streamlit's header covers
const ABOVE = 8; // pixels by which a card begins above its sentence, so that their first lines are level

export class Beside {
  /** @param view the reading view: its text with the places of claims, and its cards in a column of their own. */
  constructor(view) {
    this.view = view;
    this.padding = this.under = 0; // room above and below the cards, so that each can come to its sentence
    this.leading = false; // the cards go with the text wherever the mouse is
    this.coming = false; // the text is on its way to a card that was clicked
    this.listen = (event) => this.scrolled(event);
    for (const name of ["scroll", "scrollend"]) document.addEventListener(name, this.listen, { capture: true, passive: true });
    for (const name of ["wheel", "touchmove", "pointerdown"])
      view.cards.addEventListener(name, () => (this.leading = false), { passive: true });
  }

  close() {
    for (const name of ["scroll", "scrollend"]) document.removeEventListener(name, this.listen, true);
  }

  /** Whether the cards are a sheet. */
  sheet() {
    return getComputedStyle(this.view.side).getPropertyValue("--sheet").trim() === "1";
  }

  /** Bring a claim into sight: its "card" to the text, the "text" to its card, or "both" to a good place. */
  bring(id, which) {
    const [piece, card] = [this.view.places.get(id), this.view.cardOf(id)];
    if (!piece) return;
    this.coming = which === "text" && Boolean(card) && !this.sheet();
    this.leading = !this.coming;
    if (this.coming) this.coming = this.scrollText(piece, top(card) + ABOVE);
    else if (which !== "card") this.scrollText(piece);
    this.align(smooth());
  }

  /**
   * Scroll the page until a piece of the text is at a height of the window; by default only if it is not well in sight.
   * Returns whether the page moves.
   */
  scrollText(piece, wanted = null) {
    const at = top(piece);
    const [high, low, to] = (this.sheet() ? [0.1, 0.34, 0.16] : [0.14, 0.6, 0.32]).map((share) => share * innerHeight);
    if (wanted === null && high <= at && at <= low) return false;
    const page = document.querySelector('[data-testid="stMain"]') ?? document.scrollingElement;
    const goal = Math.min(Math.max(0, page.scrollTop + at - (wanted ?? to)), page.scrollHeight - page.clientHeight);
    const moves = Math.abs(goal - page.scrollTop) >= 1;
    page.scrollTo({ top: goal, behavior: smooth() });
    return moves;
  }

  scrolled(event) {
    const host = this.view.parent.host ?? this.view.parent;
    if (event.target === host || !event.target.contains?.(host)) return;
    const ended = event.type === "scrollend" && this.coming;
    if (ended) this.coming = false;
    if (ended || this.leading || !this.view.cards.matches(":hover")) this.align();
  }

  /** The card of the chosen claim, or of the first one in sight, moves to its sentence. */
  align(behavior = "auto") {
    const { view } = this;
    if (this.sheet() || view.panel.open || this.coming) return;
    const { cards, places } = view;
    const box = cards.getBoundingClientRect();
    const seen = (piece) => piece && top(piece) >= HEADER && top(piece) < innerHeight - 40;
    const id = seen(places.get(view.selected)) ? view.selected : [...places].find(([, piece]) => seen(piece))?.[0];
    const card = id && view.cardOf(id);
    if (!card) return;
    const most = parseFloat(getComputedStyle(view.side).maxHeight) - cards.offsetTop; // the list is at most so high
    const room = Math.min(innerHeight - 24 - box.top, most) - card.offsetHeight;
    const beside = Math.max(0, Math.min(top(places.get(id)) - ABOVE - box.top, room));
    const natural = card.getBoundingClientRect().top - box.top + cards.scrollTop - this.padding;
    const whole = cards.scrollHeight - this.padding - this.under;
    const to = natural - beside;
    const was = this.padding;
    this.padding = Math.max(0, -to);
    this.under = to > 0 ? Math.max(0, to + most - whole) : 0;
    cards.style.setProperty("--above", `${this.padding}px`);
    cards.style.setProperty("--under", `${this.under}px`);
    cards.scrollTo({ top: Math.max(0, to), behavior: was || this.padding ? "auto" : behavior });
  }
}

/** Where the first line of an element is in the window. */
const top = (element) => (element.getClientRects()[0] ?? element.getBoundingClientRect()).top;

const smooth = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
