// The whole conversation, for the customer to keep or to print.
/** @import { Visit } from "./visit.js" */

/** @param {Visit} visit */
async function fetchText({ base, kept, view, t }) {
  const address = `${base}/api/support/transcript/${view?.id}?language=${t.language}`;
  const headers = { Authorization: `Bearer ${kept.get().token}`, Accept: "text/plain" };
  const answer = await fetch(address, { headers, credentials: "omit" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

/** @param {Visit} visit */
export async function download(visit) {
  const text = await fetchText(visit);
  const away = document.createElement("a");
  away.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  away.download = `${visit.view?.id}.txt`;
  away.click();
  URL.revokeObjectURL(away.href);
}

// In a tab of its own, which stays for who has no printer. It is of this page's origin: so it is text alone.
/** @param {Visit} visit */
export async function print(visit) {
  const paper = open("", "_blank");
  if (!paper) throw new Error("no window may be opened");
  try {
    const text = paper.document.createElement("pre");
    text.textContent = await fetchText(visit);
    text.style.cssText = "white-space: pre-wrap; font: 15px/1.5 sans-serif";
    paper.document.title = String(visit.view?.id);
    paper.document.body.append(text);
  } catch (error) {
    paper.close();
    throw error;
  }
  paper.print();
}
