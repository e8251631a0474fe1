// The field to write in: grows with its text, Enter sends, a draft follows every change.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { caretOf } from "./drafts.js";
import { canRecord, dropping } from "./files.js";
import { Clip, Microphone, Send, Smile } from "./icons-chat.js";

const TALLEST = 160;
const LONGEST = 8_000;

// onType(text, caret) on every change and move of the caret; send(text), false keeps the text; above:
// what stands over the field (a reply, answers to pick); hint: a word below it; keys(event, text,
// put): may take a key for itself by returning true; more: attributes of the field; files, at: what takes
// files, and for which conversation; none where only words are taken.
/** @param {any} props */
export function Composer(props) {
  const { t, label, onType, send, above, hint, keys, disabled, initial = "", focus, area, more } = props;
  const { placeholder = label, limit = LONGEST, at } = props;
  const files = props.files?.limits === null ? null : props.files;
  const [text, setText] = useState(initial);
  const [Picker, setPicker] = useState(/** @type {any} */ (null));
  const picking = Picker !== null;
  const own = useRef();
  const field = area ?? own;
  const button = useRef();
  const over = text.length > limit && [...text].length > limit;
  const picker = useRef();
  const picked = files?.part?.has(at);
  const recording = files?.part?.recording(at);
  const empty = !text.trim() && !picked;

  // Where the caret goes with the next drawing; the browser would put it behind all of the text.
  const next = useRef(/** @type {number | null} */ (null));

  useLayoutEffect(() => {
    fit(field.current);
    if (next.current !== null) field.current.setSelectionRange(next.current, next.current);
    next.current = null;
  }, [text]);
  useLayoutEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);

  const [takes, take] = [files && !disabled, (/** @type {FileList | null} */ list) => files?.take(at, list)];
  useEffect(() => {
    const around = field.current.closest(".panel, .talk");
    return takes && around ? dropping(around, files, take) : undefined;
  }, [takes, at]);
  // What is copied from a table or a text brings a picture of itself along.
  /** @param {ClipboardEvent} event */
  const onPaste = (event) => {
    const { files: list, types } = /** @type {DataTransfer} */ (event.clipboardData);
    if (!takes || !list.length || types.includes("text/plain")) return;
    event.preventDefault();
    take(list);
  };
  /** @param {any} event */
  const onFiles = ({ target }) => {
    take(target.files);
    target.value = "";
    field.current.focus();
  };

  /** @param {string} value */
  const put = (value) => {
    setText(value);
    onType?.(value, value === field.current.value ? caretOf(field.current) : null);
  };
  /** @param {{ target: any }} event */
  const onCaret = ({ target }) => target.value && onType?.(target.value, caretOf(target));
  const submit = () => {
    const value = field.current.value;
    if ((!value.trim() && !files?.part?.has(at)) || disabled || over) return;
    if (send(value.trim()) === false) return;
    setText("");
    field.current.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (keys?.(event, text, put)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  };
  /** @param {string} emoji */
  const insert = (emoji) => {
    const { selectionStart: from, selectionEnd: to } = field.current;
    next.current = from + emoji.length;
    put(text.slice(0, from) + emoji + text.slice(to));
    closePanel();
  };
  // The panel is fetched when it is first asked for.
  const openPanel = async () => {
    const { EmojiPanel } = await import("./emoji.js");
    setPicker(() => EmojiPanel);
  };
  const closePanel = () => {
    setPicker(null);
    field.current.focus();
  };

  return html`<div class="composer">
    ${typeof above === "function" ? above(text, put) : above}
    ${picking && html`<${Picker} t=${t} pick=${insert} close=${closePanel} />`}
    <div role="alert">${over && html`<p class="too-long">${t("tooLong", { n: [...text].length, limit })}</p>`}</div>
    ${files?.part?.draw(at, submit)}
    <div class="field" hidden=${recording}>
      ${files && html`<input type="file" multiple hidden ref=${picker} onChange=${onFiles} />
        <button class="quiet" aria-label=${t("attach")} title=${t("attach")} disabled=${disabled}
          onClick=${() => picker.current.click()}><${Clip} /></button>`}
      <textarea rows="1" ref=${field} value=${text} aria-label=${label} placeholder=${placeholder}
        aria-describedby=${hint ? "hint" : undefined} disabled=${disabled} ...${more}
        onSelectionChange=${onCaret} onPaste=${onPaste} onInput=${(/** @type {any} */ event) => put(event.target.value)}
        onKeyDown=${onKeyDown}></textarea>
      <button class="quiet" ref=${button} aria-label=${t("emoji")} title=${t("emoji")} aria-expanded=${picking}
        disabled=${disabled} onClick=${picking ? closePanel : openPanel}><${Smile} /></button>
      ${empty && takes && canRecord() ? html`<button class="send" key="speak" aria-label=${t("record")}
          title=${t("record")} onClick=${(/** @type {MouseEvent} */ event) => event.detail || files.record(at)}
          onPointerDown=${(/** @type {PointerEvent} */ event) => files.record(at, event)}><${Microphone} /></button>`
        : html`<button class="send" key="send" aria-label=${t("send")} title=${t("send")}
          disabled=${disabled || over || empty} onClick=${submit}><${Send} /></button>`}
    </div>
    ${hint && html`<p class="hint" id="hint">${hint}</p>`}
  </div>`;
}

/** @param {HTMLTextAreaElement} field */
function fit(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, TALLEST)}px`;
}
