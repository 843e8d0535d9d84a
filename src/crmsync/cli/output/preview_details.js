
// What a row opens to: problems, the fields old and new, the payload. Text is only ever set as
// text; what a browser obeys or hides is written by its code.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function visible(value) {
  return String(value).replace(HIDDEN, (char) => {
    if (char === "\n" || char === "\t") return char;
    const code = char.codePointAt(0).toString(16);
    return code.length < 3 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true && !name.startsWith("aria-")) element.setAttribute(name, "");
    else if (value != null && (value !== false || name.startsWith("aria-"))) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}

const count = (number) => number.toLocaleString("en");
const counted = (number, what) => `${count(number)} ${what}${number === 1 ? "" : "s"}`;

function at(payload, path) {
  return path.split(".").reduce((value, name) => (value == null ? value : value[name]), payload);
}

// [field, old, new] of each field that differs; new stands in the payload where it is left out.
function changes(sync, row) {
  return row.diff.map(([number, before, ...after]) => {
    const field = sync.fields[number];
    return [field, before, after.length ? after[0] : at(row.payload, field)];
  });
}

// A value as lines for people: an entry a line for lists and objects.
function lines(value) {
  const word = (one) => visible(typeof one === "string" ? one : JSON.stringify(one));
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.length ? value.map(word) : ["(an empty list)"];
  if (typeof value === "object") {
    const entries = Object.entries(value);
    return entries.length ? entries.map(([name, one]) => `${visible(name)}: ${word(one)}`) : ["(nothing in it)"];
  }
  return [value === "" ? "(an empty text)" : word(value)];
}

// Where two texts part and meet again, on whole words.
function middle(one, other) {
  const most = Math.min(one.length, other.length);
  const between = (text, place) => !/[\p{L}\p{N}]/u.test(text[place] ?? " ") || !/[\p{L}\p{N}]/u.test(text[place - 1] ?? " ");
  let start = 0;
  while (start < most && one[start] === other[start]) start += 1;
  while (start > 0 && !(between(one, start) && between(other, start))) start -= 1;
  if (!/[\p{L}\p{N}]/u.test(one.slice(0, start))) start = 0;
  let end = 0;
  while (end < most - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  while (end > 0 && !(between(one, one.length - end) && between(other, other.length - end))) end -= 1;
  return [start, end];
}

// A dotted field with its own name set off from where it stands.
function fieldName(field) {
  const cut = field.lastIndexOf(".") + 1;
  return make("bdi", null, make("span", { class: "dim" }, visible(field.slice(0, cut))), visible(field.slice(cut)));
}

function shown(value, other, tag) {
  const mine = lines(value);
  const theirs = lines(other);
  if (!mine.length) return [make("span", { class: "nothing" }, tag === "del" ? "nothing" : "cleared")];
  if (typeof value === "string" && typeof other === "string" && mine[0] && theirs[0]) {
    const [start, end] = middle(mine[0], theirs[0]);
    const [text, stop] = [mine[0], mine[0].length - end];
    const changed = text.slice(start, stop);
    return [make("span", { class: "value", dir: "auto" }, text.slice(0, start), changed && make(tag, null, changed), text.slice(stop))];
  }
  return mine.map((text) =>
    make("span", { class: "value", dir: "auto" }, theirs.includes(text) ? text : make(tag, null, text)),
  );
}

function diffRow([field, before, after], create) {
  const mark = before == null ? "added" : after == null ? "removed" : "changed";
  return make("tr", { class: mark },
    make("th", { scope: "row" }, fieldName(field), make("span", { class: "unseen" }, ` ${mark}`)),
    create ? null : make("td", { class: before == null ? "nothing-was" : null }, ...shown(before, after, "del")),
    make("td", null, ...shown(after, before, "ins")));
}

function diffTable(sync, row) {
  const create = row.action === "create";
  const titles = ["Field", ...(create ? [] : ["Delivered before"]), "Would be sent"];
  const head = make("tr", null, ...titles.map((text) => make("th", { scope: "col" }, text)));
  return make("table", { class: create ? "diff all-new" : "diff" }, make("thead", null, head), make("tbody", null, ...changes(sync, row).map((change) => diffRow(change, create))));
}

function problemList(sync, row) {
  return make("ul", { class: "problems" }, ...row.problems.map(([number, message]) => {
    const [field, code, severity] = sync.reasons[number];
    return make("li", null,
      make("span", { class: `severity ${severity === "error" ? "error" : "warning"}` }, visible(severity)),
      make("span", null, make("bdi", null, visible(message)), " ", make("span", { class: "calm" }, `${visible(field)} · ${visible(code)}`)));
  }));
}

// A link to the record in the CRM, for web addresses only.
function recordLink(row) {
  const text = at(row.payload, "properties.objectUrl");
  if (typeof text !== "string" || !/^https:\/\//i.test(text) || !URL.canParse(text)) return null;
  const address = new URL(text);
  return make("a", { href: address.href, target: "_blank", rel: "noopener noreferrer" }, `Open at ${address.host}`);
}

function payloadOf(row) {
  const pre = make("pre", { tabindex: "0" });
  const fill = () => (pre.textContent = visible(JSON.stringify(row.payload, null, 2)));
  return make("details", { ontoggle: fill }, make("summary", null, "Payload as JSON"), pre);
}

function detail(sync, row, showKey) {
  const parts = [];
  const head = (text) => make("h4", null, text);
  if (row.problems.length) parts.push(head(row.problems.length === 1 ? "The reason" : "The reasons"), problemList(sync, row));
  if (row.diff.length) parts.push(head(counted(row.diff.length, row.action === "create" ? "new field" : "changed field")), diffTable(sync, row));
  if (!parts.length) parts.push(make("p", null, visible(row.what)));
  const actions = make("div", { class: "actions" });
  if (row.payload != null) actions.append(payloadOf(row));
  if (row.action === "merged") actions.append(make("button", { type: "button", class: "quiet", onclick: () => showKey(row.key) }, `Show all records of ${visible(row.key)}`));
  const link = recordLink(row);
  if (link) actions.append(link);
  if (actions.childNodes.length) parts.push(actions);
  return parts;
}
