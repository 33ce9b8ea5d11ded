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
