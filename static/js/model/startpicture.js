// The states a recovery begins from, as small drawings seen from the side: bag, claws, mug.

/** @typedef {import("../core/messages.js").TargetState["start"]} Start */
/** @typedef {{bag: string, claws: string, mug: boolean, alt: string}} Picture paths in a box of 64 x 40, the table at 36 */

/** Claws from above, their tips at (x, y), that far apart. @param {number} x @param {number} y @param {number} gap */
const claws = (x, y, gap) => `M${x - gap / 2} ${y}V${y - 12}L${x - 4} ${y - 18}H${x + 4}L${x + gap / 2} ${y - 12}V${y}M${x} ${y - 18}V2`;
/** @param {number} x @param {number} y @param {number} w @param {number} h */
const bag = (x, y, w, h) => `M${x} ${y}h${w}v${h}h${-w}Z`;

/** @type {Record<Start, Picture>} */
export const START_PICTURES = {
  nominal: { bag: bag(12, 33, 12, 3), claws: claws(42, 16, 8), mug: false, alt: "The bag lies at the mark, the arm in its start pose" },
  dropped_beside: { bag: bag(20, 33, 12, 3), claws: claws(44, 14, 14), mug: true, alt: "The bag lies beside the mug, open claws above the mug" },
  slipped_grasp: { bag: bag(26, 33, 12, 3), claws: claws(32, 24, 6), mug: false, alt: "The bag lies below claws that closed above it" },
  knocked_over: { bag: bag(31, 24, 3, 12), claws: claws(32, 20, 16), mug: false, alt: "The bag stands on its edge, open claws above it" },
  missed_grasp: { bag: bag(14, 33, 12, 3), claws: claws(38, 34, 4), mug: false, alt: "The claws closed beside the bag" },
  near_goal: { bag: bag(39, 12, 10, 4), claws: claws(44, 15, 8), mug: true, alt: "The claws hold the bag just over the mug" },
};
