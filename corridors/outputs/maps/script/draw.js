// The layers of the map, each drawn after folium has created it.
function addLines(group, lines, pane, sign, casing) {
  const look = { pane, interactive: false, smoothFactor: 1.2 };
  if (casing) L.polyline(lines, { ...look, ...signs.casing, weight: sign.weight + casing }).addTo(group);
  return L.polyline(lines, { ...look, ...sign }).addTo(group);
}

const PANES = ["roads", "zones", "discs", "closed", "corridors", "chosen", "arrows", "tools", "markers", "labels"];
const layers = []; // { name, group } in the order of the layer control

const draw = {
  start(chart) {
    map = chart;
    addTools();
    addLegend();
    PANES.forEach((name, index) => {
      const pane = map.createPane(name);
      pane.style.zIndex = 210 + 40 * index;
      if (name !== "markers") pane.style.pointerEvents = "none";
    });
  },

  roads(group) {
    layers.push({ name: "roads", group });
    const lines = Object.fromEntries(Object.keys(signs.roads).map((width) => [width, project(plan.roads[width])]));
    new LineCanvas("roads", Object.entries(signs.roads).map(([width, sign]) => ({ lines: lines[width], sign }))).addTo(group);
    for (const [width, runs] of Object.entries(plan.roads.facts)) {
      let find = null; // unpacked at the first click
      addTarget(group, lines[width], (line) => makeRoadCard((find ||= listRoads(runs))(line), ["closed", "limited"].map((name) => layers.find((layer) => layer.name === name).group)), "road");
      targets[targets.length - 1].minZoom = signs.roads[width].from;
    }
    for (const [at, name, arabic] of plan.roads.names) addLabel(group, at, "road", () => makeNames(orderNames(name, arabic)), 9, 0);
  },

  zones(group) {
    zoneGroup = group;
    layers.push({ name: "zones", group });
    plan.zones.forEach((zone, index) => {
      zone.shapes = zone.rings.map(decode);
      const shape = L.polygon(zone.shapes, { pane: "zones", interactive: false, className: `zone ${zone.kind}`, color: null, fillColor: null, fillOpacity: 1 });
      const look = () => shape.getElement()?.classList.toggle("lapsed", !isInForce(zone));
      shape.on("add", look);
      shape.addTo(group);
      moving.push(look);
      const kind = make("span", "kind");
      const showZoneKind = () => { kind.textContent = isInForce(zone) ? texts.zones[index].word : format("not_in_force", { zone: texts.zones[index].word }); };
      addLabel(group, zone.at, "zone", () => { showZoneKind(); return [...makeNames(texts.zones[index].name), kind]; }, 4, 0);
      moving.push(showZoneKind);
    });
  },

  closed(group) {
    layers.push({ name: "closed", group });
    const lines = plan.closed.shown = project(plan.closed.lines);
    const canvas = new LineCanvas("closed", [{ lines, sign: signs.closed }]).addTo(group);
    addTarget(group, lines, makeClosedCard, "closure");
    // With the ledger a road is closed while one of its rows applies; without the ledger it does not change.
    moving.push(() => {
      plan.closed.segments.forEach(([, , , , , , rows], line) => {
        lines.hidden[line] = rows.length && !pair(rows).some(([, ground]) => holds(plan.closed.spans[ground])) ? 1 : 0;
      });
      canvas.redraw();
    });
    plan.areas.forEach((area) => {
      area.shapes = area.rings.map(decode);
      const shape = L.polygon(area.shapes, { pane: "discs", interactive: false, className: "area", color: null, fillColor: null, fillOpacity: 1 }).addTo(group);
      moving.push(() => { if (holds(area.span)) shape.addTo(group); else group.removeLayer(shape); });
    });
  },

  limited(group) {
    layers.push({ name: "limited", group });
    const lines = project(plan.limited.lines);
    new LineCanvas("closed", [{ lines, sign: signs.limited }]).addTo(group);
    addTarget(group, lines, makeLimitedCard, "closure");
  },

  alternates(group) { drawCorridors("alternates", group, ["third", "second"], 3, (corridor) => corridor.rank > 1, arrows.alternate); },
  primaries(group) { drawCorridors("primaries", group, ["primary"], 4, (corridor) => corridor.rank === 1, arrows.primary); },

  inactive(group) { drawIncidents("inactive", group, (incident) => !incident.active); },
  active(group) { drawIncidents("active", group, (incident) => incident.active); },

  sites(group) {
    layers.push({ name: "sites", group });
    const sizes = { depot: 18, reached: 17, cut_off: 20, unplanned: 17, waypoint: 16, observer_base: 16 };
    const priorities = { cut_off: 0, depot: 1, reached: 2, unplanned: 2, waypoint: 6, observer_base: 6 };
    plan.sites.forEach((site, index) => {
      const text = () => texts.sites[index];
      const show = () => open(site.at, makeCard(...text().name, text().facts));
      const look = `${site.state} ${site.supply}`;
      sites.set(site.id, show);
      if (site.road.length) L.polyline([site.at, site.road[0]], { pane: "corridors", color: "#3f4a4c", weight: 1.2, dashArray: "2 3", interactive: false }).addTo(group);
      if (site.cell.length) L.polygon(site.cell.map(decode), { pane: "zones", interactive: false, className: `cell ${site.state}`, color: null, fillColor: null, fillOpacity: 1 }).addTo(group);
      const words = () => (site.state === "cut_off" ? texts.words.map.cut_off : site.supply === "short" ? format("need_short") : "");
      const title = () => [text().name[0], words() || (site.supply === "met" ? format("need_met") : "")].filter(Boolean).join(": ");
      // A square has no position for a sign: its name is inside it, as a button.
      if (site.cell.length) {
        addLabel(group, site.at, "cell rank", () => {
          const button = makeButton("cell-name", undefined, () => (tool ? tool.click(L.latLng(site.at)) : show()));
          button.append(...makeNames(text().name));
          if (site.state === "depot") button.append(make("span", "kind", format("place_in_square")));
          if (words()) button.append(make("span", "state", words()));
          return [button];
        }, priorities[site.state], 0);
        return;
      }
      addMark(group, site.at, `site ${look}`, sizes[site.state], title, show);
      addLabel(group, site.at, site.state, () => [...makeNames(text().name), ...(words() ? [make("span", "state", words())] : [])], priorities[site.state], sizes[site.state] / 2 + 5);
    });
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
    addTime();
    addKeys();
    watchExpiry();
    watchPrint();
    listen();
    map.invalidateSize({ animate: false });
    fitPlan();
    map.on("click", answer);
    map.on("popupclose", unchoose);
    map.on("zoomend moveend resize", placeArrows);
    map.on("zoomend moveend resize overlayadd overlayremove", placeLabels);
    onLanguage(showLayerNames);
    placeArrows();
    placeLabels();
  },
};

const isInForce = (zone) => (moment ? holds(zone.span) : zone.in_force);

function drawCorridors(name, group, styles, casing, belongs, heads) {
  layers.push({ name, group });
  for (const layer of styles) addLines(group, decode(plan.corridors.lines[layer]), "corridors", signs[layer], casing);
  heads.addTo(group);
  plan.corridors.each.forEach((corridor, index) => {
    if (!belongs(corridor)) return;
    corridor.lines = decode(corridor.line);
    const words = () => format("rank_and_way", { rank: corridor.rank, way: formatRoute(index) });
    addLabel(group, corridor.badge, "rank", () => {
      const badge = makeBadge(corridor.rank, "button");
      badge.type = "button";
      badge.title = words();
      badge.setAttribute("aria-label", words());
      badge.addEventListener("click", (event) => {
        event.stopPropagation();
        if (tool) tool.click(L.latLng(corridor.badge));
        else choose(index, corridor.badge);
      });
      return [badge];
    }, corridor.rank === 1 ? 3 : 5, 0);
    addTarget(group, project(corridor.line), (_, at) => {
      const button = makeButton("pick", undefined, () => choose(index, at));
      button.append(makeBadge(corridor.rank), make("bdi", "", formatRoute(index)));
      return { button, choose: (others) => choose(index, at, false, others) };
    }, "corridor");
  });
}

function drawIncidents(name, group, belongs) {
  layers.push({ name, group });
  plan.incidents.forEach((incident, index) => {
    if (!belongs(incident)) return;
    const text = () => texts.incidents[index], isActive = () => (incident.span && moment ? holds(incident.span) : incident.active);
    const title = () => [text().kind, text().day, ...(moment ? (isActive() ? [] : [format("not_active_then")]) : incident.active ? [] : [text().incident_status])].join(texts.words.map.comma);
    const show = () => open(incident.at, makeCard(title(), "", text().facts));
    const shapes = incident.disc.length ? incident.disc.map(decode) : incident.radius_m ? [[drawRing(incident.at, incident.radius_m)]] : [];
    const disc = shapes.length ? L.polygon(shapes, { pane: "discs", interactive: false, ...signs.disc }) : null;
    const outline = incident.outline.length ? L.polyline(decode(incident.outline), { pane: "discs", interactive: false, ...signs.outline }).addTo(group) : null;
    const mark = addMark(group, incident.at, "incident", incident.active ? 15 : 11, title, show);
    const day = make("span");
    day.dir = "auto";
    const look = () => {
      const active = isActive();
      mark.getElement()?.classList.toggle("active", Boolean(active));
      if (disc && active) disc.addTo(group);
      else if (disc) group.removeLayer(disc);
      if (outline) outline.setStyle({ color: active ? signs.outline.color : "#85898a" });
      day.textContent = active || moment ? text().day : [text().day, text().incident_status].join(texts.words.map.comma);
    };
    mark.on("add", look);
    addLabel(group, incident.at, incident.active ? "day" : "day old", () => { look(); return [day]; }, incident.active ? 7 : 8, incident.active ? 11 : 9);
    moving.push(look);
    look();
  });
}

// ------------------------------------------------------------------ legend, layers, first view

let firstView = null; // centre and zoom of the view of the whole plan
function addLegend() {
  const legend = L.control({ position: "bottomleft" });
  legend.onAdd = () => {
    const box = make("div", "legend");
    box.append(document.getElementById("legend").content.cloneNode(true));
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    return box;
  };
  legend.addTo(map);
}

// Shows the whole plan next to the legend, or folds the legend where the map would become too small.
function fitPlan() {
  const box = map.getContainer().querySelector(".legend"), width = box.offsetWidth + 20, [x, y] = fit.padding;
  const zoom = map.getBoundsZoom(plan.bounds, false, L.point(2 * x, 2 * y));
  const fits = !phone && map.getBoundsZoom(plan.bounds, false, L.point(width + x, 2 * y)) >= zoom - 0.75;
  if (!fits && !firstView) box.querySelectorAll("details").forEach((details) => { details.open = false; });
  map.fitBounds(plan.bounds, { ...fit, paddingTopLeft: [fits ? width : x, y], paddingBottomRight: [x, y] });
  firstView = { center: map.getCenter(), zoom: map.getZoom() };
}

const isFirstView = () => map.getZoom() === firstView.zoom && map.distance(map.getCenter(), firstView.center) < 1;

function showLayerNames() {
  const control = map.getContainer().querySelector(".leaflet-control-layers"), names = control.querySelectorAll(".leaflet-control-layers-overlays label > span > span");
  layers.forEach(({ name }, index) => { if (names[index]) names[index].textContent = ` ${format(`layer_${name}`)}`; });
  control.querySelector(".leaflet-control-layers-toggle").title = format("layers");
  control.querySelector(".leaflet-control-layers-toggle").setAttribute("aria-label", format("layers"));
}
