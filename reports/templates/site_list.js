// Narrows a list to the entries in which every word occurs, in whatever width or case.
"use strict";
(() => {
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const entries = [...document.getElementById("entries").children].map((entry) => [entry, plain(entry.textContent)]);
  const field = document.getElementById("search");
  const form = document.getElementById("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    entries.forEach(([entry, text]) => { entry.hidden = !words.every((word) => text.includes(word)); });
  });
  form.hidden = false;
})();
