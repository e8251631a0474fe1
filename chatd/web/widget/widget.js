// The one line on a page: <script src="https://HOST/widget.js" data-site="shop" async></script>
// puts the chat into the corner. Settings are the script's data- attributes; see docs/widget.md.
(() => {
  /** @type {any} */
  const script = document.currentScript;
  const base = script.src.replace(/\/widget\.js.*$/, "");
  if (document.querySelector("chatd-widget")) return;

  const start = async () => {
    const { define } = await import(`${base}/assets/widget/element.js`);
    if (document.querySelector("chatd-widget")) return;
    define();
    /** @type {any} */
    const element = document.createElement("chatd-widget");
    element.settings = { base, ...script.dataset };
    document.body.append(element);
    window.chatd = {
      element,
      open: () => element.open(),
      close: () => element.close(),
    };
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
