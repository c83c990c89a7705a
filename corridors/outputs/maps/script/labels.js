// The signs of places with their names, which must not overlap.
const labels = []; // { marker, element, className, at, priority, gap, from: minimum zoom, width, height }
const obstacles = []; // { marker, at, half: half its width in pixels, important } of the signs that labels should not cover

// A sign for mouse and keyboard; `title` and `show` are called when they are needed.
function addMark(group, at, className, size, title, show) {
  const marker = L.marker(at, { icon: L.divIcon({ className: `mark ${className}`, iconSize: [size, size] }), pane: "markers" });
  const name = () => {
    const element = marker.getElement();
    if (!element) return;
    element.title = title();
    element.setAttribute("aria-label", title());
  };
  marker.on("click", () => (tool ? tool.click(marker.getLatLng()) : show()));
  marker.on("add", () => {
    marker.getElement().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      show();
    });
    name();
  });
  marker.addTo(group);
  languageListeners.push(name);
  obstacles.push({ marker, at, half: size / 2 + 1, important: className.startsWith("site") });
  return marker;
}

function addLabel(group, at, className, parts, priority, gap) {
  const element = make("div", `label hidden ${className}`);
  const icon = L.divIcon({ className: "", iconSize: [0, 0], html: element });
  const marker = L.marker(at, { icon, interactive: className.includes("rank"), keyboard: false, pane: "labels" }).addTo(group);
  const from = className === "road" ? 11 : className.startsWith("day") ? (phone ? 10 : 9) : 0;
  const label = { marker, element, className, at, priority, gap, from, width: 0, height: 0 };
  onLanguage(() => {
    element.replaceChildren(...parts());
    element.style.width = "";
    label.width = 0;
  });
  labels.push(label);
  return label;
}

// The box of a wrapped name is wider than its lines; this narrows it.
function measureLabel(label) {
  const range = document.createRange(), widths = [...label.element.children].map((part) => {
    range.selectNodeContents(part);
    return range.getBoundingClientRect().width;
  });
  if (!label.className.includes("rank")) label.element.style.width = `${Math.ceil(Math.max(...widths)) + 7}px`;
  [label.width, label.height] = [label.element.offsetWidth, label.element.offsetHeight];
}

// Places labels next to their signs by priority, and hides those without free space. The names of depots and
// destinations may cover the sign of an incident; places that are cut off always have their label.
function placeLabels() {
  const size = map.getSize(), frame = map.getContainer().getBoundingClientRect(), fixed = [], minor = [];
  for (const { marker, at, half, important } of obstacles) {
    if (!map.hasLayer(marker)) continue;
    const p = map.latLngToContainerPoint(at);
    (important ? fixed : minor).push([p.x - half, p.y - half, p.x + half, p.y + half]);
  }
  for (const control of map.getContainer().querySelectorAll(".leaflet-control")) {
    const box = control.getBoundingClientRect();
    if (box.width) fixed.push([box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
  }
  const cover = (box, others) => others.reduce((sum, other) => sum
    + Math.max(0, Math.min(box[2], other[2]) - Math.max(box[0], other[0])) * Math.max(0, Math.min(box[3], other[3]) - Math.max(box[1], other[1])), 0);
  for (const label of labels) {
    label.element.classList.add("hidden");
    if (!map.hasLayer(label.marker) || map.getZoom() < label.from) continue;
    const p = map.latLngToContainerPoint(label.at);
    if (p.x < 0 || p.y < 0 || p.x > size.x || p.y > size.y) continue;
    if (!label.width) measureLabel(label);
    const { width: w, height: h, gap: g } = label, near = g * 0.7;
    const middle = [[-w / 2, -h / 2, "center"], ...(label.className.startsWith("cell") ? [[-w / 2, 2, "center"], [-w / 2, -h - 2, "center"]] : [])];
    const spots = g === 0 ? middle : [
      [g, -h / 2, "left"], [-g - w, -h / 2, "right"], [-w / 2, g, "center"], [-w / 2, -g - h, "center"],
      [near, near, "left"], [near, -near - h, "left"], [-near - w, near, "right"], [-near - w, -near - h, "right"],
    ];
    let best = null;
    for (const [dx, dy, align] of spots) {
      const box = [p.x + dx - 1, p.y + dy - 1, p.x + dx + w + 1, p.y + dy + h + 1];
      const outside = w * h - cover([p.x + dx, p.y + dy, p.x + dx + w, p.y + dy + h], [[0, 0, size.x, size.y]]);
      const cost = [cover(box, fixed) + outside, cover(box, minor)];
      if (label.priority > 2 ? cost[0] + cost[1] > 0 : label.priority > 0 && cost[0] > 0) continue;
      if (!best || 9 * cost[0] + cost[1] < best.cost) best = { dx, dy, align, box, cost: 9 * cost[0] + cost[1] };
    }
    if (!best) continue;
    fixed.push(best.box);
    label.element.style.transform = `translate(${Math.round(best.dx)}px, ${Math.round(best.dy)}px)`;
    label.element.style.textAlign = best.align;
    label.element.classList.remove("hidden");
  }
}
