"use strict";
// Draws the plan that stands in the page as JSON. Every text goes in as text, never as markup.
const plan = JSON.parse(document.getElementById("plan").textContent);
const phone = window.matchMedia("(max-width: 760px)").matches;
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
  outline: { color: "#b3261e", weight: 2 },
};
const fit = { padding: phone ? [14, 14] : [30, 30], maxZoom: 15, animate: false };
const FURTHEST_PX = 9; // how near a click must be
const MOST_CARDS = 8;
const ARROW_EVERY_PX = 120;

let map, zoneGroup;
const labels = []; // { marker, element, className, at, priority, gap, from: least zoom, width, height }
const obstacles = []; // { marker, at, half: half its width in pixels, important } of the signs that labels should not cover
const targets = []; // { group, boxes, lines, show } of what a click may mean
const sites = new Map();

// ------------------------------------------------------------------ shapes

function decode(flat) {
  const lines = [];
  let i = 0, x = 0, y = 0;
  while (i < flat.length) {
    const line = [];
    for (let left = flat[i++]; left > 0; left--) {
      x += flat[i++];
      y += flat[i++];
      line.push([y / 1e5, x / 1e5]);
    }
    lines.push(line);
  }
  return lines;
}

// The same lines as places on a world of 256 pixels, with their boxes: what a canvas can draw at any zoom without Leaflet.
function project(flat) {
  const xy = new Float64Array(flat.length), ends = [];
  let i = 0, size = 0, x = 0, y = 0;
  while (i < flat.length) {
    for (let left = flat[i++]; left > 0; left--) {
      x += flat[i++];
      y += flat[i++];
      const sine = Math.sin((y / 1e5) * (Math.PI / 180));
      xy[size++] = 256 * (x / 1e5 / 360 + 0.5);
      xy[size++] = 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
    }
    ends.push(size);
  }
  const boxes = new Float64Array(4 * ends.length);
  ends.forEach((end, line) => {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = line ? ends[line - 1] : 0; k < end; k += 2) {
      box[0] = Math.min(box[0], xy[k]); box[1] = Math.min(box[1], xy[k + 1]);
      box[2] = Math.max(box[2], xy[k]); box[3] = Math.max(box[3], xy[k + 1]);
    }
    boxes.set(box, 4 * line);
  });
  return { xy, ends, boxes };
}

function trace({ xy, ends, boxes }, scale, origin, view) {
  const path = new Path2D(), pad = 10 / scale;
  const west = (view.min.x + origin.x) / scale - pad, north = (view.min.y + origin.y) / scale - pad;
  const east = (view.max.x + origin.x) / scale + pad, south = (view.max.y + origin.y) / scale + pad;
  for (let line = 0, k = 0; line < ends.length; k = ends[line++]) {
    if (boxes[4 * line] > east || boxes[4 * line + 2] < west || boxes[4 * line + 1] > south || boxes[4 * line + 3] < north) continue;
    let lastX = xy[k] * scale - origin.x, lastY = xy[k + 1] * scale - origin.y;
    path.moveTo(lastX, lastY);
    for (k += 2; k < ends[line]; k += 2) {
      const x = xy[k] * scale - origin.x, y = xy[k + 1] * scale - origin.y;
      if (Math.abs(x - lastX) + Math.abs(y - lastY) < 1 && k < ends[line] - 2) continue;
      path.lineTo(x, y);
      lastX = x; lastY = y;
    }
  }
  return path;
}

// Thousands of lines on one canvas; Leaflet asks it to draw whenever it was cleared.
const LineCanvas = L.Canvas.extend({
  initialize(pane, strokes) {
    L.Canvas.prototype.initialize.call(this, { pane, padding: 0.3 });
    this.strokes = strokes; // [{ lines, sign }]
  },
  _draw() {
    const zoom = map.getZoom(), factor = Math.min(2.4, Math.max(0.7, 1 + (zoom - 10) * 0.2));
    const shown = this.strokes.filter(({ sign }) => zoom >= (sign.from || 0));
    const paths = shown.map(({ lines }) => trace(lines, 2 ** zoom, map.getPixelOrigin(), this._bounds));
    const stroke = (path, sign, color, width, dash) => {
      Object.assign(this._ctx, { strokeStyle: color, lineWidth: width * (sign.dash ? 1 : factor), lineJoin: "round", lineCap: sign.cap || "round" });
      this._ctx.setLineDash(dash || []);
      this._ctx.stroke(path);
    };
    shown.forEach(({ sign }, index) => { if (sign.edge) stroke(paths[index], sign, sign.edge, sign.weight + sign.around); });
    shown.forEach(({ sign }, index) => stroke(paths[index], sign, sign.color, sign.weight, sign.dash));
  },
});

function findBox(line) {
  let [south, west, north, east] = [90, 999, -90, -999];
  for (const [lat, lon] of line) {
    south = Math.min(south, lat); north = Math.max(north, lat);
    west = Math.min(west, lon); east = Math.max(east, lon);
  }
  return [south, west, north, east];
}

// ------------------------------------------------------------------ words

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function pair(flat) {
  return flat.flatMap((value, index) => (index % 2 ? [[flat[index - 1], value]] : []));
}

function makeArabic(text) {
  const element = make("span", "arabic", text);
  element.dir = "auto";
  element.lang = "ar";
  return element;
}

function makeCard(title, titleArabic, facts) {
  const card = make("div", "card");
  const heading = make("h3");
  heading.append(make("bdi", "", title));
  if (titleArabic) heading.append(" ", makeArabic(titleArabic));
  const list = make("dl");
  for (const [term, value] of facts) list.append(make("dt", "", term), make("dd", "", value));
  card.append(heading, list);
  return card;
}

function open(at, ...cards) {
  const content = make("div");
  cards.forEach((card, index) => { if (index) content.append(make("hr")); content.append(card); });
  L.popup({ maxWidth: phone ? 270 : 340, minWidth: 200, autoPanPadding: [12, 12] }).setLatLng(at).setContent(content).openOn(map);
}

// ------------------------------------------------------------------ labels

function addMark(group, at, className, size, title, show) {
  const icon = L.divIcon({ className: `mark ${className}`, iconSize: [size, size] });
  const marker = L.marker(at, { icon, title, alt: title, pane: "markers" }).addTo(group);
  marker.on("click", show);
  obstacles.push({ marker, at, half: size / 2 + 1, important: className.startsWith("site") });
  return marker;
}

function addLabel(group, at, className, parts, priority, gap) {
  const element = make("div", `label hidden ${className}`);
  element.append(...parts);
  const marker = L.marker(at, { icon: L.divIcon({ className: "", iconSize: [0, 0], html: element }), interactive: className.includes("rank"), keyboard: false, pane: "labels" }).addTo(group);
  labels.push({ marker, element, className, at, priority, gap, from: className === "road" ? 11 : className.startsWith("day") ? (phone ? 10 : 9) : 0, width: 0, height: 0 });
  return marker;
}

// A name that wraps leaves its box wider than its lines; the box is drawn in.
function measure(label) {
  const range = document.createRange(), widths = [...label.element.children].map((part) => {
    range.selectNodeContents(part);
    return range.getBoundingClientRect().width;
  });
  if (label.className !== "rank") label.element.style.width = `${Math.ceil(Math.max(...widths)) + 7}px`;
  [label.width, label.height] = [label.element.offsetWidth, label.element.offsetHeight];
}

// Places labels by priority beside their sign, and hides those for which no place is left. The names of depots and
// destinations may cover the sign of an incident, and what is cut off is always said.
function placeLabels() {
  const size = map.getSize(), frame = map.getContainer().getBoundingClientRect(), fixed = [], minor = [];
  for (const { marker, at, half, important } of obstacles) {
    if (!map.hasLayer(marker)) continue;
    const p = map.latLngToContainerPoint(at);
    (important ? fixed : minor).push([p.x - half, p.y - half, p.x + half, p.y + half]);
  }
  for (const control of map.getContainer().querySelectorAll(".leaflet-control")) {
    const box = control.getBoundingClientRect();
    fixed.push([box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
  }
  const cover = (box, others) => others.reduce((sum, other) => sum
    + Math.max(0, Math.min(box[2], other[2]) - Math.max(box[0], other[0])) * Math.max(0, Math.min(box[3], other[3]) - Math.max(box[1], other[1])), 0);
  for (const label of labels) {
    label.element.classList.add("hidden");
    if (!map.hasLayer(label.marker) || map.getZoom() < label.from) continue;
    const p = map.latLngToContainerPoint(label.at);
    if (p.x < 0 || p.y < 0 || p.x > size.x || p.y > size.y) continue;
    if (!label.width) measure(label);
    const { width: w, height: h, gap: g } = label, near = g * 0.7;
    const spots = g === 0 ? [[-w / 2, -h / 2, "center"]] : [
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

// ------------------------------------------------------------------ arrows

function* walkArrows(line, size) {
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
  for (let s = total < ARROW_EVERY_PX ? total / 2 : ARROW_EVERY_PX / 2; s < total - size / 2; s += ARROW_EVERY_PX) {
    const ahead = spot(s + size / 2).subtract(spot(s - size / 2));
    const length = Math.hypot(ahead.x, ahead.y);
    if (length > size / 3) yield [spot(s), ahead.divideBy(length)];
  }
}

function findArrows(lines, size, taken) {
  const view = map.getPixelBounds(), origin = map.getPixelOrigin(), found = [];
  for (const line of lines) {
    for (const [at, way] of walkArrows(line, size)) {
      if (!view.contains(at.add(origin))) continue;
      if (taken.some(([p, d]) => p.distanceTo(at) < 16 || (p.distanceTo(at) < 60 && d.x * way.x + d.y * way.y > 0.3))) continue;
      taken.push([at, way]);
      const side = L.point(-way.y, way.x), back = at.subtract(way.multiplyBy(size * 0.45));
      found.push([at.add(way.multiplyBy(size * 0.6)), back.add(side.multiplyBy(size * 0.52)), back.subtract(side.multiplyBy(size * 0.52))].map((p) => map.layerPointToLatLng(p)));
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
  const lines = (isPrimary) => plan.corridors.each.filter((c) => (c.rank === 1) === isPrimary).flatMap((c) => c.lines);
  arrows.primary.setLatLngs(findArrows(lines(true), 15, taken));
  arrows.alternate.setLatLngs(findArrows(lines(false), 11, taken));
}

// ------------------------------------------------------------------ choosing

let chosen = null;
function choose(index, at, moves) {
  const corridor = plan.corridors.each[index];
  map.closePopup();
  unchoose();
  chosen = L.featureGroup().addTo(map);
  const way = { pane: "chosen", interactive: false };
  L.polyline(corridor.lines, { ...way, color: "#ffd23f", weight: 14, opacity: 0.85 }).addTo(chosen);
  L.polyline(corridor.lines, { ...way, ...(corridor.rank === 1 ? signs.primary : signs.second), dashArray: null, weight: 6 }).addTo(chosen);
  for (const spot of corridor.chokepoints) L.marker(spot, { icon: L.divIcon({ className: "choke", iconSize: [9, 9] }), interactive: false, keyboard: false, pane: "chosen" }).addTo(chosen);
  document.querySelectorAll("tr.corridor").forEach((row) => row.classList.toggle("chosen", Number(row.dataset.corridor) === index));
  const card = makeCard(`${corridor.from[0]} → ${corridor.to[0]}`, corridor.to[1], corridor.facts);
  if (!moves || !corridor.lines.length) return open(at || corridor.badge, card);
  // The card stands above the corridor, so that it hides nothing of it.
  const [line] = corridor.lines, top = line.reduce((highest, spot) => (spot[0] > highest[0] ? spot : highest));
  map.fitBounds(L.latLngBounds(line), { ...fit, paddingTopLeft: [fit.padding[0], 270], paddingBottomRight: fit.padding, maxZoom: 14 });
  return open(top, card);
}

function unchoose() {
  if (chosen) chosen.remove();
  chosen = null;
  document.querySelectorAll("tr.chosen").forEach((row) => row.classList.remove("chosen"));
}

function addTarget(group, lines, show, kind) {
  targets.push({ group, kind, lines, boxes: lines.map(findBox), show });
}

// Everything a click may mean: all corridors and closed roads within a few pixels.
function findHits(at) {
  const p = map.latLngToLayerPoint(at), hits = [];
  const reach = Math.abs(map.layerPointToLatLng(p.add([FURTHEST_PX, 0])).lng - at.lng);
  for (const { group, kind, lines, boxes, show } of targets) {
    if (!map.hasLayer(group)) continue;
    lines.forEach((line, index) => {
      const [south, west, north, east] = boxes[index];
      if (at.lat < south - reach || at.lat > north + reach || at.lng < west - reach || at.lng > east + reach) return;
      const points = line.map((spot) => map.latLngToLayerPoint(spot));
      for (let i = 1; i < points.length; i++) {
        if (L.LineUtil.pointToSegmentDistance(p, points[i - 1], points[i]) <= FURTHEST_PX) {
          hits.push({ kind, show: () => show(index, at) });
          return;
        }
      }
    });
  }
  return hits;
}

function answer(event) {
  const hits = findHits(event.latlng);
  const corridors = hits.filter((hit) => hit.kind === "corridor"), roads = hits.filter((hit) => hit.kind === "road");
  if (corridors.length === 1 && !roads.length) return corridors[0].show().choose();
  if (!hits.length) return answerZone(event.latlng);
  const cards = roads.slice(0, MOST_CARDS).map((hit) => hit.show());
  if (roads.length > MOST_CARDS) cards.push(make("p", "small", `and ${roads.length - MOST_CARDS} more here: zoom in`));
  if (corridors.length) {
    const list = make("div");
    list.append(make("h3", "", corridors.length === 1 ? "One corridor here" : `${corridors.length} corridors here`));
    for (const hit of corridors) list.append(hit.show().button);
    cards.unshift(list);
  }
  return open(event.latlng, ...cards);
}

function answerZone(at) {
  if (!map.hasLayer(zoneGroup)) return;
  const here = plan.zones.filter((zone) => zone.shapes.some((rings) => rings.filter((ring) => isInside(at, ring)).length % 2));
  if (here.length) open(at, ...here.map((zone) => makeCard(zone.name || zone.id, zone.name_ar, zone.facts)));
}

function isInside({ lat, lng }, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [y1, x1] = ring[i], [y2, x2] = ring[j];
    if (y1 > lat !== y2 > lat && lng < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

// ------------------------------------------------------------------ layers

function addLines(group, lines, pane, sign, casing) {
  const look = { pane, interactive: false, smoothFactor: 1.2 };
  if (casing) L.polyline(lines, { ...look, ...signs.casing, weight: sign.weight + casing }).addTo(group);
  return L.polyline(lines, { ...look, ...sign }).addTo(group);
}

const draw = {
  start(chart) {
    map = chart;
    addLegend();
    ["roads", "zones", "discs", "closed", "corridors", "chosen", "arrows", "markers", "labels"].forEach((name, index) => {
      map.createPane(name).style.zIndex = 210 + 40 * index;
    });
    for (const name of ["roads", "zones", "discs", "closed", "corridors", "chosen", "arrows", "labels"]) map.getPane(name).style.pointerEvents = "none";
  },

  roads(group) {
    new LineCanvas("roads", Object.entries(signs.roads).map(([width, sign]) => ({ lines: project(plan.roads[width]), sign }))).addTo(group);
    for (const [at, name, arabic] of plan.roads.names) addLabel(group, at, "road", [make("span", "", name), ...(arabic && arabic !== name ? [makeArabic(arabic)] : [])], 9, 0);
  },

  zones(group) {
    zoneGroup = group;
    for (const zone of plan.zones) {
      zone.shapes = zone.rings.map(decode);
      const className = `zone ${zone.kind}${zone.in_force ? "" : " lapsed"}`;
      L.polygon(zone.shapes, { pane: "zones", interactive: false, className, color: null, fillColor: null, fillOpacity: 1 }).addTo(group);
      const parts = [make("span", "", zone.name || zone.id)];
      if (zone.name_ar) parts.push(makeArabic(zone.name_ar));
      parts.push(make("span", "kind", zone.in_force ? zone.word : `${zone.word}, not in force`));
      addLabel(group, zone.at, "zone", parts, 4, 0);
    }
  },

  closed(group) {
    const lines = decode(plan.closed.lines);
    new LineCanvas("closed", [{ lines: project(plan.closed.lines), sign: signs.closed }]).addTo(group);
    addTarget(group, lines, (index) => {
      const [id, title, length, reason, rows] = plan.closed.segments[index];
      const facts = [["Length", length], ["Segment", id]];
      if (reason.length) facts.push(["", pair(reason).map(([first, others]) => first + plan.closed.texts[others]).join("; ")]);
      for (const [away, ground] of pair(rows)) {
        const [cause, rule, when] = plan.closed.grounds[ground];
        facts.push(["Closed by", cause], ["Because", away ? `${rule}, ${away} away` : rule], ["Closed", when]);
      }
      return makeCard(`Closed: ${title}`, "", facts);
    }, "road");
  },

  limited(group) {
    const lines = decode(plan.limited.lines);
    new LineCanvas("closed", [{ lines: project(plan.limited.lines), sign: signs.limited }]).addTo(group);
    addTarget(group, lines, (index) => {
      const [id, title, length, closed, word, reason] = plan.limited.segments[index];
      const facts = [["", reason], ["Closed", closed], ["Length", length], ["Segment", id]];
      return makeCard(`${title}: ${word}`, "", facts.filter((fact) => fact[1]));
    }, "road");
  },

  alternates(group) { drawCorridors(group, ["third", "second"], 3, (corridor) => corridor.rank > 1, arrows.alternate); },
  primaries(group) { drawCorridors(group, ["primary"], 4, (corridor) => corridor.rank === 1, arrows.primary); },

  inactive(group) { drawIncidents(group, (incident) => !incident.active); },
  active(group) { drawIncidents(group, (incident) => incident.active); },

  sites(group) {
    const sizes = { depot: 18, reached: 17, cut_off: 20, unplanned: 17, waypoint: 16, observer_base: 16 };
    const priorities = { cut_off: 0, depot: 1, reached: 2, unplanned: 2, waypoint: 6, observer_base: 6 };
    for (const site of plan.sites) {
      const show = () => open(site.at, makeCard(site.name, site.name_ar, site.facts));
      if (site.road.length) L.polyline([site.at, site.road[0]], { pane: "corridors", color: "#3f4a4c", weight: 1.2, dashArray: "2 3", interactive: false }).addTo(group);
      addMark(group, site.at, `site ${site.state}`, sizes[site.state], site.name, show);
      const parts = [make("span", "", site.name)];
      if (site.name_ar) parts.push(makeArabic(site.name_ar));
      if (site.state === "cut_off") parts.push(make("span", "state", "CUT OFF"));
      addLabel(group, site.at, site.state, parts, priorities[site.state], sizes[site.state] / 2 + 5);
      sites.set(site.id, show);
    }
  },

  finish() {
    const credits = L.control.attribution({ prefix: '<a href="https://leafletjs.com">Leaflet</a>' }).addTo(map);
    for (const credit of plan.credits) {
      const holder = make(credit.includes("OpenStreetMap") ? "a" : "span", "", credit);
      if (holder.tagName === "A") holder.href = "https://www.openstreetmap.org/copyright";
      credits.addAttribution(holder.outerHTML);
    }
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
    labels.sort((a, b) => a.priority - b.priority);
    map.on("click", answer);
    map.on("popupclose", unchoose);
    map.on("zoomend moveend resize", placeArrows);
    map.on("zoomend moveend resize overlayadd overlayremove", placeLabels);
    placeArrows();
    placeLabels();
    listen();
  },
};

function addLegend() {
  const legend = L.control({ position: "bottomleft" });
  legend.onAdd = () => {
    const box = make("div", "legend");
    box.append(document.getElementById("legend").content.cloneNode(true));
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    return box;
  };
  legend.addTo(map);
  stepAside(legend.getContainer());
}

// Makes room beside the legend, or folds it where that would cost too much detail.
function stepAside(box) {
  const width = box.offsetWidth + 20, [x, y] = fit.padding;
  const zoom = map.getBoundsZoom(plan.bounds, false, L.point(2 * x, 2 * y));
  const fits = !phone && map.getBoundsZoom(plan.bounds, false, L.point(width + x, 2 * y)) >= zoom - 0.75;
  if (!fits) box.querySelector("details").open = false;
  map.fitBounds(plan.bounds, { ...fit, paddingTopLeft: [fits ? width : x, y], paddingBottomRight: [x, y] });
}

function drawCorridors(group, layers, casing, belongs, heads) {
  for (const layer of layers) addLines(group, decode(plan.corridors.lines[layer]), "corridors", signs[layer], casing);
  heads.addTo(group);
  plan.corridors.each.forEach((corridor, index) => {
    if (!belongs(corridor)) return;
    corridor.lines = decode(corridor.line);
    const words = `Rank ${corridor.rank}: ${corridor.from[0]} → ${corridor.to[0]}`;
    const badge = make("button", `badge ${corridor.rank === 1 ? "primary" : corridor.rank === 2 ? "second" : "third"}`, String(corridor.rank));
    badge.type = "button";
    badge.title = words;
    badge.addEventListener("click", (event) => { event.stopPropagation(); choose(index, corridor.badge); });
    addLabel(group, corridor.badge, "rank", [badge], corridor.rank === 1 ? 3 : 5, 0);
    addTarget(group, corridor.lines, (_, at) => {
      const button = make("button", "pick");
      button.type = "button";
      button.append(make("span", badge.className, String(corridor.rank)), make("bdi", "", `${corridor.from[0]} → ${corridor.to[0]}`));
      button.addEventListener("click", () => choose(index, at));
      return { button, choose: () => choose(index, at) };
    }, "corridor");
  });
}

function drawIncidents(group, belongs) {
  for (const incident of plan.incidents.filter(belongs)) {
    const title = incident.active ? `${incident.kind}, ${incident.day}` : `${incident.kind}, ${incident.day}: ${incident.standing}`;
    const show = () => open(incident.at, makeCard(title, "", incident.facts));
    if (incident.disc.length) L.polygon(incident.disc.map(decode), { pane: "discs", interactive: false, ...signs.disc }).addTo(group);
    if (incident.outline.length) L.polyline(decode(incident.outline), { pane: "discs", interactive: false, ...signs.outline, ...(incident.active ? {} : { color: "#85898a" }) }).addTo(group);
    addMark(group, incident.at, `incident${incident.active ? " active" : ""}`, incident.active ? 15 : 11, title, show);
    addLabel(group, incident.at, incident.active ? "day" : "day old", [make("span", "", incident.active ? incident.day : `${incident.day}, ${incident.standing}`)], incident.active ? 7 : 8, incident.active ? 11 : 9);
  }
}

// ------------------------------------------------------------------ the panel

function listen() {
  document.querySelectorAll("tr.corridor").forEach((row) => row.addEventListener("click", () => showMap(() => choose(Number(row.dataset.corridor), null, true))));
  document.querySelectorAll("button[data-site]").forEach((button) => button.addEventListener("click", () => showMap(() => sites.get(button.dataset.site)?.())));
  const fold = document.getElementById("fold"), panel = fold.parentElement;
  fold.addEventListener("click", () => {
    const folded = panel.classList.toggle("folded");
    fold.setAttribute("aria-expanded", String(!folded));
    fold.textContent = folded ? "Show the list" : "Hide the list";
    map.invalidateSize();
  });
}

function showMap(then) {
  if (phone) map.getContainer().scrollIntoView({ block: "nearest" });
  then();
}
