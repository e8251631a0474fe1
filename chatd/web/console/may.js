// What an operator may: as the daemon tells them of themselves, in the words of roles.

// granted: names of commands; "ticket:*" for all of a family.
/** @param {unknown} granted @param {string} command */
export const grants = (granted, command) =>
  Array.isArray(granted) && (granted.includes(command) || granted.includes(`${command.split(":")[0]}:*`));

// The parts of the window of management, and one of what each needs.
/** @type {Record<string, string[]>} */
const PARTS = {
  operators: ["operator:create", "operator:set", "operator:passwd", "operator:disable", "operator:remove"],
  roles: ["role:list"],
  sites: ["site:list"],
  departments: ["department:list"],
  people: ["user:list"],
  bans: ["ban:list"],
  tokens: ["token:list"],
  webhooks: ["webhook:list"],
};

/** @param {any} model */
export const managedBy = (model) =>
  Object.keys(PARTS).filter((name) => PARTS[name].some((command) => model.may(command)));
