// A score as it is shown everywhere.
export const SCORES = [1, 2, 3, 4, 5];

/** @param {number} score */
export const stars = (score) => SCORES.map((one) => (one <= score ? "★" : "☆")).join("");
