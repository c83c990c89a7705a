// Unpacks the lines of the page, and draws thousands of them at once.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGITS = new Uint8Array(128);
[...LETTERS].forEach((letter, digit) => { DIGITS[letter.charCodeAt(0)] = digit; });

// Whole numbers from letters of five bits each, the lowest first; a letter of the second half means that more follow.
function unpack(text) {
  const numbers = [];
  for (let i = 0; i < text.length;) {
    let plain = 0, unit = 1, digit;
    do {
      digit = DIGITS[text.charCodeAt(i++)];
      plain += (digit & 31) * unit;
      unit *= 32;
    } while (digit > 31);
    numbers.push(plain % 2 ? -(plain + 1) / 2 : plain / 2);
  }
  return numbers;
}

function decode(text) {
  const flat = unpack(text), lines = [];
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

// The lines on a world of 256 pixels, with their boxes: a canvas draws them at any zoom without Leaflet.
function project(text) {
  const flat = unpack(text), xy = new Float64Array(flat.length), ends = [];
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
    let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    for (let k = line ? ends[line - 1] : 0; k < end; k += 2) {
      if (xy[k] < west) west = xy[k];
      if (xy[k] > east) east = xy[k];
      if (xy[k + 1] < north) north = xy[k + 1];
      if (xy[k + 1] > south) south = xy[k + 1];
    }
    boxes.set([west, north, east, south], 4 * line);
  });
  return { xy, ends, boxes, hidden: new Uint8Array(ends.length) };
}

function trace(path, { xy, ends, boxes, hidden }, scale, origin, view) {
  const pad = 10 / scale;
  const west = (view.min.x + origin.x) / scale - pad, north = (view.min.y + origin.y) / scale - pad;
  const east = (view.max.x + origin.x) / scale + pad, south = (view.max.y + origin.y) / scale + pad;
  for (let line = 0, k = 0; line < ends.length; k = ends[line++]) {
    if (hidden[line] || boxes[4 * line] > east || boxes[4 * line + 2] < west || boxes[4 * line + 1] > south || boxes[4 * line + 3] < north) continue;
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

// The lines within a number of pixels of a place on the map.
function findLines({ xy, ends, boxes, hidden }, at, pixels) {
  const scale = 2 ** map.getZoom(), p = map.project(at).divideBy(scale), far = pixels / scale, found = [];
  for (let line = 0; line < ends.length; line++) {
    if (hidden[line] || boxes[4 * line] > p.x + far || boxes[4 * line + 2] < p.x - far || boxes[4 * line + 1] > p.y + far || boxes[4 * line + 3] < p.y - far) continue;
    for (let k = (line ? ends[line - 1] : 0) + 2; k < ends[line]; k += 2) {
      if (L.LineUtil.pointToSegmentDistance(p, L.point(xy[k - 2], xy[k - 1]), L.point(xy[k], xy[k + 1])) <= far) {
        found.push(line);
        break;
      }
    }
  }
  return found;
}

const canvases = [];

// Thousands of lines on one canvas; Leaflet calls it to draw after every clearing.
const LineCanvas = L.Canvas.extend({
  initialize(pane, strokes) {
    L.Canvas.prototype.initialize.call(this, { pane, padding: 0.3 });
    this.strokes = strokes; // [{ lines, sign }]
    canvases.push(this);
  },
  redraw() {
    if (this._map && this._bounds) this._redraw();
  },
  // Each stroke with its path, edges first; `begin` creates a path and `paint` paints it.
  forEachStroke(begin, paint) {
    const zoom = map.getZoom(), factor = Math.min(2.4, Math.max(0.7, 1 + (zoom - 10) * 0.2));
    const shown = this.strokes.filter(({ sign }) => zoom >= (sign.from || 0));
    const paths = shown.map(({ lines }) => trace(begin(), lines, 2 ** zoom, map.getPixelOrigin(), this._bounds));
    const stroke = (path, sign, color, width, dash = []) => paint(path, { color, width: width * (sign.dash ? 1 : factor), cap: sign.cap || "round", dash });
    shown.forEach(({ sign }, index) => { if (sign.edge) stroke(paths[index], sign, sign.edge, sign.weight + sign.around); });
    shown.forEach(({ sign }, index) => stroke(paths[index], sign, sign.color, sign.weight, sign.dash));
  },
  _draw() {
    this.forEachStroke(() => new Path2D(), (path, { color, width, cap, dash }) => {
      Object.assign(this._ctx, { strokeStyle: color, lineWidth: width, lineJoin: "round", lineCap: cap });
      this._ctx.setLineDash(dash);
      this._ctx.stroke(path);
    });
  },
  // The same lines as SVG, for paper: browsers do not print a canvas that was drawn just before.
  addDrawing() {
    if (!this._map || !this._bounds) return;
    const { min } = this._bounds, { x: width, y: height } = this._bounds.getSize();
    const svg = makeSvg("svg", { class: "drawing", width, height, viewBox: `${min.x} ${min.y} ${width} ${height}` });
    this.forEachStroke(() => ({
      d: [],
      moveTo(x, y) { this.d.push(`M${x.toFixed(1)} ${y.toFixed(1)}`); },
      lineTo(x, y) { this.d.push(`L${x.toFixed(1)} ${y.toFixed(1)}`); },
    }), ({ d }, { color, width: thick, cap, dash }) => {
      svg.append(makeSvg("path", { d: d.join(""), fill: "none", stroke: color, "stroke-width": thick, "stroke-linejoin": "round", "stroke-linecap": cap, "stroke-dasharray": dash.join(" ") || "none" }));
    });
    L.DomUtil.setPosition(svg, min);
    this._container.before(svg);
  },
});
