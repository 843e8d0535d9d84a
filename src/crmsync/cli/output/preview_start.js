
// Starts the page: a Records for each sync that has some, and the keys that serve all of them.
function move(event, by) {
  const buttons = [...document.querySelectorAll("td.name button")];
  const next = buttons[buttons.indexOf(document.activeElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function pressed(event, tables) {
  const focused = document.activeElement;
  const writing = focused?.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !writing) {
    event.preventDefault();
    const here = tables.find((table) => table.section.contains(focused)) ?? tables[0];
    here?.search.focus();
  } else if (focused?.matches("td.name button")) {
    if (event.key === "ArrowDown") move(event, 1);
    if (event.key === "ArrowUp") move(event, -1);
  }
}

document.documentElement.classList.add("js");
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const sections = [...document.querySelectorAll("section.sync")].filter((one) => one.querySelector(".records"));
  const tables = sections.map((section) => new Records(section, data[Number(section.dataset.sync)]));
  document.addEventListener("keydown", (event) => pressed(event, tables));
  // Paper has no next page to press for.
  addEventListener("beforeprint", () => tables.forEach((table) => table.draw(0, PRINTED)));
  addEventListener("afterprint", () => tables.forEach((table) => table.draw()));
}
