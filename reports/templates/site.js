// Searches the transactions that stand in the page: every word must occur, in any column, in whatever width or case.
"use strict";
(() => {
  const PAGE = 100;
  const at = (id) => document.getElementById(id);
  const rows = JSON.parse(at("rows").textContent);
  const language = document.documentElement.lang;
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const texts = rows.map((row) => plain(row.join("\n")));
  const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const body = at("list").tBodies[0];
  let found = rows;
  let shown = 0;

  // The figure keeps the digits that it has: only its marks are those of the language.
  const figure = (text) => {
    const digits = (text.split(".")[1] || "").length;
    const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return format.format(text);
  };

  const cell = (name, text) => {
    const made = document.createElement("td");
    made.className = name;
    made.textContent = text;
    return made;
  };

  const line = ([day, id, partner, product, type, quantity, unit, amount, currency]) => {
    const made = document.createElement("tr");
    made.append(
      cell("day", days.format(new Date(day))), cell("id", id), cell("partner", partner), cell("product", product),
      cell("type", type), cell("goods figure", `${figure(quantity)} ${unit}`),
      cell(amount.startsWith("-") ? "money figure minus" : "money figure", `${figure(amount)} ${currency}`),
    );
    return made;
  };

  const more = () => {
    body.append(...found.slice(shown, shown + PAGE).map(line));
    shown = Math.min(shown + PAGE, found.length);
    at("more").hidden = shown >= found.length;
  };

  const search = () => {
    const words = plain(at("search").value).split(/\s+/).filter(Boolean);
    const [type, month] = [at("type").value, at("month").value];
    found = rows.filter((row, n) =>
      (!type || row[4] === type) && (!month || row[0].startsWith(month)) && words.every((word) => texts[n].includes(word)));
    at("found").textContent = at("found").dataset.text.replace("{count}", new Intl.NumberFormat(language).format(found.length));
    shown = 0;
    body.replaceChildren();
    more();
  };

  // A text that a spreadsheet would run gets an apostrophe in front.
  const quoted = (text) => `"${(/^[=+@\t\r]|^-(?![0-9.]+$)/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

  const save = () => {
    const lines = found.map((row) => row.map(quoted).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
    link.download = "transactions-found.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const offer = (id, values, text = (value) => value) => values.forEach((value) => at(id).add(new Option(text(value), value)));
  const months = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" });
  offer("type", [...new Set(rows.map((row) => row[4]))].sort());
  offer("month", [...new Set(rows.map((row) => row[0].slice(0, 7)))].sort().reverse(), (month) => months.format(new Date(month)));
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("input", search);
  at("save").addEventListener("click", save);
  at("more").addEventListener("click", more);
  at("filters").hidden = at("list").hidden = false;
  search();
})();
