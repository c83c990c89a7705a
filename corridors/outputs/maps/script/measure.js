// The length of a path that the reader clicks on the map, on the ellipsoid.
const measuring = {
  name: "measure",
  path: [],
  start(card) {
    this.group = L.featureGroup().addTo(map);
    this.line = L.polyline([], { pane: "tools", color: "#1d2528", weight: 3, dashArray: "2 6", interactive: false }).addTo(this.group);
    this.result = make("output", "result");
    this.result.setAttribute("aria-live", "polite");
    const undo = makeButton("plain", format("undo"), () => { this.path.pop(); this.show(); });
    const clear = makeButton("plain", format("clear"), () => { this.path = []; this.show(); });
    const buttons = make("p", "buttons");
    buttons.append(undo, clear);
    card.append(make("p", "", format("measure_how")), this.result, buttons);
    this.show();
  },
  click(latlng) {
    this.path.push(latlng);
    this.show();
  },
  metres() {
    return this.path.slice(1).reduce((sum, spot, i) => sum + measureMetres([this.path[i].lat, this.path[i].lng], [spot.lat, spot.lng]), 0);
  },
  show() {
    this.line.setLatLngs(this.path);
    this.group.eachLayer((layer) => { if (layer !== this.line) layer.remove(); });
    this.path.forEach((spot) => L.circleMarker(spot, { pane: "tools", radius: 4, color: "#1d2528", weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(this.group));
    const metres = this.metres();
    this.result.textContent = this.path.length < 2 ? format("measure_start") : format("measured", { m: formatInteger(Math.round(metres)), km: (metres / 1000).toFixed(2) });
  },
  end() {
    this.group.remove();
    this.path = [];
  },
};
