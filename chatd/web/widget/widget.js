// The one line on a page: <script src="https://HOST/widget.js" data-site="shop" async></script>
// puts the chat into the corner. Settings are the script's data- attributes; see docs/widget.md.
// This loads the modules as they are; what is built has those of the button in itself.
(() => {
  /** @type {any} */
  const script = document.currentScript;
  const base = script.src.replace(/\/widget\.js.*$/, "");
  const start = (tries = 0) =>
    import(`${base}/assets/widget/start.js${tries ? `?${tries}` : ""}`).then(
      (part) => part.start(script),
      () => setTimeout(start, Math.min(30_000, 500 * 2 ** tries), tries + 1),
    );
  start();
})();
