// A list page by page, until it is whole, or there is enough of it: then its cursor is left.
/** @import { Connection } from "./connection.js" */
const PAGES = 1_000;

/** @param {Connection} connection @param {string} event @param {string} rows @returns {Promise<any>} */
export async function fetchAll(connection, event, rows, { data = {}, enough = Infinity } = {}) {
  const told = await connection.request(event, data);
  for (let page = 1; page < PAGES && told.cursor && told[rows]?.length < enough; page += 1) {
    const next = await connection.request(event, { ...data, cursor: told.cursor });
    told[rows] = told[rows].concat(next[rows] ?? []);
    told.cursor = next.cursor;
  }
  return told;
}
