// The tools on the map, one at a time, each with its card; and the keys.
let tool = null, bar = null, toolCard = null;
const icons = {
  measure: "M2 12 12 2l4 4L6 16Z M5.5 8.5l1.8 1.8 M8 6l1.8 1.8 M10.5 3.5l1.8 1.8",
  strike: "M4 4l10 10 M14 4L4 14",
  place: "M9 1v5 M9 12v5 M1 9h5 M12 9h5 M9 9h.01",
};

function makeIcon(path) {
  const svg = makeSvg("svg", { viewBox: "0 0 18 18", "aria-hidden": "true" });
  svg.append(makeSvg("path", { d: path }));
  return svg;
}

function addTools() {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    bar = make("div", "tools leaflet-bar");
    const entries = [["measure", () => toggleTool("measure")], ["place", () => showPlace(map.getCenter())]];
    if (plan.incident_rules) entries.splice(1, 0, ["strike", () => toggleTool("strike")]);
    for (const [name, act] of entries) {
      const button = makeButton("", undefined, act), word = make("span");
      button.dataset.tool = name;
      button.append(makeIcon(icons[name]), word);
      if (name !== "place") button.setAttribute("aria-pressed", "false");
      onLanguage(() => {
        word.textContent = format(`tool_${name}`);
        button.title = format(`tool_${name}_title`);
        button.setAttribute("aria-label", format(`tool_${name}_title`));
      });
      bar.append(button);
    }
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  control.addTo(map);
  languageListeners.push(() => { if (tool) restart(); });
}

function toggleTool(name) {
  if (tool && tool.name === name) endTool();
  else startTool(name);
}

function startTool(name) {
  if (tool) endTool();
  map.closePopup();
  tool = name === "measure" ? measuring : adding;
  toolCard = make("section", "tool-card");
  // On a phone the card is below the map, because it would hide the map.
  if (phone) document.getElementById("time").before(toolCard);
  else document.getElementById("map").append(toolCard);
  map.getContainer().classList.add("with-tool");
  bar.querySelector(`[data-tool=${name}]`).setAttribute("aria-pressed", "true");
  restart();
  const first = toolCard.querySelector("select, .buttons button");
  if (first && !phone) first.focus({ preventScroll: true });
}

// Writes the card again, in the current language.
function restart() {
  const path = tool.path ? [...tool.path] : null;
  if (tool.group) tool.end();
  if (path) tool.path = path;
  applyLanguage(toolCard);
  toolCard.replaceChildren();
  toolCard.setAttribute("aria-label", format(`tool_${tool.name}_title`));
  const close = makeButton("close", "×", endTool);
  close.setAttribute("aria-label", format("close"));
  toolCard.append(close, make("h3", "", format(`tool_${tool.name}_title`)));
  tool.start(toolCard);
}

function endTool() {
  if (!tool) return;
  const button = bar.querySelector(`[data-tool=${tool.name}]`);
  tool.end();
  tool = null;
  toolCard.remove();
  map.getContainer().classList.remove("with-tool");
  button.setAttribute("aria-pressed", "false");
  button.focus({ preventScroll: true });
}

const spoken = make("div", "aside");
spoken.setAttribute("role", "status");
function announce(text) {
  spoken.textContent = text;
}

function addKeys() {
  const container = map.getContainer();
  document.body.append(spoken);
  onLanguage(() => {
    container.setAttribute("role", "application");
    container.setAttribute("aria-label", format("map_label"));
    container.querySelector(".leaflet-control-zoom-in").setAttribute("aria-label", format("zoom_in"));
    container.querySelector(".leaflet-control-zoom-in").title = format("zoom_in");
    container.querySelector(".leaflet-control-zoom-out").setAttribute("aria-label", format("zoom_out"));
    container.querySelector(".leaflet-control-zoom-out").title = format("zoom_out");
  });
  container.addEventListener("keydown", (event) => {
    if (event.target !== container || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") answer({ latlng: map.getCenter() });
    else if (event.key.toLowerCase() === "c") showPlace(map.getCenter());
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.querySelector(".leaflet-popup")) closeCard();
    else endTool();
  });
  map.on("contextmenu", (event) => {
    L.DomEvent.preventDefault(event.originalEvent);
    showPlace(event.latlng);
  });
  document.querySelectorAll(".skip").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const target = link.hash === "#map" ? container : document.getElementById("words");
    if (link.hash !== "#map" && target.classList.contains("folded")) document.getElementById("fold").click();
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  }));
}
