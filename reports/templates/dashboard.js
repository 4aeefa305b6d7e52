"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const MOST_BARS = 12, MOST_ROWS = 100, OTHERS = "all others", MOST_GROWTH = 200;

  // Every frame as a list of rows; texts stand once in the data, and rows refer to them by number.
  const frames = {};
  for (const [name, columns] of Object.entries(data.frames)) {
    const names = Object.keys(columns);
    const some = names.length ? columns[names[0]] : [];
    const length = (Array.isArray(some) ? some : some.at).length;
    frames[name] = Array.from({ length }, (_, n) => {
      const row = {};
      for (const key of names) {
        const column = columns[key];
        row[key] = Array.isArray(column) ? column[n] : column.at[n] < 0 ? "" : column.values[column.at[n]];
      }
      return row;
    });
  }
  const members = new Map(frames.members.map((row) => [row.member, row.name]));
  for (const rows of Object.values(frames))
    for (const row of rows) if (row.program && row.rebate) row.what = `${row.program}/${row.rebate}`;

  const currencies = Object.keys(data.digits);
  const most = (currency) => frames.posted.filter((row) => row.currency === currency).length;
  const first = currencies.slice().sort((a, b) => most(b) - most(a))[0] || "";
  const DIMENSIONS = ["program", "what", "tier", "region", "month", "product", "member"];
  const state = { currency: first };

  // Amounts are whole minor units, so that sums are exact; only what is shown is divided.
  const money = (amount) => {
    const digits = data.digits[state.currency] ?? 2;
    return amount === null || amount === undefined ? "" :
      (amount / 10 ** digits).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "");
  // Titles are for people; the id of a program, which commands take, stands beside its title in tables.
  const title = (key) => data.titles[key] || key;
  const rebate = (key) => {
    const [own, program] = [title(key), title(key.split("/")[0])];
    return own === program ? own : `${own} · ${program}`;
  };
  const TEXTS = {
    program: (key) => `${title(key)} (${key})`,
    what: rebate,
    member: (key) => `${members.get(key) || key} (${key})`,
    tier: (key) => (key === "0" ? "no tier" : `tier ${key}`),
  };
  const SHORT = { program: title, what: title, member: (key) => members.get(key) || key };
  const named = (dimension, key) => (key && TEXTS[dimension] ? TEXTS[dimension](key) : key || "none");
  const short = (dimension, key) => (key && SHORT[dimension] ? SHORT[dimension](key) : named(dimension, key));

  const passes = (row, but) =>
    (!("currency" in row) || row.currency === state.currency) &&
    DIMENSIONS.every((name) => name === but || state[name] === undefined || !(name in row) || String(row[name]) === state[name]);
  const chosen = (frame, but) => frames[frame].filter((row) => passes(row, but));
  const sum = (rows, amount) => rows.reduce((total, row) => total + (row[amount] || 0), 0);
  const grouped = (rows, by, amounts) => {
    const groups = new Map();
    for (const row of rows) {
      const key = String(row[by]);
      const group = groups.get(key) || { key };
      for (const amount of amounts) group[amount] = (group[amount] || 0) + (row[amount] || 0);
      groups.set(key, group);
    }
    return [...groups.values()];
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const choose = (dimension, key) => {
    if (key === undefined || key === "" && dimension !== "region" || state[dimension] === key) delete state[dimension];
    else state[dimension] = key;
    render();
  };
  const cell = (value) => {
    if (value instanceof Node) return element("td", {}, value);
    const text = value.text ?? value;
    return element("td", { class: value.figure ? `figure${text.startsWith("-") ? " fall" : ""}` : false }, text);
  };
  const figure = (text) => ({ text, figure: true });
  const table = (heads, rows, label) => {
    if (!rows.length) return element("p", { class: "none" }, "Nothing here for what is chosen.");
    const shown = rows.slice(0, MOST_ROWS);
    const head = element("tr", {}, ...heads.map((name, n) =>
      element("th", { scope: "col", class: rows[0][n] && rows[0][n].figure ? "figure" : false }, name)));
    const body = shown.map((row) => element("tr", {}, ...row.map(cell)));
    const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
    const note = rows.length > shown.length ? [element("p", { class: "note" }, `The first ${shown.length} of ${rows.length}.`)] : [];
    return element("div", { class: "table", tabindex: "0", role: "region", "aria-label": label }, made, ...note);
  };
  const picker = (dimension, key) => {
    const button = element("button", { type: "button", "aria-pressed": String(state[dimension] === key) }, named(dimension, key));
    button.addEventListener("click", () => choose(dimension, key));
    return button;
  };

  // A sum of money by one dimension, drawn as bars, with a table whose rows choose.
  const bars = (title, frame, by, amount, command, more = {}) => ({ title, by, command, ...more, make: () => {
    const groups = grouped(chosen(frame, by), by, [amount, ...(more.also || [])]);
    const inTime = by === "month";
    groups.sort((a, b) => inTime ? a.key.localeCompare(b.key) : (a.key === OTHERS) - (b.key === OTHERS) || b[amount] - a[amount] || a.key.localeCompare(b.key));
    const total = sum(groups, amount);
    const drawn = (inTime ? groups.slice(-24) : groups.filter((group) => group.key !== OTHERS).slice(0, MOST_BARS)).map((group) => ({
      key: group.key, label: short(by, group.key), value: group[amount] / 10 ** (data.digits[state.currency] ?? 2),
      shown: `${money(group[amount])} ${state.currency}`, on: state[by] === undefined || state[by] === group.key }));
    const rows = groups.map((group) => [picker(by, group.key), figure(money(group[amount])),
      ...(more.also || []).map((name) => figure(money(group[name]))), figure(percent(group[amount], total))]);
    return { drawn, rows, heads: [more.head || by, more.amount || amount, ...(more.also || []).map((n) => n.replace("_", " ")), "share"] };
  } });
  const explain = (row) => element("code", {}, `rebatch explain ${row.member} ${row.program} ${row.period}`);

  const charts = [
    bars("Posted by program", "posted", "program", "amount", "rebatch cost --by program"),
    bars("Posted by rebate", "posted", "what", "amount", "rebatch cost --by program,rebate", { head: "rebate" }),
    bars("Posted by tier", "posted", "tier", "amount", "rebatch cost --by tier"),
    bars("Posted by region", "posted", "region", "amount", "rebatch cost --by region"),
    bars("Posted by month for which it was earned", "posted", "month", "amount", "rebatch explain MEMBER PROGRAM PERIOD", { upright: true }),
    bars("Open periods: projected by program", "open", "program", "projected", "rebatch panel MEMBER", { also: ["earned", "low", "high"] }),
    bars("Concentration: posted by member", "posted", "member", "amount", "rebatch cost --by member_id"),
    bars("Product sales", "sales", "product", "amount", "rebatch explain MEMBER PROGRAM PERIOD"),
    bars("Sales by month", "sales", "month", "amount", "rebatch explain MEMBER PROGRAM PERIOD", { upright: true }),
    { title: "Plan against actual", by: "what", command: "rebatch explain MEMBER PROGRAM PERIOD", note: "Revenue counted so far, in percent of the targets agreed.", make: () => {
      const groups = grouped(chosen("plan", "what"), "what", ["target", "actual"]).sort((a, b) => a.key.localeCompare(b.key));
      return { heads: ["rebate", "target", "actual", "reached"], axis: "%",
        drawn: groups.map((g) => ({ key: g.key, label: short("what", g.key), value: (100 * g.actual) / g.target, shown: percent(g.actual, g.target), on: true })),
        rows: groups.map((g) => [picker("what", g.key), figure(money(g.target)), figure(money(g.actual)), figure(percent(g.actual, g.target))]) };
    } },
    { title: "Budget burn", by: "program", command: "rebatch cost --by program", note: "What was posted of each program's budget.", make: () => {
      const rows = chosen("budgets", "program");
      return { heads: ["program", "budget", "spent", "used"], axis: "%",
        drawn: rows.map((g) => ({ key: g.program, label: title(g.program), value: (100 * g.spent) / g.budget, shown: percent(g.spent, g.budget), on: true })),
        rows: rows.map((g) => [picker("program", g.program), figure(money(g.budget)), figure(money(g.spent)), figure(percent(g.spent, g.budget))]) };
    } },
    { title: "Growth: this year against the same days of last year", by: "member", command: "rebatch panel MEMBER", note: "Purchases. The members whose purchases changed most.", make: () => {
      const rows = chosen("growth", "member").map((g) => ({ ...g, change: g.this_year - g.last_year }))
        .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.member.localeCompare(b.member));
      return { heads: ["member", "this year", "last year", "change", "growth"],
        drawn: rows.slice(0, MOST_BARS).sort((a, b) => b.change - a.change).map((g) => ({ key: g.member, label: short("member", g.member), value: g.change / 10 ** (data.digits[state.currency] ?? 2), shown: money(g.change), on: state.member === undefined || state.member === g.member })),
        rows: rows.map((g) => [picker("member", g.member), figure(money(g.this_year)), figure(money(g.last_year)), figure(money(g.change)), figure(percent(g.change, g.last_year))]) };
    } },
    { title: "Visits against growth", by: "member", points: true, command: "rebatch panel MEMBER", note: `Completed visits of this year, and growth in percent of last year's same days; more than ${MOST_GROWTH} % is drawn there.`, make: () => {
      const rows = chosen("growth", "member").filter((g) => g.last_year > 0)
        .map((g) => ({ ...g, growth: (100 * (g.this_year - g.last_year)) / g.last_year })).sort((a, b) => b.visits - a.visits || b.growth - a.growth);
      return { heads: ["member", "visits", "growth"],
        drawn: rows.map((g) => ({ key: g.member, label: short("member", g.member), value: Math.min(g.growth, MOST_GROWTH), across: g.visits, shown: `${g.visits} visits, ${g.growth.toFixed(1)} %`, on: state.member === undefined || state.member === g.member })),
        rows: rows.map((g) => [picker("member", g.member), figure(String(g.visits)), figure(`${g.growth.toFixed(1)} %`)]) };
    } },
    { title: "Visits against targets", by: "member", points: true, axis: "reached %", command: "rebatch panel MEMBER", note: "Completed visits of this year, and revenue in percent of the targets agreed.", make: () => {
      const visits = new Map(frames.growth.map((g) => [g.member, g.visits]));
      const rows = grouped(chosen("plan", "member"), "member", ["target", "actual"])
        .map((g) => ({ ...g, visits: visits.get(g.key) || 0, reached: (100 * g.actual) / g.target })).sort((a, b) => b.visits - a.visits || b.reached - a.reached);
      return { heads: ["member", "visits", "target", "actual", "reached"],
        drawn: rows.map((g) => ({ key: g.key, label: short("member", g.key), value: Math.min(g.reached, MOST_GROWTH), across: g.visits, shown: `${g.visits} visits, ${g.reached.toFixed(1)} %`, on: state.member === undefined || state.member === g.key })),
        rows: rows.map((g) => [picker("member", g.key), figure(String(g.visits)), figure(money(g.target)), figure(money(g.actual)), figure(`${g.reached.toFixed(1)} %`)]) };
    } },
    { title: "Near a tier: the money at stake", command: "rebatch near --within 100", make: () => {
      const rows = chosen("near").sort((a, b) => b.brings - a.brings);
      return { heads: ["member", "rebate", "until", "missing", "of the way", "brings", "made by"],
        rows: rows.map((g) => [picker("member", g.member), named("what", g.what), figure(g.until),
          figure(`${Number(g.short).toLocaleString("en-US", { maximumFractionDigits: 2 })} ${g.short_unit === "currency" ? g.currency : g.short_unit}`),
          figure(`${Math.max(0, 100 - Number(g.short_percent)).toFixed(0)} %`), figure(money(g.brings)), explain(g)]) };
    } },
    { title: "Programs that pay on the same sales", command: "rebatch overlaps", note: "Sales on which both pay, and about what the cheaper of the two pays on them, at average rates.", make: () => {
      const rows = chosen("overlaps").filter((g) => state.program === undefined || [g.one, g.other].some((name) => name.startsWith(`${state.program}/`)))
        .sort((a, b) => (b.double_cost || 0) - (a.double_cost || 0) || b.amount - a.amount);
      return { heads: ["one", "other", "sales of both", "paid twice, about"],
        rows: rows.map((g) => [named("what", g.one), named("what", g.other), figure(money(g.amount)), figure(money(g.double_cost))]) };
    } },
  ];

  const heightOf = (chart, drawn) => (chart.points || chart.upright ? 260 : 30 + 24 * Math.max(1, drawn.length));
  const spec = (chart, values) => {
    const value = { field: "value", type: "quantitative", title: null, axis: { format: "~s", tickCount: 4 } };
    const label = { field: "label", type: "nominal", title: null, sort: null, axis: { labelLimit: innerWidth > 700 ? 200 : 120 } };
    const tooltip = [{ field: "label", title: "what" }, { field: "shown", title: "figure" }];
    const opacity = { condition: { test: "datum.on", value: 1 }, value: 0.35 };
    const mark = chart.points ? { type: "point", filled: true, size: 70 } : { type: "bar", cornerRadiusEnd: 2 };
    const encoding = chart.points
      ? { x: { field: "across", type: "quantitative", title: "visits", axis: { tickMinStep: 1 } }, y: { ...value, title: chart.axis || "growth %" } }
      : chart.upright ? { x: label, y: value } : { y: label, x: value };
    return {
      description: chart.title, width: "container", height: heightOf(chart, values), data: { name: "rows", values },
      autosize: { type: "fit", contains: "padding" },
      mark, encoding: { ...encoding, tooltip, opacity }, background: null,
      config: { font: "inherit", view: { stroke: null }, bar: { color: "currentColor" }, point: { color: "currentColor" },
        axis: { labelColor: "currentColor", titleColor: "currentColor", gridColor: "currentColor", gridOpacity: 0.12, domainColor: "currentColor", tickColor: "currentColor" } },
    };
  };

  const holder = document.getElementById("charts");
  const placed = charts.map((chart, n) => {
    const isDrawn = Boolean(chart.by);
    const drawing = element("div", { class: "drawn", id: `drawn-${n}` });
    const beside = element("div");
    const both = element("div", { class: isDrawn ? "both" : "both alone" }, ...(isDrawn ? [drawing] : []), beside);
    const notes = chart.note ? [element("p", {}, chart.note)] : [];
    holder.append(element("section", { class: "chart", "aria-labelledby": `title-${n}` },
      element("h2", { id: `title-${n}` }, chart.title), ...notes,
      element("p", {}, "Made by ", element("code", {}, chart.command)), both));
    return { chart, drawing, beside, view: null };
  });

  const showFigures = () => {
    const posted = chosen("posted"), open = chosen("open");
    const byMember = grouped(posted, "member", ["amount"]).sort((a, b) => b.amount - a.amount);
    const total = sum(posted, "amount");
    const facts = [
      ["Posted", `${money(total)} ${state.currency}`, "rebatch cost --by program"],
      ["Earned in open periods", `${money(sum(open, "earned"))} ${state.currency}`, "rebatch panel MEMBER"],
      ["Open periods, projected", `${money(sum(open, "projected"))} ${state.currency}`, `${money(sum(open, "low"))} to ${money(sum(open, "high"))}`],
      ["Members paid for", String(byMember.length), "rebatch cost --by member_id"],
      ["The ten largest", percent(sum(byMember.slice(0, 10), "amount"), total) || "none", "of what was posted"],
      ["At stake near a tier", `${money(sum(chosen("near"), "brings"))} ${state.currency}`, "rebatch near --within 100"],
    ];
    document.getElementById("figures").replaceChildren(...facts.map(([name, value, made]) =>
      element("div", {}, element("span", { class: "note" }, name), element("strong", {}, value), element("code", {}, made))));
  };
  const showMember = () => {
    const place = document.getElementById("member");
    place.hidden = state.member === undefined;
    if (place.hidden) return;
    const posted = chosen("posted"), open = chosen("open");
    place.replaceChildren(
      element("h2", {}, named("member", state.member)), element("p", { class: "note" }, element("code", {}, `rebatch panel ${state.member}`)),
      table(["rebate", "period", "tier", "posted", "made by"], posted.map((g) => [named("what", g.what), g.period, named("tier", String(g.tier)), figure(money(g.amount)), explain(g)]), "What was posted"),
      table(["rebate", "open period", "earned", "projected", "between", "made by"], open.map((g) => [named("what", g.what), g.period, figure(money(g.earned)), figure(money(g.projected)), figure(`${money(g.low)} to ${money(g.high)}`), explain(g)]), "Open periods"));
  };
  const showFilters = () => {
    const options = (dimension, frame) => [...new Set(frames[frame].filter((row) => row.currency === state.currency).map((row) => String(row[dimension])))]
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    for (const control of document.querySelectorAll("[data-filter]")) {
      const dimension = control.dataset.filter;
      if (dimension === "member") { control.value = state.member || ""; continue; }
      const values = dimension === "currency" ? currencies : options(dimension, dimension === "program" || dimension === "region" || dimension === "tier" || dimension === "month" ? "posted" : "sales");
      const all = dimension === "currency" ? [] : [element("option", { value: "all" }, "all")];
      control.replaceChildren(...all, ...values.map((value) => element("option", { value: `=${value}` }, named(dimension, value))));
      control.value = state[dimension] === undefined ? "all" : `=${state[dimension]}`;
    }
  };
  const render = () => {
    showFilters(); showFigures(); showMember();
    for (const { chart, drawing, beside, view } of placed) {
      const made = chart.make();
      // The button that was pressed is made anew: whoever works by keyboard must not be thrown back to the top.
      const focused = beside.contains(document.activeElement) ? document.activeElement.textContent : null;
      beside.replaceChildren(table(made.heads, made.rows, chart.title));
      if (focused) [...beside.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
      if (view) { drawing.hidden = !made.drawn.length; view.data("rows", made.drawn).height(heightOf(chart, made.drawn)).runAsync(); }
    }
  };

  document.getElementById("members").replaceChildren(...frames.members.map((row) => element("option", { value: row.member }, row.name)));
  for (const control of document.querySelectorAll("[data-filter]"))
    control.addEventListener("change", () => {
      const dimension = control.dataset.filter;
      if (dimension === "member") { const id = control.value.trim(); if (!id || members.has(id)) choose("member", id || undefined); return; }
      delete state[dimension];
      if (dimension === "currency") for (const name of DIMENSIONS) delete state[name];
      if (control.value !== "all") state[dimension] = control.value.slice(1);
      render();
    });
  document.getElementById("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    for (const name of DIMENSIONS) delete state[name];
    render();
  });
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  render();
  // The interpreter instead of compiled expressions: the page allows no evaluation of text.
  Promise.all(placed.filter(({ chart }) => chart.by).map(async (place) => {
    const { view } = await vegaEmbed(`#${place.drawing.id}`, spec(place.chart, place.chart.make().drawn), { ast: true, actions: false, renderer: "svg", mode: "vega-lite", defaultStyle: false, logLevel: 1 });
    view.addEventListener("click", (_, item) => { if (item?.datum?.key !== undefined) choose(place.chart.by, item.datum.key); });
    place.view = view;
  })).then(() => { render(); document.body.dataset.ready = "yes"; });
})();
