// Small comforts. Every page works without them.
(() => {
  "use strict";
  const numbers = new Intl.NumberFormat("sv-SE");

  document.addEventListener("click", event => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("input", event => {
    const said = event.target.dataset?.count && document.getElementById(event.target.dataset.count);
    if (said) said.textContent = numbers.format(event.target.value.length);
  });

  for (const button of document.querySelectorAll("[data-print][hidden], [data-choose-all][hidden]")) button.hidden = false;
})();

// Work that goes on: what the server tells is shown, and the page is read again when it is over.
(() => {
  "use strict";
  for (const part of document.querySelectorAll("[data-live]")) {
    const told = new EventSource(part.dataset.live);
    told.onmessage = message => {
      const now = JSON.parse(message.data);
      const bar = part.querySelector("progress");
      const line = part.querySelector(".run-line span");
      if (bar) { bar.max = Math.max(1, now.of); bar.value = now.done; }
      if (line) line.textContent = now.text;
      if (now.over) { told.close(); location.reload(); }
    };
  }
})();

// Many rows at once: all on the page, or none.
(() => {
  "use strict";
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-choose-all]");
    if (!button) return;
    const boxes = [...document.querySelectorAll("input[type=checkbox]")].filter(box => box.name === button.dataset.chooseAll && !box.disabled);
    const all = boxes.some(box => !box.checked);
    for (const box of boxes) box.checked = all;
  });

  // The way back from a row leads to the row.
  document.addEventListener("click", event => {
    const row = event.target.closest("a[href]")?.closest("[id^='r-']");
    if (row && !event.defaultPrevented) history.replaceState(history.state, "", location.pathname + location.search + "#" + row.id);
  });
})();

// Shortcuts: what each key does is said in the markup (data-key), which the help page lists too. Turned off on /kortkommandon (WCAG 2.1.4); never while a field has the focus.
(() => {
  "use strict";
  if (document.body.dataset.keys !== "on") return;
  const patience = 1500;
  let begun = "";
  let at = 0;

  const rows = () => [...document.querySelectorAll("main table.data tbody tr, main .hit")].filter(row => row.querySelector("a[href]"));
  const here = all => all.findIndex(row => row.contains(document.activeElement));
  const step = by => {
    const all = rows();
    if (all.length === 0) return;
    const now = here(all);
    const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by));
    const link = all[next].querySelector("a[href]");
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  };
  const inRow = what => {
    const all = rows();
    const now = here(all);
    return now < 0 ? null : all[now].querySelector(what);
  };
  const acts = {
    "next-row": () => step(1),
    "previous-row": () => step(-1),
    "open-row": () => inRow("a[href]")?.click(),
    "choose-row": () => inRow("input[type=checkbox]")?.click(),
    "next-page": () => document.querySelector("a[rel=next]")?.click(),
    "previous-page": () => document.querySelector("a[rel=prev]")?.click(),
  };

  const perform = element => {
    const act = acts[element.dataset.keyAct];
    if (act) act();
    else if (element.matches("input, select, textarea")) element.focus();
    else element.click();
  };

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open]")) return;
    if (event.key === "Shift") return;
    const now = performance.now();
    const pressed = begun && now - at < patience ? begun + " " + event.key : event.key;
    const all = [...document.querySelectorAll("[data-key]")];
    const meant = all.find(element => element.dataset.key === pressed);
    begun = "";
    if (meant) {
      event.preventDefault();
      perform(meant);
    } else if (all.some(element => element.dataset.key.startsWith(pressed + " "))) {
      event.preventDefault();
      begun = pressed;
      at = now;
    }
  });
})();
