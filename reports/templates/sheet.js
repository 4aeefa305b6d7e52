"use strict";
// The day sheet: shows the visits of a day, keeps what is typed in the browser, and saves it as extracts.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const texts = data.texts;
  const key = `rebatch-sheet ${data.workspace} ${data.rep} ${data.date}`;
  const NUMBER = /^[+-]?\d{1,15}(\.\d{1,10})?$/;
  const OVER = ["completed", "abandoned"];

  const state = (() => {
    try {
      return { visits: {}, added: [], ...JSON.parse(localStorage.getItem(key) || "{}") };
    } catch {
      return { visits: {}, added: [] };
    }
  })();
  const keep = () => localStorage.setItem(key, JSON.stringify(state));
  const of = (visit) => (state.visits[visit.row.visit_id] ??= { tasks: {}, kpis: {} });

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };
  const two = (number) => String(number).padStart(2, "0");
  const today = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const stamp = () => {
    const at = new Date();
    return `${today(at)}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  };
  const idOf = (row) => `${row.kpi}\u001f${row.product_id ?? ""}`;
  const status = (visit) => of(visit).status ?? visit.row.status;

  const listed = (title, lines) =>
    lines.length ? [make("h3", {}, title), make("ul", {}, ...lines.map((line) => make("li", {}, line)))] : [];

  const value = (visit, kpi) => (of(visit).kpis[idOf(kpi.row)] ?? kpi.row.actual ?? "").trim();

  const verdict = (kpi, typed) => {
    const { kind, target } = kpi.row;
    if (typed === "") return "";
    const isNumber = kind === "number" || kind === "percent";
    if (isNumber && !NUMBER.test(typed)) return "wrong";
    if (target === null || target === "") return "";
    const [found, aimed] = isNumber ? [Number(typed), Number(target)] : [typed, target];
    const exact = kpi.direction === "exactly" || kind === "boolean" || kind === "text";
    const met = exact ? found === aimed : kpi.direction === "at_most" ? found <= aimed : found >= aimed;
    return met ? "met" : "missed";
  };

  const kpiField = (visit, kpi) => {
    const { kind, unit, target, product_id } = kpi.row;
    const said = make("span", { class: "target" });
    const typed = value(visit, kpi);
    const judge = (text) => {
      const found = verdict(kpi, text.trim());
      const sign = { at_most: "≤", exactly: "=" }[kpi.direction] ?? "≥";
      const aim = target === null || target === "" ? texts.no_target : `${texts.target} ${kind === "boolean" ? kpi.aim : `${sign} ${kpi.aim}`}`;
      said.textContent = found ? `${aim} · ${texts[found]}` : aim;
      said.className = `target ${found}`;
    };
    const change = (event) => {
      of(visit).kpis[idOf(kpi.row)] = event.target.value;
      judge(event.target.value);
      keep();
    };
    const known = { "data-kpi": kpi.row.kpi, "data-product": product_id ?? "", oninput: change };
    const input =
      kind === "boolean"
        ? make("select", known, ...["", "true", "false"].map((word) => make("option", { value: word, selected: word === typed }, word && texts[word])))
        : make("input", { ...known, type: kind === "date" ? "date" : "text", inputmode: kind === "number" || kind === "percent" ? "decimal" : undefined, value: typed, autocomplete: "off" });
    judge(typed);
    return make("label", { class: "kpi" }, make("span", {}, product_id ? `${kpi.title}: ${kpi.product ?? product_id}` : kpi.title), input, said);
  };

  const taskField = (visit, task) => {
    const done = of(visit).tasks[task.row.task_id] ?? ["done", "completed"].includes(task.row.status);
    const change = (event) => {
      of(visit).tasks[task.row.task_id] = event.target.checked;
      keep();
    };
    const box = make("input", { type: "checkbox", "data-task": task.row.task_id, checked: done, onchange: change });
    return make("label", { class: "task" }, box, make("span", {}, task.title, task.row.required === "true" ? "" : ` (${texts.optional})`));
  };

  const set = (visit, changes) => {
    Object.assign(of(visit), changes);
    keep();
    draw();
  };

  const stamps = (visit) => {
    const own = of(visit);
    const isFree = visit.row.status === "unscheduled";
    const start = make("button", { type: "button", "data-do": "start", disabled: Boolean(own.start) || OVER.includes(status(visit)), onclick: () => set(visit, { start: stamp(), status: isFree ? "unscheduled" : "in_progress" }) }, texts.start);
    const stop = make("button", { type: "button", "data-do": "stop", disabled: !own.start || Boolean(own.end) || OVER.includes(status(visit)), onclick: () => set(visit, { end: stamp(), status: isFree ? "unscheduled" : "completed" }) }, texts.stop);
    const again = make("button", { type: "button", class: "plain", "data-do": "undo", disabled: !own.start && !own.status, onclick: () => set(visit, { start: undefined, end: undefined, status: undefined, reason: undefined }) }, texts.undo);
    const times = [own.start, own.end].filter(Boolean).map((at) => at.slice(11, 16)).join("-");
    return make("div", { class: "row" }, start, stop, again, make("span", { class: "soft", "data-times": true }, times));
  };

  const abandon = (visit) => {
    const reason = make("input", { "data-reason": true, value: of(visit).reason ?? "", "aria-label": texts.reason, placeholder: texts.reason });
    const give = make("button", { type: "button", class: "plain", "data-do": "abandon", onclick: () => (reason.value.trim() ? set(visit, { status: "abandoned", reason: reason.value.trim() }) : reason.focus()) }, texts.abandon);
    return make("div", { class: "row" }, reason, give);
  };

  const article = (visit, place) => {
    const note = make("textarea", { "data-notes": true, "aria-label": texts.remarks, oninput: (event) => { of(visit).notes = event.target.value; keep(); } }, of(visit).notes ?? visit.row.notes ?? "");
    return make(
      "article",
      { "data-visit": visit.row.visit_id, "data-status": status(visit) },
      make("h2", {}, `${place}. ${visit.title}`),
      make("p", { class: "soft" }, [visit.when, texts[status(visit)] ?? status(visit)].filter(Boolean).join(" · ")),
      visit.address ? make("p", {}, visit.address) : null,
      visit.route ? make("p", {}, make("a", { href: visit.route, rel: "noreferrer", target: "_blank" }, texts.route)) : null,
      visit.row.contact ? make("p", {}, `${texts.contact}: ${visit.row.contact}`) : null,
      visit.row.instructions ? make("p", {}, visit.row.instructions) : null,
      stamps(visit),
      ...listed(texts.rebates, visit.rebates),
      ...listed(texts.orders, visit.orders),
      ...listed(texts.earlier, visit.earlier),
      visit.tasks.length ? make("h3", {}, texts.tasks) : null,
      ...visit.tasks.map((task) => taskField(visit, task)),
      visit.kpis.length ? make("h3", {}, texts.indicators) : null,
      ...visit.kpis.map((kpi) => kpiField(visit, kpi)),
      make("h3", {}, texts.remarks),
      note,
      OVER.includes(status(visit)) ? null : abandon(visit),
    );
  };

  const added = ({ visit_id, member_id }) => {
    const member = data.members.find((each) => each.member_id === member_id);
    const template = data.templates[member.template] ?? { tasks: [], kpis: [] };
    const with_id = (part) => ({ ...part, row: { ...part.row, visit_id } });
    const row = { visit_id, member_id, rep_id: data.rep, status: "unscheduled", location_id: member.location_id, visit_type: member.template };
    return { row, title: member.name, when: "", address: member.address, rebates: [], orders: [], earlier: [], tasks: template.tasks.map(with_id), kpis: template.kpis.map(with_id) };
  };
  const all = () => [...data.visits, ...state.added.map(added)];

  const draw = () => document.getElementById("visits").replaceChildren(...all().map((visit, place) => article(visit, place + 1)));

  const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const csv = (columns, rows) => [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ""))].map((line) => `${line.map((each) => cell(String(each))).join(",")}\n`).join("");

  const extracts = () => {
    const touched = all().filter((visit) => of(visit).status);
    const visits = touched.map((visit) => {
      const own = of(visit);
      const changes = { status: own.status, notes: own.notes ?? visit.row.notes };
      if (own.start) changes.actual_start = own.start;
      if (own.end) changes.actual_end = own.end;
      if (own.reason) changes.status_remarks = own.reason;
      return { ...visit.row, ...changes };
    });
    const tasks = touched.flatMap((visit) =>
      visit.tasks.map(({ row }) => {
        const done = of(visit).tasks[row.task_id];
        return done === undefined ? row : { ...row, status: done ? "done" : "open", completed_on: done ? data.date : "" };
      }),
    );
    const kpis = touched.flatMap((visit) => visit.kpis.map((kpi) => ({ kpi, typed: value(visit, kpi) })).filter(({ kpi, typed }) => typed !== "" && verdict(kpi, typed) !== "wrong").map(({ kpi, typed }) => ({ ...kpi.row, actual: typed })));
    return { visits, visit_tasks: tasks, visit_kpis: kpis };
  };

  const save = () => {
    const found = extracts();
    const isWrong = all().some((visit) => visit.kpis.some((kpi) => verdict(kpi, value(visit, kpi)) === "wrong"));
    const files = Object.entries(found).filter(([, rows]) => rows.length).map(([name, rows]) => {
      const file = `${name}-${data.rep}-${data.date}.csv`.replaceAll(/[^\w.-]/g, "-");
      const content = new Blob([csv(data.columns[name], rows)], { type: "text/csv" });
      return make("li", {}, make("a", { href: URL.createObjectURL(content), download: file }, file));
    });
    document.getElementById("files").replaceChildren(...files);
    document.getElementById("saved").textContent = files.length ? (isWrong ? texts.saved_without : texts.saved) : texts.nothing;
    // One tap starts them all; what a browser holds back can be tapped in the list.
    for (const link of document.querySelectorAll("#files a")) link.click();
  };

  document.getElementById("members").append(...data.members.map((each) => make("option", { value: each.member_id }, each.name)));
  document.getElementById("unscheduled").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = document.getElementById("member");
    const typed = field.value.trim();
    const member = data.members.find((each) => each.member_id === typed || each.name === typed);
    if (!member) {
      field.setCustomValidity(texts.unknown);
      field.reportValidity();
      return;
    }
    // A number that no visit of the books and none of this page has: those must stay as they are.
    const taken = [...data.taken, ...state.added.map((each) => each.visit_id)];
    let number = 1;
    while (taken.includes(`U-${data.rep}-${data.date}-${number}`)) number += 1;
    state.added.push({ visit_id: `U-${data.rep}-${data.date}-${number}`, member_id: member.member_id });
    field.value = "";
    keep();
    draw();
  });
  document.getElementById("member").addEventListener("input", (event) => event.target.setCustomValidity(""));
  document.getElementById("save").addEventListener("click", save);
  draw();
  document.body.dataset.ready = "yes";
})();
