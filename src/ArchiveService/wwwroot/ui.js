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

  for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
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
