// Why a session ended, as the daemon says it when it closes the line, and as we say it at the login.
/** @type {Record<string, string>} */
const WHY = {
  "new password": "shutPassword",
  "account disabled": "shutDisabled",
  "account removed": "shutRemoved",
  "logged out": "shutElsewhere",
  "the session has run out": "sessionOver",
};

/** @param {{ reason?: string }} closed */
export const whyEnded = ({ reason = "" }) => WHY[reason] ?? "dismissedConsole";
