// Corridors: their signs and arrows, and the selected one.
const signs = {
  roads: {
    other: { color: "#dcd9d2", weight: 1, from: 9 },
    minor: { color: "#cdc9c0", weight: 1.7 },
    primary: { color: "#ffffff", weight: 1.9, edge: "#b3aea3", around: 1.5 },
    main: { color: "#ffffff", weight: 3, edge: "#a29c90", around: 1.8 },
    bridges: { color: "#ffffff", weight: 3.6, edge: "#6f6d67", around: 2.9, from: 9, cap: "butt" },
  },
  closed: { color: "#d55e00", weight: 4.5, dash: [0.1, 7.5], edge: "rgba(255, 255, 255, .85)", around: 2.5 },
  limited: { color: "#8a5a00", weight: 2.5, dash: [4, 4], cap: "butt" },
  primary: { color: "#00614a", weight: 5 },
  second: { color: "#0a5fa5", weight: 3.5, dashArray: "11 6", lineCap: "butt" },
  third: { color: "#0a5fa5", weight: 3, dashArray: "11 5 2.5 5", lineCap: "butt" },
  casing: { color: "#ffffff", opacity: 0.9 },
  disc: { color: "#b3261e", weight: 1, dashArray: "3 4", fillColor: "#b3261e", fillOpacity: 0.09 },
  added: { color: "#6a1b9a", weight: 2, dashArray: "6 4", fillColor: "#6a1b9a", fillOpacity: 0.12 },
  outline: { color: "#b3261e", weight: 2 },
};
const fit = { padding: phone ? [14, 14] : [30, 30], maxZoom: 15, animate: false };
const ARROW_EVERY_PX = 120;
const ARROW_CLEAR_PX = 45; // distance from the square of a place, because no arrow may point into it
const looks = ["", "primary", "second"];

let map, zoneGroup;
const sites = new Map(); // by id, the function that shows the site

function* walkArrows(line, size, clear) {
  const points = L.LineUtil.simplify(line.map((at) => map.latLngToLayerPoint(at)), 1);
  const ends = [0];
  for (let i = 1; i < points.length; i++) ends.push(ends[i - 1] + points[i].distanceTo(points[i - 1]));
  const total = ends[ends.length - 1];
  const spot = (s) => {
    const i = Math.max(1, ends.findIndex((end) => end >= Math.min(Math.max(s, 0), total)));
    const step = ends[i] - ends[i - 1] || 1;
    return points[i - 1].add(points[i].subtract(points[i - 1]).multiplyBy((Math.min(Math.max(s, 0), total) - ends[i - 1]) / step));
  };
  if (total < 2 * size) return;
  for (let s = total < ARROW_EVERY_PX ? total / 2 : ARROW_EVERY_PX / 2; s < total - Math.max(size / 2, clear); s += ARROW_EVERY_PX) {
    const ahead = spot(s + size / 2).subtract(spot(s - size / 2));
    const length = Math.hypot(ahead.x, ahead.y);
    if (length > size / 3) yield [spot(s), ahead.divideBy(length)];
  }
}

function findArrows(corridors, size, taken) {
  const view = map.getPixelBounds(), origin = map.getPixelOrigin(), found = [];
  for (const { lines: [line], cut } of corridors) {
    if (!line) continue;
    for (const [at, heading] of walkArrows(line, size, cut[1] ? ARROW_CLEAR_PX : 0)) {
      if (!view.contains(at.add(origin))) continue;
      if (taken.some(([p, d]) => p.distanceTo(at) < 16 || (p.distanceTo(at) < 60 && d.x * heading.x + d.y * heading.y > 0.3))) continue;
      taken.push([at, heading]);
      const side = L.point(-heading.y, heading.x), back = at.subtract(heading.multiplyBy(size * 0.45));
      found.push([at.add(heading.multiplyBy(size * 0.6)), back.add(side.multiplyBy(size * 0.52)), back.subtract(side.multiplyBy(size * 0.52))].map((p) => map.layerPointToLatLng(p)));
    }
  }
  return found.map((triangle) => [triangle]);
}

const arrows = {
  primary: L.polygon([], { color: "#fff", weight: 1.5, fillColor: "#00614a", fillOpacity: 1, interactive: false, pane: "arrows" }),
  alternate: L.polygon([], { color: "#fff", weight: 1.2, fillColor: "#0a5fa5", fillOpacity: 1, interactive: false, pane: "arrows" }),
};

function placeArrows() {
  const taken = [];
  arrows.primary.setLatLngs(findArrows(plan.corridors.each.filter((corridor) => corridor.rank === 1), 15, taken));
  arrows.alternate.setLatLngs(findArrows(plan.corridors.each.filter((corridor) => corridor.rank > 1), 11, taken));
}

// ------------------------------------------------------------------ choosing

let chosen = null;
function choose(index, at, moves, others = []) {
  const corridor = plan.corridors.each[index], { to, facts } = texts.corridors[index];
  map.closePopup();
  unchoose();
  chosen = L.featureGroup().addTo(map);
  const look = { pane: "chosen", interactive: false };
  L.polyline(corridor.lines, { ...look, color: "#ffd23f", weight: 14, opacity: 0.85 }).addTo(chosen);
  L.polyline(corridor.lines, { ...look, ...(corridor.rank === 1 ? signs.primary : signs.second), dashArray: null, weight: 6 }).addTo(chosen);
  for (const spot of corridor.chokepoints) L.marker(spot, { icon: L.divIcon({ className: "choke", iconSize: [9, 9] }), interactive: false, keyboard: false, pane: "chosen" }).addTo(chosen);
  document.querySelectorAll("tr.corridor").forEach((row) => {
    const here = Number(row.dataset.corridor) === index;
    row.classList.toggle("chosen", here);
    if (here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  const cards = [makeCard(formatRoute(index), to[1], facts), ...others];
  if (!moves || !corridor.lines.length) return open(at || corridor.badge, ...cards);
  // The card is above the corridor, so that it hides no part of it.
  const [line] = corridor.lines, top = line.reduce((highest, spot) => (spot[0] > highest[0] ? spot : highest));
  const room = Math.min(270, map.getSize().y * 0.55);
  map.fitBounds(L.latLngBounds(line), { ...fit, paddingTopLeft: [fit.padding[0], room], paddingBottomRight: fit.padding, maxZoom: 14 });
  return open(top, ...cards);
}

function unchoose() {
  if (chosen) chosen.remove();
  chosen = null;
  document.querySelectorAll("tr.chosen").forEach((row) => {
    row.classList.remove("chosen");
    row.removeAttribute("aria-current");
  });
}

function makeBadge(rank, tag = "span") {
  return make(tag, `badge ${looks[rank] || "third"}`, String(rank));
}
