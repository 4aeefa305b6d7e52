"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const MOST_BARS = 12, MOST_ROWS = 100, OTHERS = "all others", MOST_GROWTH = 200;
  const language = document.documentElement.lang, words = data.words;
  const say = (name, values) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

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
  const DIMENSIONS = ["program", "what", "tier", "region", "month", "product", "rep", "member"];
  const state = { currency: first, measure: "coverage" };

  // Amounts are whole minor units, so that sums are exact; only what is shown is divided.
  const money = (amount) => {
    const digits = data.digits[state.currency] ?? 2;
    return amount === null || amount === undefined ? "" :
      (amount / 10 ** digits).toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const inMoney = (amount) => `${money(amount)} ${state.currency}`;
  const share = (part, digits) => part.toLocaleString(language, { style: "percent", signDisplay: "negative", minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (part, whole, digits = 1) => (whole ? share(part / whole, digits) : "");
  const day = (iso, form) => new Date(`${iso}T00:00:00Z`).toLocaleDateString(language, { timeZone: "UTC", ...form });
  const date = (iso) => day(iso, { day: "numeric", month: "short", year: "numeric" });
  const month = (key) => (/^\d{4}-\d{2}$/.test(key) ? day(`${key}-01`, { month: "short", year: "numeric" }) : key);
  const quantity = (figure, unit) => {
    const name = data.units[unit] ? data.units[unit][Number(figure) === 1 ? 0 : 1] : unit;
    return say("quantity", { figure: Number(figure).toLocaleString(language, { maximumFractionDigits: 2, roundingMode: "ceil" }), unit: name }).trim();
  };
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
    tier: (key) => (key === "0" ? words.no_tier : say("tier_n", { n: key })),
    month,
  };
  const SHORT = { program: title, what: title, member: (key) => members.get(key) || key };
  const named = (dimension, key) => (key === OTHERS ? words.others : key && TEXTS[dimension] ? TEXTS[dimension](key) : key || words.none);
  const short = (dimension, key) => (key !== OTHERS && key && SHORT[dimension] ? SHORT[dimension](key) : named(dimension, key));
  const period = (key) => data.periods[key] || key;

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
    if (!rows.length) return element("p", { class: "none" }, words.empty);
    const shown = rows.slice(0, MOST_ROWS);
    const head = element("tr", {}, ...heads.map((name, n) =>
      element("th", { scope: "col", class: rows[0][n] && rows[0][n].figure ? "figure" : false }, name)));
    const body = shown.map((row) => element("tr", {}, ...row.map(cell)));
    const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
    const note = rows.length > shown.length ? [element("p", { class: "note" }, say("cut", { shown: shown.length, count: rows.length }))] : [];
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
      shown: inMoney(group[amount]), on: state[by] === undefined || state[by] === group.key }));
    const rows = groups.map((group) => [picker(by, group.key), figure(money(group[amount])),
      ...(more.also || []).map((name) => figure(money(group[name]))), figure(percent(group[amount], total))]);
    return { drawn, rows, heads: [more.head || by, amount, ...(more.also || []), "share"].map((name) => words[name]) };
  } });
  const span = (low, high) => say("span", { first: money(low), last: money(high) });
  const missing = (row) => (row.short_unit === "percent" ? share(Number(row.short) / 100, 2) : quantity(row.short, row.short_unit === "currency" ? row.currency : row.short_unit));
  const explain = (row) => element("code", {}, `rebatch explain ${row.member} ${row.program} ${row.period}`);

  // Rates of visits: what is counted, of what.
  const MEASURES = { coverage: [words.coverage, "covered", "wanted"], completion: [words.completion, "kept", "planned"], attainment: [words.attainment, "attained", "measured"] };
  const COUNTED = ["made", ...Object.values(MEASURES).flatMap(([, part, whole]) => [part, whole])];
  const lastMonth = frames.visits.reduce((last, row) => (row.month > last ? row.month : last), "");
  const visitsBy = (by, title, head) => ({ title, by, command: "rebatch visits measures --by rep --by region --per month", note: words.visits_note, upright: by === "month", make: () => {
    // Members are counted once a month: months are not added up for coverage.
    const rows = chosen("visits", by).map((row) => (by === "month" || row.month === (state.month || lastMonth) ? row : { ...row, covered: 0, wanted: 0 }));
    const groups = grouped(rows, by, COUNTED).sort((a, b) => (a.key === OTHERS) - (b.key === OTHERS) || a.key.localeCompare(b.key, language, { numeric: true }));
    const rate = (g, [, part, whole]) => (g[whole] ? g[part] / g[whole] : null);
    const measure = MEASURES[state.measure];
    return { note: `${words.measure}: ${measure[0]}`, heads: [head, words.made, ...Object.values(MEASURES).map(([name]) => name)],
      drawn: groups.filter((g) => rate(g, measure) !== null).slice(by === "month" ? -24 : 0).slice(0, 24).map((g) => ({ key: g.key, label: short(by, g.key), value: 100 * rate(g, measure), shown: `${measure[0]} ${share(rate(g, measure), 1)}`, on: state[by] === undefined || state[by] === g.key })),
      rows: groups.map((g) => [picker(by, g.key), figure(String(g.made)), ...Object.values(MEASURES).map((each) => figure(rate(g, each) === null ? "" : share(rate(g, each), 1)))]) };
  } });
  const ofVisits = frames.visits.length ? [
    visitsBy("rep", words.visits_by_rep, words.rep), visitsBy("region", words.visits_by_region, words.region), visitsBy("month", words.visits_by_month, words.month),
    { title: words.beside, by: "member", points: true, axis: `${words.reached} %`, command: "rebatch visits report", note: `${words.beside_note} ${words.correlation}`, make: () => {
      const rows = chosen("beside", "member").filter((g) => g.rebates > 0).map((g) => ({ ...g, share: g.reached / g.rebates }))
        .sort((a, b) => b.visits - a.visits || b.share - a.share || a.member.localeCompare(b.member));
      return { heads: [words.member, words.visits, words.open_periods, words.open_reached, words.reached],
        drawn: rows.map((g) => ({ key: g.member, label: short("member", g.member), value: 100 * g.share, across: g.visits, shown: say("visits_n", { n: g.visits, figure: share(g.share, 1) }), on: state.member === undefined || state.member === g.member })),
        rows: rows.map((g) => [picker("member", g.member), figure(String(g.visits)), figure(String(g.rebates)), figure(String(g.reached)), figure(share(g.share, 1))]) };
    } },
  ] : [];

  const charts = [
    bars(words.by_program, "posted", "program", "amount", "rebatch cost --by program"),
    bars(words.by_rebate, "posted", "what", "amount", "rebatch cost --by program,rebate", { head: "rebate" }),
    bars(words.by_tier, "posted", "tier", "amount", "rebatch cost --by tier"),
    bars(words.by_region, "posted", "region", "amount", "rebatch cost --by region"),
    bars(words.by_month, "posted", "month", "amount", "rebatch explain MEMBER PROGRAM PERIOD", { upright: true }),
    bars(words.projected_by_program, "open", "program", "projected", "rebatch panel MEMBER", { also: ["earned", "low", "high"] }),
    bars(words.by_member, "posted", "member", "amount", "rebatch cost --by member_id"),
    bars(words.product_sales, "sales", "product", "amount", "rebatch explain MEMBER PROGRAM PERIOD"),
    bars(words.sales_by_month, "sales", "month", "amount", "rebatch explain MEMBER PROGRAM PERIOD", { upright: true }),
    { title: words.plan, by: "what", command: "rebatch explain MEMBER PROGRAM PERIOD", note: words.plan_note, make: () => {
      const groups = grouped(chosen("plan", "what"), "what", ["target", "actual"]).sort((a, b) => a.key.localeCompare(b.key));
      return { heads: [words.rebate, words.target, words.actual, words.reached],
        drawn: groups.map((g) => ({ key: g.key, label: short("what", g.key), value: (100 * g.actual) / g.target, shown: percent(g.actual, g.target), on: true })),
        rows: groups.map((g) => [picker("what", g.key), figure(money(g.target)), figure(money(g.actual)), figure(percent(g.actual, g.target))]) };
    } },
    { title: words.burn, by: "program", command: "rebatch cost --by program", note: words.burn_note, make: () => {
      const rows = chosen("budgets", "program");
      return { heads: [words.program, words.budget, words.spent, words.used],
        drawn: rows.map((g) => ({ key: g.program, label: title(g.program), value: (100 * g.spent) / g.budget, shown: percent(g.spent, g.budget), on: true })),
        rows: rows.map((g) => [picker("program", g.program), figure(money(g.budget)), figure(money(g.spent)), figure(percent(g.spent, g.budget))]) };
    } },
    { title: words.growth_chart, by: "member", command: "rebatch panel MEMBER", note: words.growth_note, make: () => {
      const rows = chosen("growth", "member").map((g) => ({ ...g, change: g.this_year - g.last_year }))
        .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.member.localeCompare(b.member));
      return { heads: [words.member, words.this_year, words.last_year, words.change, words.growth],
        drawn: rows.slice(0, MOST_BARS).sort((a, b) => b.change - a.change).map((g) => ({ key: g.member, label: short("member", g.member), value: g.change / 10 ** (data.digits[state.currency] ?? 2), shown: money(g.change), on: state.member === undefined || state.member === g.member })),
        rows: rows.map((g) => [picker("member", g.member), figure(money(g.this_year)), figure(money(g.last_year)), figure(money(g.change)), figure(percent(g.change, g.last_year))]) };
    } },
    { title: words.visits_growth, by: "member", points: true, axis: `${words.growth} %`, command: "rebatch panel MEMBER", note: `${say("visits_growth_note", { most: share(MOST_GROWTH / 100, 0) })} ${words.correlation}`, make: () => {
      const rows = chosen("growth", "member").filter((g) => g.last_year > 0)
        .map((g) => ({ ...g, growth: (100 * (g.this_year - g.last_year)) / g.last_year })).sort((a, b) => b.visits - a.visits || b.growth - a.growth);
      return { heads: [words.member, words.visits, words.growth],
        drawn: rows.map((g) => ({ key: g.member, label: short("member", g.member), value: Math.min(g.growth, MOST_GROWTH), across: g.visits, shown: say("visits_n", { n: g.visits, figure: share(g.growth / 100, 1) }), on: state.member === undefined || state.member === g.member })),
        rows: rows.map((g) => [picker("member", g.member), figure(String(g.visits)), figure(share(g.growth / 100, 1))]) };
    } },
    { title: words.visits_targets, by: "member", points: true, axis: `${words.reached} %`, command: "rebatch panel MEMBER", note: `${words.visits_targets_note} ${words.correlation}`, make: () => {
      const visits = new Map(frames.growth.map((g) => [g.member, g.visits]));
      const rows = grouped(chosen("plan", "member"), "member", ["target", "actual"])
        .map((g) => ({ ...g, visits: visits.get(g.key) || 0, reached: (100 * g.actual) / g.target })).sort((a, b) => b.visits - a.visits || b.reached - a.reached);
      return { heads: [words.member, words.visits, words.target, words.actual, words.reached],
        drawn: rows.map((g) => ({ key: g.key, label: short("member", g.key), value: Math.min(g.reached, MOST_GROWTH), across: g.visits, shown: say("visits_n", { n: g.visits, figure: share(g.reached / 100, 1) }), on: state.member === undefined || state.member === g.key })),
        rows: rows.map((g) => [picker("member", g.key), figure(String(g.visits)), figure(money(g.target)), figure(money(g.actual)), figure(share(g.reached / 100, 1))]) };
    } },
    ...ofVisits,
    { title: words.near, command: "rebatch near --within 100", make: () => {
      const rows = chosen("near").sort((a, b) => b.brings - a.brings);
      return { heads: [words.member, words.rebate, words.until, words.missing, words.of_the_way, words.brings, words.made_by],
        rows: rows.map((g) => [picker("member", g.member), named("what", g.what), figure(date(g.until)),
          figure(missing(g)),
          figure(share(Math.max(0, 100 - Number(g.short_percent)) / 100, 0)), figure(money(g.brings)), explain(g)]) };
    } },
    { title: words.overlaps, command: "rebatch overlaps", note: words.overlaps_note, make: () => {
      const rows = chosen("overlaps").filter((g) => state.program === undefined || [g.one, g.other].some((name) => name.startsWith(`${state.program}/`)))
        .sort((a, b) => (b.double_cost || 0) - (a.double_cost || 0) || b.amount - a.amount);
      return { heads: [words.one, words.other, words.of_both, words.twice],
        rows: rows.map((g) => [named("what", g.one), named("what", g.other), figure(money(g.amount)), figure(money(g.double_cost))]) };
    } },
  ];

  const heightOf = (chart, drawn) => (chart.points || chart.upright ? 260 : 30 + 24 * Math.max(1, drawn.length));
  const spec = (chart, values) => {
    const value = { field: "value", type: "quantitative", title: null, axis: { format: "~s", tickCount: 4 } };
    const label = { field: "label", type: "nominal", title: null, sort: null, axis: { labelLimit: innerWidth > 700 ? 200 : 120 } };
    const tooltip = [{ field: "label", title: words.what }, { field: "shown", title: words.figure }];
    const opacity = { condition: { test: "datum.on", value: 1 }, value: 0.35 };
    const mark = chart.points ? { type: "point", filled: true, size: 70 } : { type: "bar", cornerRadiusEnd: 2 };
    const encoding = chart.points
      ? { x: { field: "across", type: "quantitative", title: words.visits, axis: { tickMinStep: 1, format: "d" } }, y: { ...value, title: chart.axis } }
      : chart.upright ? { x: label, y: value } : { y: label, x: value };
    return {
      description: chart.title, width: "container", height: heightOf(chart, values), data: { name: "rows", values },
      autosize: { type: "fit", contains: "padding" },
      mark, encoding: { ...encoding, tooltip, opacity }, background: null,
      config: { font: "inherit", view: { stroke: null }, bar: { color: "currentColor" }, point: { color: "currentColor" },
        axis: { labelColor: "currentColor", titleColor: "currentColor", gridColor: "currentColor", gridOpacity: 0.12, domainColor: "currentColor", tickColor: "currentColor" } },
    };
  };

  const marks = new Intl.NumberFormat(language).formatToParts(12345.6);
  const mark = (type) => marks.find((part) => part.type === type).value;
  const formatLocale = { decimal: mark("decimal"), thousands: mark("group"), grouping: [3], currency: ["", ""] };

  const holder = document.getElementById("charts");
  const placed = charts.map((chart, n) => {
    const isDrawn = Boolean(chart.by);
    const drawing = element("div", { class: "drawn", id: `drawn-${n}` });
    const beside = element("div");
    const both = element("div", { class: isDrawn ? "both" : "both alone" }, ...(isDrawn ? [drawing] : []), beside);
    const notes = chart.note ? [element("p", {}, chart.note)] : [];
    holder.append(element("section", { class: "chart", "aria-labelledby": `title-${n}` },
      element("h2", { id: `title-${n}` }, chart.title), ...notes,
      element("p", {}, `${words.made_by} `, element("code", {}, chart.command)), both));
    return { chart, drawing, beside, view: null };
  });

  const showFigures = () => {
    const posted = chosen("posted"), open = chosen("open");
    const byMember = grouped(posted, "member", ["amount"]).sort((a, b) => b.amount - a.amount);
    const total = sum(posted, "amount");
    const facts = [
      [words.posted, inMoney(total), "rebatch cost --by program"],
      [words.earned_open, inMoney(sum(open, "earned")), "rebatch panel MEMBER"],
      [words.projected_open, inMoney(sum(open, "projected")), span(sum(open, "low"), sum(open, "high"))],
      [words.paid_for, String(byMember.length), "rebatch cost --by member_id"],
      [words.ten_largest, percent(sum(byMember.slice(0, 10), "amount"), total) || words.none, words.of_posted],
      [words.at_stake, inMoney(sum(chosen("near"), "brings")), "rebatch near --within 100"],
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
      table([words.rebate, words.period, words.tier, words.posted, words.made_by], posted.map((g) => [named("what", g.what), period(g.period), named("tier", String(g.tier)), figure(money(g.amount)), explain(g)]), words.what_was_posted),
      table([words.rebate, words.open_period, words.earned, words.projected, words.between, words.made_by], open.map((g) => [named("what", g.what), period(g.period), figure(money(g.earned)), figure(money(g.projected)), figure(span(g.low, g.high)), explain(g)]), words.open_periods));
  };
  const showFilters = () => {
    const options = (dimension, frame) => [...new Set(frames[frame].filter((row) => row.currency === state.currency).map((row) => String(row[dimension])))]
      .sort((a, b) => a.localeCompare(b, language, { numeric: true }));
    for (const control of document.querySelectorAll("[data-filter]")) {
      const dimension = control.dataset.filter;
      if (dimension === "member") { control.value = state.member || ""; continue; }
      if (dimension === "measure") {
        control.parentElement.hidden = !frames.visits.length;
        control.replaceChildren(...Object.entries(MEASURES).map(([name, [text]]) => element("option", { value: `=${name}` }, text)));
        control.value = `=${state.measure}`;
        continue;
      }
      const values = dimension === "currency" ? currencies : options(dimension, dimension === "program" || dimension === "region" || dimension === "tier" || dimension === "month" ? "posted" : "sales");
      const all = dimension === "currency" ? [] : [element("option", { value: "all" }, words.all)];
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
      beside.replaceChildren(...(made.note ? [element("p", { class: "note" }, made.note)] : []), table(made.heads, made.rows, chart.title));
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
    const { view } = await vegaEmbed(`#${place.drawing.id}`, spec(place.chart, place.chart.make().drawn), { ast: true, actions: false, renderer: "svg", mode: "vega-lite", defaultStyle: false, logLevel: 1, formatLocale });
    view.addEventListener("click", (_, item) => { if (item?.datum?.key !== undefined) choose(place.chart.by, item.datum.key); });
    place.view = view;
  })).then(() => { render(); document.body.dataset.ready = "yes"; });
})();
