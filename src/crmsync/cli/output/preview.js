
// The records of one sync: which of them match, in which order, and the page of them that shows.
const PAGE = 100;
const PRINTED = 1000;
const ATTENTION = ["invalid", "skipped", "change", "create", "merged", "filtered", "unchanged"];
const NAMES = ["id", "name", "key", "action", "what", "aside", "payload", "diff", "problems"];
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const ORDERS = {
  name: (one, other) => collator.compare(one.name, other.name),
  id: (one, other) => collator.compare(one.id, other.id),
  action: (one, other) => ATTENTION.indexOf(one.action) - ATTENTION.indexOf(other.action),
};

// Lower case, without accents: "malmo" finds "Malmö".
function folded(text) {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}

function haystack(row) {
  row.text ??= folded(
    [row.id, row.name, row.key, row.action, row.what, row.problems.map(([, message]) => message).join(" "),
      JSON.stringify(row.diff.map(([, before]) => before)), JSON.stringify(row.payload)].join(" "));
  return row.text;
}

class Records {
  constructor(section, data) {
    this.section = section;
    this.place = section.dataset.sync;
    this.sync = data;
    this.rows = data.rows.map((values) => Object.fromEntries(NAMES.map((name, at) => [name, values[at]])));
    this.tally = new Map();
    for (const row of this.rows) this.tally.set(row.action, (this.tally.get(row.action) ?? 0) + 1);
    this.faulty = this.rows.filter((row) => row.problems.length).length;
    this.state = { text: "", actions: new Set(), problems: false, reason: null, field: null, by: null, down: false, page: 0 };
    this.open = new Set();
    this.body = section.querySelector("tbody");
    this.buildTools();
    this.buildHeads();
    this.buildPager();
    this.buildLists();
    this.refresh();
  }

  // ---- controls

  buildTools() {
    const tools = this.section.querySelector(".tools");
    this.search = make("input", {
      type: "search", class: "search", "aria-label": "Search records", placeholder: "Search names, domains, ids, any value ( / )",
      autocomplete: "off", spellcheck: "false", oninput: () => this.later(),
      onkeydown: (event) => event.key === "Escape" && this.clear(),
    });
    this.chips = ATTENTION.filter((action) => this.tally.has(action)).map((action) => this.actionChip(action));
    this.problemChip = make("button", { type: "button", class: "chip", onclick: () => this.set({ problems: !this.state.problems }) },
      `Has problems ${count(this.faulty)}`);
    this.sorting = make("select", { class: "sorting", "aria-label": "Sort by", onchange: () => this.set({ by: this.sorting.value || null, down: false }) },
      ...[["", "Attention first"], ["name", "By name"], ["id", "By ID"], ["action", "By outcome"]].map(([value, text]) => make("option", { value }, text)));
    this.told = make("span", { "aria-live": "polite", class: "count-told" });
    this.active = make("span");
    this.clearing = make("button", { type: "button", class: "quiet", onclick: () => this.clear() }, "Show all");
    this.opening = make("button", { type: "button", class: "quiet", onclick: () => this.openAll() }, "Open all on this page");
    tools.append(this.search, ...this.chips, ...(this.faulty ? [this.problemChip] : []), this.sorting,
      make("span", { class: "told" }, this.told, this.active, this.clearing, this.opening));
    tools.hidden = false;
  }

  actionChip(action) {
    const label = this.section.querySelector(`.tile[data-action="${CSS.escape(action)}"] .name`)?.textContent ?? action;
    return make("button", { type: "button", class: "chip", "data-action": action, onclick: () => this.toggle(action) },
      make("i", { class: `swatch ${action}` }), `${label} ${count(this.tally.get(action))}`);
  }

  buildHeads() {
    this.heads = [...this.section.querySelectorAll("th[data-by]")];
    for (const head of this.heads) {
      const by = head.dataset.by;
      const turn = () => this.set({ by, down: this.state.by === by && !this.state.down });
      head.replaceChildren(make("button", { type: "button", onclick: turn }, head.textContent));
    }
  }

  buildPager() {
    const step = (by) => () => {
      this.set({ page: this.state.page + by });
      this.section.querySelector(".records").scrollIntoView();
    };
    this.pager = this.section.querySelector(".pager");
    this.before = make("button", { type: "button", onclick: step(-1) }, "Previous");
    this.after = make("button", { type: "button", onclick: step(1) }, "Next");
    this.where = make("span");
    this.pager.append(this.before, this.where, this.after);
  }

  // Tiles, reasons and fields choose the records they count.
  buildLists() {
    const choose = (selector, chosen) => {
      for (const one of this.section.querySelectorAll(selector)) one.addEventListener("click", (event) => chosen(one, event));
    };
    choose(".tile", (tile, event) => {
      event.preventDefault();
      this.only({ actions: new Set(this.tally.has(tile.dataset.action) ? [tile.dataset.action] : []) });
    });
    choose(".part", (part) => this.only({ actions: new Set([part.dataset.action]) }));
    for (const kind of ["reason", "field"]) {
      choose(`.line[data-${kind}]`, (line) => {
        const number = Number(line.dataset[kind]);
        if (this.state[kind] === number) this.clear();
        else this.only({ [kind]: number });
      });
    }
    choose(".show-more", (button) => {
      const open = button.parentElement.classList.toggle("open");
      button.setAttribute("aria-expanded", open);
      button.textContent = open ? "Show fewer fields" : `Show all ${this.sync.fields.length} fields`;
    });
  }

  // ---- state

  set(changed) {
    Object.assign(this.state, { page: 0 }, changed);
    this.refresh();
  }

  toggle(action) {
    const actions = new Set(this.state.actions);
    if (!actions.delete(action)) actions.add(action);
    this.set({ actions });
  }

  only(changed) {
    this.search.value = "";
    this.set({ text: "", actions: new Set(), problems: false, reason: null, field: null, ...changed });
    this.section.querySelector(".records").scrollIntoView();
  }

  clear() {
    this.search.value = "";
    this.set({ text: "", actions: new Set(), problems: false, reason: null, field: null });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.set({ text: this.search.value }), 120);
  }

  showKey(key) {
    this.only({ text: key });
    this.search.value = key;
  }

  openAll() {
    const change = this.allOpen() ? "delete" : "add";
    for (const row of this.shown) this.open[change](row);
    this.draw();
  }

  allOpen() {
    return this.shown.length > 0 && this.shown.every((row) => this.open.has(row));
  }

  match() {
    const { text, actions, problems, reason, field, by, down } = this.state;
    const words = folded(text).split(/\s+/).filter(Boolean);
    const found = this.rows.filter((row) =>
      (!actions.size || actions.has(row.action)) &&
      (!problems || row.problems.length) &&
      (reason === null || row.problems.some(([number]) => number === reason)) &&
      (field === null || row.diff.some(([number]) => number === field)) &&
      words.every((word) => haystack(row).includes(word)));
    if (by) found.sort((one, other) => (down ? -1 : 1) * ORDERS[by](one, other));
    return found;
  }

  // ---- drawing

  refresh() {
    this.matching = this.match();
    this.draw();
  }

  draw(from = this.state.page * PAGE, most = PAGE) {
    this.shown = this.matching.slice(from, from + most);
    const lines = this.shown.flatMap((row, at) => this.rowLines(row, `${this.place}-${from + at}`));
    const nothing = make("tr", null, make("td", { colspan: 4, class: "no-match" }, "No record matches. Esc in the search shows all again."));
    this.body.replaceChildren(...(lines.length ? lines : [nothing]));
    this.drawTools();
    this.drawPager(from);
  }

  drawTools() {
    const { actions, problems, reason, field, text, by, down } = this.state;
    const press = (button, on) => button.setAttribute("aria-pressed", on);
    for (const chip of this.chips) press(chip, actions.has(chip.dataset.action));
    press(this.problemChip, problems);
    for (const line of this.section.querySelectorAll(".line")) {
      press(line, line.dataset.reason ? Number(line.dataset.reason) === reason : Number(line.dataset.field) === field);
    }
    for (const head of this.heads) {
      if (head.dataset.by === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.sorting.value = by ?? "";
    const [all, found] = [this.rows.length, this.matching.length];
    this.told.textContent = found === all ? counted(all, "record") : `${count(found)} of ${counted(all, "record")}`;
    this.active.textContent = this.chosen();
    this.clearing.hidden = !(text || actions.size || problems || reason !== null || field !== null);
    this.opening.textContent = this.allOpen() ? "Close all" : "Open all on this page";
  }

  // What was chosen from a list, in the list's own words.
  chosen() {
    const { reason, field } = this.state;
    if (reason === null && field === null) return "";
    if (field !== null) return `that write ${visible(this.sync.fields[field])}`;
    return this.section.querySelector(`.line[data-reason="${reason}"] .words`).textContent;
  }

  drawPager(from) {
    const last = Math.ceil(this.matching.length / PAGE) - 1;
    this.pager.hidden = last < 1;
    this.before.disabled = this.state.page === 0;
    this.after.disabled = this.state.page >= last;
    this.where.textContent = `${count(from + 1)}–${count(from + this.shown.length)} of ${count(this.matching.length)}`;
  }

  rowLines(row, place) {
    const open = this.open.has(row);
    const id = `detail-${place}`;
    const button = make("button", { type: "button", "aria-expanded": open, "aria-controls": open ? id : null, dir: "auto" }, visible(row.name));
    const key = row.key && row.key !== row.name ? make("span", { class: "key" }, make("bdi", null, visible(row.key))) : null;
    const line = make("tr", { class: `row ${row.action}`, "data-open": open, onclick: (event) => this.clicked(event, row, place) },
      make("td", { class: "name" }, button, key),
      make("td", { class: "id" }, visible(row.id)),
      make("td", { class: "outcome" }, make("i", { class: `swatch ${row.action}` }), this.label(row.action)),
      make("td", { class: "what" }, make("span", { dir: "auto" }, visible(row.what)),
        row.aside ? make("span", { class: "aside", dir: "auto" }, visible(row.aside)) : null));
    if (!open) return [line];
    const cell = make("td", { colspan: 4 }, ...detail(this.sync, row, (one) => this.showKey(one)));
    return [line, make("tr", { class: "detail", id }, cell)];
  }

  label(action) {
    return visible(this.section.querySelector(`.tile[data-action="${CSS.escape(action)}"] .name`)?.textContent ?? action);
  }

  clicked(event, row, place) {
    const line = event.currentTarget;
    if (!event.target.closest("button") && String(getSelection())) return;
    if (this.open.delete(row)) line.nextSibling.remove();
    else this.open.add(row);
    const lines = this.rowLines(row, place);
    line.replaceWith(...lines);
    this.drawTools();
    lines[0].querySelector("button").focus({ preventScroll: true });
  }
}
