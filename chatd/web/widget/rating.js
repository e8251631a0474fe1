// How it was: asked of a customer once somebody has answered and it is closed, and thanked for.
/** @import { Visit } from "./visit.js" */
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { asText } from "../shared/fence.js";
import { SCORES, stars } from "../shared/stars.js";

/** @param {{ visit: Visit }} props */
export function Rating({ visit }) {
  const { t, view, connection } = visit;
  const [given, setGiven] = useState(/** @type {any} */ (null));
  const [changing, setChanging] = useState(false);
  const [score, setScore] = useState(0);
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState(false);
  const thanks = useRef(/** @type {HTMLElement | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const moved = useRef(false);
  const rating = given ?? view?.rating;
  const asks = changing || !rating;
  // Who was in what is gone now goes on in what stands there instead.
  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    const place = asks ? form.current?.querySelector("input:checked") : thanks.current;
    /** @type {any} */ (place)?.focus();
  }, [asks]);
  const mayRate = Boolean(view?.rate_until && view.accepted_at);
  if (!rating && !mayRate) return null;
  const change = () => {
    moved.current = true;
    setScore(rating.score);
    setChanging(true);
  };
  /** @param {any} event */
  const send = async (event) => {
    event.preventDefault();
    if (sending || !score) return;
    setSending(true);
    setFailed(false);
    const comment = asText(new FormData(event.target).get("comment"));
    try {
      const told = await connection.request("ticket:rate", { ticket_id: view?.id, score, comment });
      moved.current = true;
      setGiven(told.ticket?.rating ?? { score, comment });
      setChanging(false);
    } catch {
      setFailed(true);
    } finally {
      setSending(false);
    }
  };
  if (!asks) {
    return html`<div class="rating"><p ref=${thanks} tabindex="-1">${t("rateThanks")} <span role="img"
        aria-label=${t(`rate${rating.score}`)}>${stars(rating.score)}</span></p>
      ${mayRate && html`<button class="plain" onClick=${change}>${t("rateChange")}</button>`}</div>`;
  }
  /** @param {number} one */
  const star = (one) => html`<label key=${one} class=${one <= score ? "lit" : ""} title=${t(`rate${one}`)}>
    <input class="hidden" type="radio" name="score" value=${one} checked=${one === score}
      aria-label=${t(`rate${one}`)} onChange=${() => setScore(one)} />
    <span aria-hidden="true">${one <= score ? "★" : "☆"}</span></label>`;
  return html`<form class="rating" ref=${form} onSubmit=${send}>
    <fieldset><legend>${t("rateAsk")}</legend>${SCORES.map(star)}
      <span class="meaning" aria-hidden="true">${score > 0 && t(`rate${score}`)}</span></fieldset>
    ${score > 0 && html`<label class="words">${t("rateWords")}
      <textarea name="comment" rows="2" maxlength="1000" defaultValue=${asText(rating?.comment)}></textarea></label>
      <button class="primary" disabled=${sending}>${t("rateSend")}</button>`}
    <p role="status">${failed && t("reachFailed")}</p></form>`;
}
