// Clicks on the map, and the cards that they open.
const MAX_CLICK_PX = 9; // the largest distance of a click from a line
const MAX_CARDS = 8;
const targets = []; // { group, kind, lines: projected, show } of everything that can be clicked

let opener = null; // the element that had the focus before a card was opened
function open(at, ...cards) {
  const content = make("div"), before = document.activeElement;
  cards.forEach((card, index) => { if (index) content.append(make("hr")); content.append(card); });
  const popup = L.popup({ maxWidth: phone ? 270 : 340, minWidth: 200, autoPanPadding: [12, 12], closeOnEscapeKey: false }).setLatLng(at).setContent(content);
  popup.openOn(map);
  const box = popup.getElement(), heading = box.querySelector("h3");
  if (!before.closest(".leaflet-popup")) opener = before === document.body ? null : before;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", heading ? heading.textContent : "");
  box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", format("close"));
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
}

// Closes the card and returns the focus to the element that had it before.
function closeCard() {
  const back = opener && opener.isConnected ? opener : map.getContainer();
  map.closePopup();
  opener = null;
  back.focus({ preventScroll: true });
}

function addTarget(group, lines, show, kind) {
  targets.push({ group, kind, lines, show });
}

// All corridors and roads within a few pixels of a click.
function findHits(at) {
  return targets.filter(({ group }) => map.hasLayer(group)).flatMap(({ kind, lines, show, minZoom }) => (
    minZoom && map.getZoom() < minZoom ? [] : findLines(lines, at, MAX_CLICK_PX).map((line) => ({ kind, show: () => show(line, at) }))));
}

function answer(event) {
  if (tool) return tool.click(event.latlng);
  const hits = findHits(event.latlng);
  const [corridors, closures, plain] = ["corridor", "closure", "road"].map((kind) => hits.filter((hit) => hit.kind === kind));
  const roads = closures.map((hit) => hit.show());
  const others = plain.map((hit) => hit.show()).filter((card, i, all) => card && all.findIndex((other) => other && other.textContent === card.textContent) === i);
  const cards = [...roads, ...others];
  const shown = cards.slice(0, MAX_CARDS);
  if (cards.length > MAX_CARDS) shown.push(applyLanguage(make("p", "small", format("more_here", { n: cards.length - MAX_CARDS }))));
  if (corridors.length === 1 && !closures.length) return corridors[0].show().choose(shown);
  if (corridors.length) {
    const list = applyLanguage(make("div"));
    list.append(make("h3", "", format("corridors_here", { n: corridors.length })), ...corridors.map((hit) => hit.show().button));
    shown.unshift(list);
  }
  if (!shown.length) return answerArea(event.latlng);
  return open(event.latlng, ...shown);
}

function answerArea(at) {
  const inside = (rings) => rings.some((shape) => shape.filter((ring) => isInside(at, ring)).length % 2);
  const cards = [];
  plan.areas.forEach((area, index) => {
    if (holds(area.span) && inside(area.shapes)) cards.push(makeCard(format("closure_area"), "", texts.areas[index].facts));
  });
  plan.zones.forEach((zone, index) => {
    if (map.hasLayer(zoneGroup) && inside(zone.shapes)) cards.push(makeCard(...texts.zones[index].name, texts.zones[index].facts));
  });
  plan.sites.forEach((site, index) => {
    if (site.cell.length && inside(site.cell.map(decode))) cards.push(makeCard(...texts.sites[index].name, texts.sites[index].facts));
  });
  if (cards.length) open(at, ...cards);
}

function isInside({ lat, lng }, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [y1, x1] = ring[i], [y2, x2] = ring[j];
    if (y1 > lat !== y2 > lat && lng < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

// ------------------------------------------------------------------ roads

function pair(flat) {
  return flat.flatMap((value, index) => (index % 2 ? [[flat[index - 1], value]] : []));
}

function formatRoad(name, kind) {
  return name ? `${name} (${formatRoadKind(kind)})` : formatRoadKind(kind);
}

function formatCauses(causes) {
  return causes.map((cause) => texts.words.cause[cause] || cause).join(texts.words.map.comma);
}

function describeReason(number) {
  return ["", texts.reasons[number] || ""];
}

function makeClosedCard(index) {
  const [id, name, kind, metres, reason, causes, rows] = plan.closed.segments[index];
  const facts = [[format("length"), formatDistance(metres)], [format("segment"), id], [format("closed_by"), formatCauses(causes)], describeReason(reason)];
  for (const [metresAway, ground] of pair(rows)) {
    const [cause, rule, when] = texts.grounds[ground];
    facts.push([format("closed_by"), cause], [format("because"), metresAway < 0 ? rule : format("rule_away", { rule, away: formatDistance(metresAway) })], [format("closed"), when]);
  }
  return makeCard(`${format("closed")}: ${formatRoad(name, kind)}`, "", facts);
}

function makeLimitedCard(index) {
  const [id, name, kind, metres, status, direction, causes, reason] = plan.limited.segments[index];
  const facts = [
    describeReason(reason),
    [format("closed"), direction && (texts.words.way[direction] || format("both_ways"))],
    [format("closed_by"), formatCauses(causes)],
    [format("length"), formatDistance(metres)],
    [format("segment"), id],
  ];
  return makeCard(`${formatRoad(name, kind)}: ${texts.words.status[status]}`, "", facts);
}

// The facts of the base map are stored once for each run of equal lines: the length of the run, then the facts.
function listRoads(runs) {
  const flat = unpack(runs), ends = [];
  let last = 0;
  for (let i = 0; i < flat.length; i += 4) ends.push((last += flat[i]));
  return (line) => {
    let low = 0, high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] > line) high = middle;
      else low = middle + 1;
    }
    return flat.slice(4 * low + 1, 4 * low + 4);
  };
}

const STATUSES = ["PASSABLE", "RESTRICTED", "UNKNOWN", "NOT_PASSABLE"];

// A road that is neither closed nor restricted; other roads have their own cards while their layers are shown.
function makeRoadCard([kind, name, status], groups) {
  if (status && map.hasLayer(groups[status === 3 ? 0 : 1])) return null;
  const [first, second] = orderNames(...plan.roads.distinct_names[name]);
  const word = texts.words.status[STATUSES[status]];
  return makeCard(first || format("road_without_name"), second, [[format("road_class"), formatRoadKind(kind)], [format("status"), word]]);
}
