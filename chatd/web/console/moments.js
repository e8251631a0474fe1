// A day and an hour, in the words of who reads.
/** @import { Speaker } from "../shared/types" */
import { clock, dayKey, dayName } from "../shared/times.js";

/** @param {Speaker} t @param {string} at */
export const moment = (t, at) => `${dayName(t, at)}, ${clock(t, at)}`;

// The same where there is little room: what was today needs no day.
/** @param {Speaker} t @param {string} at */
export const shortly = (t, at) => (dayKey(at) === dayKey(Date.now()) ? clock(t, at) : moment(t, at));
