// On a phone, a card that is moved to the right is accepted, to the left rejected.

const LEAST = 0.28; // of the card's width

/**
 * Let the cards in a box be swiped by finger or pen.
 * @param box the element with the cards.
 * @param able whether cards can be swiped now.
 * @param decide called with "accept" or "reject" and the id of the card.
 * @returns whether a card is being moved, and a function to be called when it no longer is.
 */
export function swiping(box, able, decide) {
  const state = { moving: false, ended: () => {} };
  let held = null;

  box.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    if (!card || event.pointerType === "mouse" || !event.isPrimary || !able()) return;
    if (event.target.closest("button, a, summary")) return;
    held = { card, x: event.clientX, y: event.clientY, id: event.pointerId };
  });

  box.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!state.moving) {
      if (Math.abs(dy) > 14 && Math.abs(dy) > Math.abs(dx)) held = null; // the reader scrolls
      if (!held || Math.abs(dx) < 12) return;
      state.moving = true;
      held.card.setPointerCapture(event.pointerId);
    }
    held.card.style.transform = `translateX(${dx}px) rotate(${dx / 60}deg)`;
    held.card.dataset.swipe = far(held.card, dx) ? (dx > 0 ? "accept" : "reject") : "";
  });

  const end = (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { card, x } = held;
    const moved = state.moving;
    held = null;
    state.moving = false;
    card.style.transform = "";
    delete card.dataset.swipe;
    const dx = event.clientX - x;
    if (moved && event.type === "pointerup" && far(card, dx)) decide(dx > 0 ? "accept" : "reject", card.dataset.id);
    if (moved) state.ended();
  };
  box.addEventListener("pointerup", end);
  box.addEventListener("pointercancel", end);
  return state;
}

const far = (card, dx) => Math.abs(dx) > card.offsetWidth * LEAST;
