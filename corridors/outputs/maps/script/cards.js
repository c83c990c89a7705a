// What a click on the map means, and the cards that answer it.
const FURTHEST_PX = 9; // how near a click must be
const MOST_CARDS = 8;
const targets = []; // { group, kind, lines: projected, show } of what a click may mean

let opener = null; // what had the focus when a card was opened, and gets it back
function open(at, ...cards) {
  const content = make("div"), before = document.activeElement;
  cards.forEach((card, index) => { if (index) content.append(make("hr")); content.append(card); });
  const popup = L.popup({ maxWidth: phone ? 270 : 340, minWidth: 200, autoPanPadding: [12, 12], closeOnEscapeKey: false }).setLatLng(at).setContent(content);
  popup.openOn(map);
  const box = popup.getElement(), heading = box.querySelector("h3");
  if (!before.closest(".leaflet-popup")) opener = before === document.body ? null : before;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", heading ? heading.textContent : "");
  box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", tell("close"));
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
}

// Closes what is open and gives the focus back to where it came from.
function closeCard() {
  const back = opener && opener.isConnected ? opener : map.getContainer();
  map.closePopup();
  opener = null;
  back.focus({ preventScroll: true });
}

function addTarget(group, lines, show, kind) {
  targets.push({ group, kind, lines, show });
}

// Everything a click may mean: all corridors and roads within a few pixels.
function findHits(at) {
  return targets.filter(({ group }) => map.hasLayer(group)).flatMap(({ kind, lines, show, least }) => (
    least && map.getZoom() < least ? [] : findLines(lines, at, FURTHEST_PX).map((line) => ({ kind, show: () => show(line, at) }))));
}

function answer(event) {
  if (tool) return tool.click(event.latlng);
  const hits = findHits(event.latlng);
  const [corridors, closures, plain] = ["corridor", "closure", "road"].map((kind) => hits.filter((hit) => hit.kind === kind));
  const roads = closures.map((hit) => hit.show());
  const others = plain.map((hit) => hit.show()).filter((card, i, all) => card && all.findIndex((other) => other && other.textContent === card.textContent) === i);
  const cards = [...roads, ...others];
  const shown = cards.slice(0, MOST_CARDS);
  if (cards.length > MOST_CARDS) shown.push(speakIn(make("p", "small", tell("more_here", { n: cards.length - MOST_CARDS }))));
  if (corridors.length === 1 && !closures.length) return corridors[0].show().choose(shown);
  if (corridors.length) {
    const list = speakIn(make("div"));
    list.append(make("h3", "", tell("corridors_here", { n: corridors.length })), ...corridors.map((hit) => hit.show().button));
    shown.unshift(list);
  }
  if (!shown.length) return answerArea(event.latlng);
  return open(event.latlng, ...shown);
}

function answerArea(at) {
  const inside = (rings) => rings.some((shape) => shape.filter((ring) => isInside(at, ring)).length % 2);
  const cards = [];
  plan.areas.forEach((area, index) => {
    if (holds(area.span) && inside(area.shapes)) cards.push(makeCard(tell("closure_area"), "", said.areas[index].facts));
  });
  plan.zones.forEach((zone, index) => {
    if (map.hasLayer(zoneGroup) && inside(zone.shapes)) cards.push(makeCard(...said.zones[index].name, said.zones[index].facts));
  });
  plan.sites.forEach((site, index) => {
    if (site.cell.length && inside(site.cell.map(decode))) cards.push(makeCard(...said.sites[index].name, said.sites[index].facts));
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

function tellRoad(name, kind) {
  return name ? `${name} (${tellKind(kind)})` : tellKind(kind);
}

function tellCauses(causes) {
  return causes.map((cause) => said.words.cause[cause] || cause).join(said.words.map.comma);
}

function describeReason(number) {
  return ["", said.reasons[number] || ""];
}

function makeClosedCard(index) {
  const [id, name, kind, metres, reason, causes, rows] = plan.closed.segments[index];
  const facts = [[tell("length"), tellDistance(metres)], [tell("segment"), id], [tell("closed_by"), tellCauses(causes)], describeReason(reason)];
  for (const [away, ground] of pair(rows)) {
    const [cause, rule, when] = said.grounds[ground];
    facts.push([tell("closed_by"), cause], [tell("because"), away < 0 ? rule : tell("rule_away", { rule, away: tellDistance(away) })], [tell("closed"), when]);
  }
  return makeCard(`${tell("closed")}: ${tellRoad(name, kind)}`, "", facts);
}

function makeLimitedCard(index) {
  const [id, name, kind, metres, status, direction, causes, reason] = plan.limited.segments[index];
  const facts = [
    describeReason(reason),
    [tell("closed"), direction && (said.words.way[direction] || tell("both_ways"))],
    [tell("closed_by"), tellCauses(causes)],
    [tell("length"), tellDistance(metres)],
    [tell("segment"), id],
  ];
  return makeCard(`${tellRoad(name, kind)}: ${said.words.status[status]}`, "", facts);
}

// What the lines of the base map are stands once for many in a row: where each row of it ends, and what it says.
function listRoads(told) {
  const flat = unpack(told), ends = [];
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

// A road that is neither closed nor restricted; those have cards of their own while their layers are shown.
function makeRoadCard([kind, name, status], groups) {
  if (status && map.hasLayer(groups[status === 3 ? 0 : 1])) return null;
  const [first, second] = orderNames(...plan.roads.called[name]);
  const word = said.words.status[STATUSES[status]];
  return makeCard(first || tell("road_without_name"), second, [[tell("road_class"), tellKind(kind)], [tell("status"), word]]);
}
